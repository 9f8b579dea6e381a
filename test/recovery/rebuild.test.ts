/** Threads found again under difficulties: the one who does it dies, two do it at once, Slack lets it read little. */
import { describe, expect, it, vi } from 'vitest';
import { startApp } from '../../src/app.ts';
import { lossyProxy } from '../redis/support/lossy-proxy.ts';
import { quietLog } from '../support/quiet-log.ts';
import { until, type Whole } from '../support/whole.ts';
import { removing } from '../support/removing.ts';
import { ask, endsSound, reply } from '../trace/support/ground.ts';
import { freshChannel, gate, turn } from '../trace/support/talk.ts';
import { Thread } from '../trace/support/thread.ts';
import { approve, down, flush, onLossyGround, QUICK, records, up } from './support.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 90_000 });

const PATIENT = 30_000;

interface Threads {
  readonly rests: Thread;
  readonly writes: Thread;
  readonly asks: Thread;
}

/** A thread that rests, one whose answer grows, and one that asks. */
async function threads(whole: Whole): Promise<Threads> {
  const { ids } = whole.slack.control;
  const rests = ask(whole, { script: turn('The first answer.') });
  await rests.untilCalm(1, PATIENT);
  const asks = ask(whole, { script: turn(removing('May I?'), 'And gone.'), channel: ids.engineering });
  await asks.until(() => asks.cards() === 1, 'a question', PATIENT);
  const writes = ask(whole, {
    script: turn('Half of it.', gate('half'), 'The rest.'),
    channel: ids.secret,
  });
  await writes.until(() => writes.live(1), 'half of the answer', PATIENT);
  return { rests, asks, writes };
}

/** All of them go on, each in its session and its messages, once. */
async function goOn({ rests, asks, writes }: Threads): Promise<void> {
  const { whole } = rests;
  await writes.until(() => writes.words().includes('The rest.'), 'the rest', PATIENT);
  await endsSound(writes);
  expect(writes.bot()).toHaveLength(1);
  await approve(asks, whole.slack.control.ids.ada);
  await endsSound(asks, { messages: 2 });
  expect(asks.events('user.tool_confirmation')).toHaveLength(1);
  expect(asks.bot()).toHaveLength(2);
  whole.agents.control.script(turn('The second answer.'));
  const next = reply(rests, 'and now?');
  await endsSound(rests, { messages: 2, given: [rests.ts, next] });
  expect(rests.bot()).toHaveLength(2);
}

describe.concurrent('whoever finds threads again dies over it (fault: redis-empty)', () => {
  for (const steps of [1, 2, 4, 6]) {
    it(
      `after ${steps} writes: the next one does it, and nothing is doubled`,
      onLossyGround(async (whole) => {
        const all = await threads(whole);
        await down(whole);
        await flush(whole);
        const proxy = await lossyProxy(whole.redis.port);
        proxy.dieAfter(steps);
        const first = await startApp(
          { ...whole.config, redisUrl: proxy.url },
          { log: quietLog, times: QUICK },
        );
        await until(() => proxy.dead(), 'the end of the first one', PATIENT);
        whole.agents.control.open('half');
        const gone = first.stop(0);
        await up(whole);
        await gone;
        await goOn(all);
        await proxy.stop();
      }),
    );
  }
});

describe.concurrent('two processes that start at once on an empty store (fault: redis-empty)', () => {
  it(
    'find each thread again once',
    onLossyGround(async (whole) => {
      const all = await threads(whole);
      await down(whole);
      await flush(whole);
      await Promise.all([up(whole), up(whole)]);
      whole.agents.control.open('half');
      await goOn(all);
      expect(whole.agents.control.sessions()).toHaveLength(3);
    }),
  );
});

/** Sessions as this app would have left them, each with a thread of somebody's. Resolves with the threads. */
async function resting(whole: Whole, count: number): Promise<readonly Thread[]> {
  const { slack, agents, config } = whole;
  const { ids, say } = slack.control;
  const channel = freshChannel(whole, 'resting');
  const headers = {
    'content-type': 'application/json',
    'x-api-key': 'test-key',
    'anthropic-beta': 'managed-agents-2026-04-01',
    'anthropic-version': '2023-06-01',
  };
  const [known] = agents.control.sessions();
  const threads: Thread[] = [];
  for (let n = 0; n < count; n += 1) {
    const ts = say({ user: ids.ada, channel, text: `piece ${n}` });
    const thread = `${slack.teamId}:${channel}:${ts}`;
    const metadata = { ...(known?.record['metadata'] as object), thread, thread_ts: ts, channel, gen: '1' };
    const body = JSON.stringify({ agent: config.agent.id, environment_id: config.environment.id, metadata });
    const made = await fetch(`${agents.url}/v1/sessions`, { method: 'POST', headers, body });
    expect(made.status).toBe(200);
    threads.push(new Thread(whole, channel, ts));
  }
  return threads;
}

describe.concurrent('more threads than Slack lets be read in a minute (fault: redis-empty)', () => {
  it(
    'come one by one; who writes, and what runs, goes first, and no limit is passed',
    onLossyGround(
      async (whole) => {
        const { calls } = whole.slack.control;
        const writes = ask(whole, { script: turn('Half of it.', gate('half'), 'The rest.') });
        await writes.until(() => writes.live(1), 'half of the answer', PATIENT);
        await down(whole);
        const threads = await resting(whole, 120);
        await flush(whole);
        await up(whole);
        whole.agents.control.open('half');
        await writes.until(() => writes.words().includes('The rest.'), 'the rest', 15_000);
        await endsSound(writes);
        const last = threads.at(0);
        if (!last) throw new Error('no thread');
        whole.agents.control.script(turn('Here again.'));
        const said = reply(last, '@heddle still there?');
        await last.until(() => last.words().includes('Here again.'), 'an answer', PATIENT);
        await endsSound(last, { given: [said] });
        expect(await records(whole)).toBeLessThan(threads.length);
        for (const [method, { limited }] of Object.entries(calls.counts())) expect(limited, method).toBe(0);
      },
      { slack: { limits: true } },
    ),
  );
});
