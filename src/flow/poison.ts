/**
 * Inputs that processes die of. A thread that was acquired several times without one commit in between is suspect:
 * its oldest input is set aside for an operator, said in the thread, and the rest goes on (I2). Where no input is
 * left to blame the thread is left alone for a while.
 */
import type { Held, InboxItem } from '../ports.ts';

/** Acquired more often than this without a commit: that many processes have died of it, or lost it at once. */
const MOST_TRIES = 3;

export const DIED = 'processes ended while they handled it';
export const THREW = 'the step threw';

export function isSuspect({ tries }: Pick<Held, 'tries'>): boolean {
  return tries > MOST_TRIES;
}

/** The input to set aside. */
export function culpritOf(held: Pick<Held, 'tries' | 'inbox'>): InboxItem | undefined {
  return isSuspect(held) ? held.inbox[0] : undefined;
}
