/**
 * What its author changed or took back while it waited goes with its new words, or not at all. Known from outside by
 * the commit with which a holder takes the change out of its inbox.
 */
import type { EditInput, WithdrawInput } from '../../src/core/event.ts';
import type { ThreadState } from '../../src/core/state.ts';
import type { Sent } from './agent-words.ts';
import type { Said } from './people.ts';

/** One change, ms of the run. */
interface Amendment {
  readonly key: string;
  /** Of the message. */
  readonly ts: string;
  readonly is: 'edit' | 'withdraw';
  readonly admitted: number;
  readonly handled: number;
  /** The message was on its way then: what corrects it follows it. */
  readonly underWay: boolean;
}

/** Stands at the end of every message that was changed. */
export const EDITED = '(edited)';

export class Amendments {
  private amendments: Amendment[] = [];
  /** Changes of what waited. */
  inTime = 0;

  /** `state`: what the holder saved with it. */
  handled(
    key: string,
    { kind: is, ts }: EditInput | WithdrawInput,
    at: Pick<Amendment, 'admitted' | 'handled'>,
    state: ThreadState | undefined,
  ): void {
    if (state?.sends.some(({ mark, status }) => mark.ts === ts && status === 'waiting')) this.inTime += 1;
    const underWay = state?.sends.some(({ mark, status }) => mark.ts === ts && status !== 'waiting') ?? false;
    this.amendments.push({ key, ts, is, ...at, underWay });
  }

  /** The store forgot commits of this thread: what they took out of the inbox is there again. */
  forgot(key: string, since: number): void {
    this.amendments = this.amendments.filter((one) => one.key !== key || one.handled < since);
  }

  /** Which change was known before this left, and is not in it. A change that came before the message changes nothing. */
  ignored({ key, ts, admitted = 0 }: Said, { left, texts }: Sent): Amendment['is'] | undefined {
    const isNew = texts.at(-1)?.includes(EDITED) === true;
    return this.amendments.find(
      (one) =>
        one.key === key &&
        one.ts === ts &&
        !one.underWay &&
        admitted < one.admitted &&
        left.at > one.handled + 1 &&
        !(one.is === 'edit' && isNew),
    )?.is;
  }
}
