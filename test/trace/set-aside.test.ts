/** One message or one person is not everybody's trouble: what processes die of, and floods. */
import { afterEach, describe, expect, it } from 'vitest';
import { createRedisStore } from '../../src/adapters/store/redis.ts';
import { runParked } from '../../src/ops/parked.ts';
import type { MessageInput, ThreadRef } from '../../src/core/event.ts';
import type { StorePort } from '../../src/ports.ts';
import type { Settings } from '../../src/core/settings.ts';
import { quietLog } from '../support/quiet-log.ts';
import { SHORT, startWhole, until, type Whole } from '../support/whole.ts';

let whole: Whole;
afterEach(() => whole.stop());

const begin = async (settings: Partial<Settings> = {}): Promise<Whole> => {
  whole = await startWhole({ times: SHORT, settings });
  return whole;
};

/** Another process of the same app, which takes leases and dies. */
function mortal(leaseMs: number): Promise<StorePort> {
  const { appId } = whole.slack;
  return createRedisStore({ url: whole.redis.url, appId, log: quietLog, leaseMs });
}

function message(ts: string, user: string): MessageInput {
  return {
    kind: 'message',
    ts,
    user,
    text: 'words to die of',
    files: [],
    addressed: true,
    urgent: false,
    surface: 'channel',
    inThread: false,
  };
}

describe('a message that processes die of', () => {
  it('is set aside after three of them, told in its thread, and the rest goes on (fault: poison-input)', async () => {
    const { slack, app, config } = await begin();
    const { ids, ...control } = slack.control;
    await app.stop(500);
    const ts = control.say({ user: ids.ada, channel: ids.general, text: 'not heard by anybody' });
    const thread: ThreadRef = { team: whole.slack.teamId, channel: ids.general, ts };
    const store = await mortal(30);
    await store.admit({ thread, claims: [`x:${ts}`], input: message(ts, ids.ada), when: 'any' });
    for (const process of ['p1', 'p2', 'p3']) {
      let taken = await store.acquire(thread, process);
      while (!taken) taken = await store.acquire(thread, process);
      expect(taken.inbox).toHaveLength(1);
    }
    await whole.replica();
    await control.waitFor(
      () => whole.words(ids.general, ts).includes('could not be handled'),
      10_000,
      'the notice',
    );
    expect(whole.agents.control.sessions()).toEqual([]);
    control.say({ user: ids.ada, channel: ids.general, threadTs: ts, text: '@heddle hello' });
    await whole.calm(ids.general, ts);
    await until(() => whole.agents.control.sessions().length === 1, 'a session for the next one');

    const out: string[] = [];
    const options = {
      config,
      checkoutDir: '/nowhere',
      log: quietLog,
      output: { write: (text: string) => out.push(text) },
    };
    expect(await runParked(options)).toBe(0);
    expect(out.join('')).toContain(
      `${whole.slack.teamId}:${ids.general}:${ts}  message of ${ids.ada}: processes ended`,
    );
    expect(out.join('')).not.toContain('words to die of');
    const [id = ''] = out.join('').split(' ');
    expect(await runParked({ ...options, then: { do: 'drop', id: 'none' } })).toBe(1);
    expect(await runParked({ ...options, then: { do: 'drop', id } })).toBe(0);
    out.length = 0;
    await runParked(options);
    expect(out).toEqual(['Nothing is parked.\n']);
    await store.close();
  });
});

describe('a person who floods', () => {
  it('is told once that the last ones were not taken, and the first ones are answered (fault: flood)', async () => {
    const { slack, agents } = await begin({ messagesPerMinute: 3 });
    const { ids, ...control } = slack.control;
    const all = Array.from({ length: 9 }, (_, n) =>
      control.say({ user: ids.ada, channel: ids.general, text: `@heddle number ${n}` }),
    );
    await until(() => agents.control.sessions().length === 3, 'three sessions');
    const told = await control.waitFor(() => control.ephemerals(ids.ada)[0], 10_000, 'a notice');
    expect(told.shown).toContain('more messages here than I take');
    await Promise.all(all.slice(0, 3).map((ts) => whole.calm(ids.general, ts)));
    expect(control.ephemerals(ids.ada)).toHaveLength(1);
    expect(agents.control.sessions()).toHaveLength(3);
    expect(all.slice(3).flatMap((ts) => whole.bot(ids.general, ts))).toEqual([]);
  });

  it('who has as many threads at work as one may have is told in the next one (fault: too-many-at-once)', async () => {
    const { slack, agents } = await begin({ maxRunning: { person: 1, workspace: 10 } });
    const { ids, ...control } = slack.control;
    agents.control.script({ requests: [['Begun.', { op: 'gate', name: 'open' }, 'Done.']] });
    const first = control.say({ user: ids.ada, channel: ids.general, text: '@heddle one' });
    await control.waitFor(() => whole.words(ids.general, first).includes('Begun.'), 10_000, 'the first');
    const second = control.say({ user: ids.ada, channel: ids.general, text: '@heddle two' });
    await control.waitFor(
      () => whole.words(ids.general, second).includes('as many as one person'),
      10_000,
      'a notice',
    );
    expect(agents.control.sessions()).toHaveLength(1);
    agents.control.open('open');
    await control.waitFor(
      () => whole.words(ids.general, first).includes('Done.'),
      10_000,
      'the end of the first',
    );
    await whole.calm(ids.general, first);
    agents.control.script(null);
    control.say({ user: ids.ada, channel: ids.general, threadTs: second, text: '@heddle and now?' });
    await until(() => agents.control.sessions().length === 2, 'the second session');
    await whole.calm(ids.general, second);
  });
});
