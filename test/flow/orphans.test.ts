/** A second session of one thread and generation is archived; one whose thread has no record never is. */
import { expect, it } from 'vitest';
import { newThread, type ThreadState } from '../../src/core/state.ts';
import { archiveOrphans } from '../../src/flow/orphans.ts';
import { PortError } from '../../src/errors.ts';
import { systemClock } from '../../src/lib/time.ts';
import type { AgentSessionStatus } from '../../src/ports.ts';
import type { KnownSession } from '../../src/ports-recovery.ts';
import { quietLog } from '../support/quiet-log.ts';

const THREAD = { team: 'T1', channel: 'C1', ts: '1790000000.000100' };
const LONG_AGO = systemClock.now() - 3_600_000;

function session(id: string, over: Partial<KnownSession> = {}): KnownSession {
  const at = { createdAt: LONG_AGO, updatedAt: LONG_AGO, archivedAt: undefined };
  return { id, thread: THREAD, gen: 2, title: '', status: 'idle', ...at, ...over };
}

function record(phase: ThreadState['phase'], gen = 2): string {
  return JSON.stringify({ ...newThread(THREAD, 'channel'), gen, phase });
}

const resting = (id: string, gen = 2): string =>
  record({ is: 'resting', session: { id, createdAt: LONG_AGO }, since: LONG_AGO }, gen);

async function swept(
  state: string | undefined,
  all: readonly KnownSession[],
  status: AgentSessionStatus = 'idle',
): Promise<{ archived: readonly string[]; missing: number }> {
  const archived: string[] = [];
  const missing = await archiveOrphans(
    {
      store: { peek: async () => state },
      agent: {
        status: async () => status,
        archive: async (id) => {
          archived.push(id);
          if (id === 'sesn_gone') throw new PortError({ kind: 'gone', code: 'not_found_error' });
        },
      },
      clock: systemClock,
      log: quietLog,
      pace: async () => undefined,
    },
    all,
    new AbortController().signal,
  );
  return { archived, missing };
}

it('archives the session that the record does not name', async () => {
  const found = await swept(resting('sesn_ours'), [session('sesn_other'), session('sesn_ours')]);
  expect(found).toEqual({ archived: ['sesn_other'], missing: 0 });
});

it('counts an open session without a record, and leaves it', async () => {
  expect(await swept(undefined, [session('sesn_lost')])).toEqual({ archived: [], missing: 1 });
});

it('archives what was closed while it could not be archived', async () => {
  const closed = record({ is: 'closed', previous: { session: 'sesn_left', why: 'idle' } });
  expect(await swept(closed, [session('sesn_left')])).toEqual({ archived: ['sesn_left'], missing: 0 });
});

it('leaves other generations, running ones, young ones, closed ones, and threads that name none', async () => {
  const none = { archived: [], missing: 0 };
  expect(await swept(resting('sesn_ours'), [session('sesn_older', { gen: 1 })])).toEqual(none);
  expect(await swept(resting('sesn_ours'), [session('sesn_other')], 'running')).toEqual(none);
  const young = session('sesn_young', { createdAt: systemClock.now() - 1_000 });
  expect(await swept(resting('sesn_ours'), [young])).toEqual(none);
  expect(await swept(resting('sesn_ours'), [session('sesn_closed', { archivedAt: LONG_AGO })])).toEqual(none);
  expect(await swept(record({ is: 'failed' }), [session('sesn_other')])).toEqual(none);
});

it('goes on where one cannot be archived', async () => {
  const found = await swept(resting('sesn_ours'), [session('sesn_gone'), session('sesn_other')]);
  expect(found.archived).toEqual(['sesn_gone', 'sesn_other']);
});
