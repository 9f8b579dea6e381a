/** What the follower hands on of a stream: the words that were cut off belong to the run that was cut. */
import { describe, expect, it } from 'vitest';
import type { FeedItem } from '../../src/core/agent-event.ts';
import type { Preview } from '../../src/core/state.ts';
import { follow } from '../../src/flow/follower.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { systemClock } from '../../src/lib/time.ts';
import { quietLog } from '../support/quiet-log.ts';

const at = '2026-01-01T00:00:00.000000Z';
const begins = (eventId: string): FeedItem => ({ type: 'event_start', eventId, of: 'agent.message' });
const grows = (eventId: string, text: string): FeedItem => ({ type: 'event_delta', eventId, index: 0, text });
const idle: FeedItem = { type: 'session.status_idle', id: 'i1', at, reason: { type: 'end_turn' } };
const running: FeedItem = { type: 'session.status_running', id: 'r2', at };

/** The previews that come with the first events of these batches. */
async function previewsWith(...batches: readonly (readonly FeedItem[])[]): Promise<readonly Preview[]> {
  const heard = deferred<readonly Preview[]>();
  const feed = {
    async *[Symbol.asyncIterator]() {
      yield* batches;
      await new Promise(() => undefined);
    },
    close: () => undefined,
  };
  const agent = { attach: () => Promise.resolve(feed), history: () => Promise.resolve([]) };
  const deps = {
    agent,
    clock: systemClock,
    random: systemRandom,
    log: quietLog,
    meter: { streamLost: () => undefined },
    pace: () => Promise.resolve(),
  };
  const follower = follow(deps, 's1', false, {
    since: () => undefined,
    events: (_events, _source, previews) => heard.resolve(previews),
    grown: () => undefined,
    writing: () => undefined,
    failed: () => undefined,
  });
  try {
    return await heard.promise;
  } finally {
    follower.stop();
  }
}

describe('words that a run was writing when it ended', () => {
  const cut = [{ id: 'a', text: 'Half a sen' }];

  it('come with its idle', async () => {
    expect(await previewsWith([begins('a'), grows('a', 'Half a sen')], [idle])).toEqual(cut);
  });

  it('are not mixed with what the next run writes, in one batch with the idle', async () => {
    const batch = [begins('a'), grows('a', 'Half a sen'), idle, running, begins('b'), grows('b', 'Then')];
    expect(await previewsWith(batch)).toEqual(cut);
  });

  it('are none where the whole message came before', async () => {
    const whole: FeedItem = { type: 'agent.message', id: 'a', at, text: 'Half a sentence.' };
    expect(await previewsWith([begins('a'), grows('a', 'Half a sen'), whole, idle])).toEqual([]);
  });
});
