/**
 * A look at the world right before a request leaves. A process can be frozen at any moment, also between deciding to
 * write and writing; on waking up it would write what another process has written by then. Whoever may write only
 * under a condition says so here, and the transport asks once more when nothing but the write is left to do.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const looks = new AsyncLocalStorage<() => void>();

/** Runs work whose requests leave only where `look` does not throw. */
export function lookingLast<T>(look: () => void, work: () => T): T {
  return looks.run(look, work);
}

/** What the work at hand wants to be asked before its request leaves; it throws where it must not. */
export function lastLook(): (() => void) | undefined {
  return looks.getStore();
}
