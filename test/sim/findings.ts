/** What a run found: broken promises, what is counted, and what is known to remain. */
export interface Violation {
  /** The promise or invariant, as `P2` or `I3`. */
  readonly rule: string;
  readonly what: string;
  /** Milliseconds of the run. */
  readonly at: number;
}

export class Findings {
  readonly violations: Violation[] = [];
  readonly counts = new Map<string, number>();
  /** What a frozen process or a store that forgets leaves over, as is documented. */
  readonly residuals = new Map<string, number>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  broken(rule: string, what: string): void {
    this.violations.push({ rule, what, at: this.now() });
  }

  counted(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  residual(what: string): void {
    this.residuals.set(what, (this.residuals.get(what) ?? 0) + 1);
  }
}
