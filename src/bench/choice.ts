/** The command line of `heddle bench`. */
export const SCENARIOS = ['overhead', 'reply', 'crowd', 'fleet', 'resting', 'crash', 'start'] as const;
export type Scenario = (typeof SCENARIOS)[number];

export interface Choice {
  /** In the order in which they run. */
  readonly scenarios: readonly Scenario[];
  /** One JSON object on stdout, and nothing else there. */
  readonly json: boolean;
  /** Fewer events, shorter replies, smaller crowds: about a minute. */
  readonly quick: boolean;
}

/** @returns a sentence where the line is not understood */
export function readChoice(args: readonly string[]): Choice | string {
  const flags = new Set(args.filter((arg) => arg.startsWith('-')));
  const names = new Set(args.filter((arg) => !arg.startsWith('-')));
  const scenarios = SCENARIOS.filter((scenario) => names.size === 0 || names.has(scenario));
  const known = new Set<string>([...SCENARIOS, '--json', '--quick']);
  const unknown = args.filter((arg) => !known.has(arg));
  if (unknown.length > 0) {
    return `"${unknown.join(' ')}" is not understood here; scenarios are ${SCENARIOS.join(', ')}, and options --json and --quick.`;
  }
  return { scenarios, json: flags.has('--json'), quick: flags.has('--quick') };
}
