/**
 * A reply in a thread whose record is lost: the thread is made anew before all others that are, and then it is given
 * the reply. What does not come to that is found with everything else that was written meanwhile (`catch-up`).
 */
import type { ThreadRef } from '../core/event.ts';
import { threadKey } from '../core/event.ts';
import { delay } from '../lib/time.ts';
import type { Admitted, Clock, Log } from '../ports.ts';
import type { Lost } from './lost.ts';

export interface AwaitedDeps {
  readonly lost: Pick<Lost, 'noticed' | 'awaits'>;
  /** Takes a thread, whose record is then made again. False where that did not work out. */
  readonly adopt: (thread: ThreadRef) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A reply that was not taken because its thread is not known; `again` admits it once more. */
export type Awaited = (thread: ThreadRef, again: () => Promise<Admitted>) => void;

const TRIES = 20;
const AGAIN_MS = 500;

export function createAwaited({ lost, adopt, clock, log, signal }: AwaitedDeps): Awaited {
  async function giveAgain(thread: ThreadRef, again: () => Promise<Admitted>): Promise<void> {
    if (!(await lost.awaits(thread, signal))) return;
    for (let tried = 1; tried <= TRIES; tried += 1) {
      await adopt(thread);
      const { outcome } = await again();
      if (outcome !== 'unfollowed') return;
      // Somebody makes it anew already.
      await delay(AGAIN_MS, signal, clock);
    }
  }

  return (thread, again) => {
    // Nobody pays for it where nothing is lost.
    if (!lost.noticed) return;
    giveAgain(thread, again).catch((error: unknown) => {
      if (!signal.aborted)
        log.info({ err: error, thread: threadKey(thread) }, 'a reply waits for its thread to be found');
    });
  };
}
