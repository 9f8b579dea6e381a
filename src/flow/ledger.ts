/** What this process knows of a thread's own messages: ahead of the state, which learns of it by inputs. */
import type { Posted } from '../core/state.ts';
import type { Clock } from '../ports.ts';
import type { OutboxHost } from './outbox-host.ts';

/** When a message was last written by this process (monotonic ms), and whether the agent's words were in it. */
export interface Written {
  readonly at: number;
  readonly texted: boolean;
}

export class Ledger {
  readonly posted: Map<string, Posted>;
  readonly written = new Map<string, Written>();
  /** What is in doubt has been looked up once: what was not there may still come, until it has settled. */
  looked = false;
  /** The process is going: growth is written at once, one last time. */
  hastened = false;
  private readonly host: OutboxHost;
  private readonly clock: Clock;
  private pausedUntil = 0;
  private failures = 0;

  constructor(host: OutboxHost, clock: Clock) {
    this.host = host;
    this.clock = clock;
    this.posted = new Map(Object.entries(host.state().posted));
  }

  /** Takes up what the state says of messages that are new here, or that it knows to be deleted. */
  merge(): void {
    for (const [slot, known] of Object.entries(this.host.state().posted)) {
      const ours = this.posted.get(slot);
      const isGone =
        ours !== undefined && (known.gen > ours.gen || (known.lost === true && known.gen === ours.gen));
      if (!ours || isGone) this.posted.set(slot, known);
    }
  }

  note(slot: string, posted: Posted): void {
    // What was written to a message that has been deleted meanwhile.
    if ((this.posted.get(slot)?.gen ?? 0) > posted.gen) return;
    this.posted.set(slot, posted);
    this.host.input({ kind: 'posted', slot, posted });
  }

  /** Milliseconds during which nothing is written. */
  pauseLeft(): number {
    return Math.max(0, this.pausedUntil - this.clock.monotonic());
  }

  pause(ms: number): void {
    this.pausedUntil = this.clock.monotonic() + ms;
  }

  /** A longer pause after each failure in a row. */
  backOff(retryAfterMs: number | undefined, baseMs: number): void {
    this.failures += 1;
    this.pause(Math.max(retryAfterMs ?? 0, Math.min(30_000, baseMs * 2 ** Math.min(this.failures, 6))));
  }

  worked(): void {
    this.failures = 0;
  }
}
