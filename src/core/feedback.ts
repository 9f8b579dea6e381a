/** What somebody says of an answer that did not help: a reason that can be counted, and words of their own. */

export const REASONS = [
  ['wrong', 'It is wrong'],
  ['missed', 'It is not what was asked'],
  ['unfinished', 'It is not finished'],
  ['long', 'It is too long, or took too long'],
  ['other', 'Something else'],
] as const;
export type Reason = (typeof REASONS)[number][0];

/** Kept apart from the audit, which has nobody's words. */
export interface Said {
  /** User id. */
  readonly by: string;
  readonly channel: string;
  /** `ts` of the thread's root. */
  readonly thread: string;
  /** Of the session and of the turn in its thread. */
  readonly gen: number;
  readonly turn: number;
  readonly why?: Reason;
  readonly words?: string;
}

export function reasonIn(value: unknown): Reason | undefined {
  return REASONS.find(([reason]) => reason === value)?.[0];
}
