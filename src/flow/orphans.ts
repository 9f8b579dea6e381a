/**
 * Sessions that no thread knows. Two can be made for one thread and generation when an answer was lost at the wrong
 * moment; the one that the record names is the thread's, and the other one is archived. So is one that was closed
 * while the service refused that. A session whose thread has no record is never archived: the record is missing,
 * and is made anew.
 */
import { threadKey, type ThreadRef } from '../core/event.ts';
import { decodeState } from '../core/record.ts';
import type { ThreadState } from '../core/state.ts';
import { PortError } from '../errors.ts';
import type { AgentPort, Clock, Log, StorePort } from '../ports.ts';
import type { KnownSession } from '../ports-recovery.ts';

export interface OrphanDeps {
  readonly store: Pick<StorePort, 'peek'>;
  readonly agent: Pick<AgentPort, 'status' | 'archive'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly pace: (signal: AbortSignal) => Promise<void>;
}

/** A session that is younger may be on its way into its record, ms. */
const YOUNG_MS = 120_000;

/** Resolves with how many open sessions have no record of their thread. */
export async function archiveOrphans(
  deps: OrphanDeps,
  all: readonly KnownSession[],
  signal: AbortSignal,
): Promise<number> {
  const settled = deps.clock.now() - YOUNG_MS;
  let missing = 0;
  for (const { id, thread, gen, createdAt, archivedAt } of all) {
    if (archivedAt !== undefined || createdAt > settled) continue;
    signal.throwIfAborted();
    const state = decodeState(await deps.store.peek(thread));
    if (!state) missing += 1;
    else if (isNobodys(state, id, gen)) await archiveIdle(deps, id, thread, signal);
  }
  return missing;
}

/**
 * The thread goes on with another one of this generation, or was closed while this one could not be archived. About
 * other generations the record says nothing: it may be older than they are.
 */
function isNobodys({ gen, phase }: ThreadState, id: string, itsGen: number): boolean {
  if (itsGen !== gen) return false;
  return 'session' in phase ? phase.session.id !== id : phase.is === 'closed';
}

/** One that runs is left until it rests: what it does may matter to somebody. */
async function archiveIdle(
  { agent, log, pace }: OrphanDeps,
  id: string,
  thread: ThreadRef,
  signal: AbortSignal,
): Promise<void> {
  try {
    await pace(signal);
    if ((await agent.status(id)) !== 'idle') return;
    await agent.archive(id);
    log.info(
      { thread: threadKey(thread), session: id },
      'a session that its thread does not know was archived',
    );
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    log.info(
      { session: id, code: error.code },
      'such a session could not be archived; it will be tried again',
    );
  }
}
