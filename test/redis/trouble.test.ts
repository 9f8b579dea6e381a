/** The whole product on a Redis that is full, slow, or loses its answers: nothing lost, nothing doubled, and the truth told. */
import { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import type { ScriptName } from '../../src/adapters/store/scripts.ts';
import { startTestRedis } from '../support/redis.ts';
import { SHORT, startWhole, until, type Whole } from '../support/whole.ts';
import { ask, endsSound, onGround, press, reply } from '../trace/support/ground.ts';
import { freshChannel, gate, turn } from '../trace/support/talk.ts';
import { lossyProxy, type LossyProxy } from './support/lossy-proxy.ts';
import { startReplicated } from './support/sentinel.ts';
import { figures, readiness } from './support/told.ts';
import { untilSo } from './support/until-so.ts';

vi.setConfig({ maxConcurrency: 4, testTimeout: 60_000 });

/** Slack delivers again what was not acknowledged, sooner than it does in earnest. */
const timings = { ackMs: 2_000, retries: [300, 600, 1_000, 2_000, 4_000, 8_000] };

async function memory(whole: Whole, bytes: string): Promise<void> {
  const control = new Redis(whole.redis.path);
  await control.config('SET', 'maxmemory', bytes);
  control.disconnect();
}

describe.concurrent('a Redis without memory left', () => {
  it(
    'takes nothing new and says so; what ran and what was written goes on once there is room (fault: redis-full)',
    onGround(
      async (whole) => {
        const { control } = whole.slack;
        const thread = ask(whole, { script: turn('Half of it.', gate('full'), 'The rest.') });
        await thread.until(() => thread.live(1), 'half of it');
        await memory(whole, '1');
        const late = ask(whole, { script: turn('Better late.'), channel: control.ids.engineering });
        const { ada } = control.ids;
        const command = { user: ada, channel: thread.channel, command: '/heddle', text: 'stop' };
        expect(await control.command(command)).toMatchObject({ ok: true });
        const words = await control.waitFor(() => control.ephemerals(ada)[0], 5_000, 'words');
        expect(words.shown).toMatch(/nothing was done.*try again/);
        await press(thread, 'heddle.stop', thread.bot()[0]?.ts ?? '');
        const again = await control.waitFor(() => control.ephemerals(ada)[1], 5_000, 'words for a click');
        expect(again.shown).toMatch(/nothing was done.*try again/);
        expect(thread.events('user.interrupt')).toEqual([]);
        whole.agents.control.open('full');
        await thread.until(() => thread.session.status === 'idle', 'the end of the turn');
        // Longer than a lease.
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        expect(late.sessions()).toEqual([]);
        expect(await readiness(whole.app)).toMatchObject({ status: 200 });
        expect((await readiness(whole.app)).body).toContain('redis_oom');
        await memory(whole, '0');
        await late.until(() => late.words().includes('Better late.'), 'the late answer', 20_000);
        await endsSound(late);
        await endsSound(thread);
        expect(thread.bot()).toHaveLength(1);
        await untilSo(
          'nothing to warn of',
          async () => !(await readiness(whole.app)).body.includes('redis_oom'),
        );
      },
      { slack: { timings } },
    ),
  );
});

interface Behind {
  readonly whole: Whole;
  readonly proxy: LossyProxy;
}

async function behindProxy(
  times: Parameters<typeof startWhole>[0],
  work: (it: Behind) => Promise<void>,
): Promise<void> {
  const redis = await startTestRedis();
  const proxy = await lossyProxy(redis.port);
  const whole = await startWhole({ slack: { timings }, ...times, redisUrl: proxy.url });
  try {
    await work({ whole, proxy });
  } finally {
    await whole.stop();
    await proxy.stop();
    await redis.stop();
  }
}

describe.concurrent('a Redis that answers after 200 to 800 ms', () => {
  it('slows turns down: leases are kept, and nothing is lost or doubled (fault: redis-slow)', async () => {
    await behindProxy({}, async ({ whole, proxy }) => {
      await whole.replica();
      proxy.slow(200, 800);
      whole.agents.control.script(turn('Half of it.', gate('slow'), 'The rest.'));
      const threads = ['one', 'two', 'three'].map((name) =>
        ask(whole, { channel: freshChannel(whole, name) }),
      );
      for (const thread of threads) await thread.until(() => thread.live(1), 'half of it', 25_000);
      expect(await readiness(whole.app)).toMatchObject({ status: 200 });
      whole.agents.control.open('slow');
      for (const thread of threads) await thread.untilCalm(1, 25_000);
      for (const thread of threads) await endsSound(thread);
      expect(threads.map((thread) => thread.bot().length)).toEqual([1, 1, 1]);
      expect(await figures(whole.app, 'heddle_leases_lost_total')).toEqual([0]);
    });
  });

  it('and then does not for longer than a lease: leases end cleanly, each thread goes on once (fault: redis-slow)', async () => {
    await behindProxy({ times: SHORT }, async ({ whole, proxy }) => {
      await whole.replica();
      const thread = ask(whole, { script: turn('Half of it.', gate('stuck'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of it');
      proxy.slow(1_500, 2_500);
      whole.agents.control.open('stuck');
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      expect((await readiness(whole.app)).body).toMatch(/Redis/);
      proxy.slow(0, 0);
      await thread.until(() => thread.words().includes('The rest.'), 'the rest', 20_000);
      await endsSound(thread);
      expect(thread.bot()).toHaveLength(1);
      await untilSo('ready again', async () => (await readiness(whole.app)).status === 200);
    });
  });
});

describe.concurrent('a Redis whose answers are lost after it did what it was asked', () => {
  const scripts: readonly ScriptName[] = ['admit', 'acquire', 'commit', 'conclude', 'renew', 'take'];
  for (const script of scripts) {
    it(`as those to ${script}: nothing is lost or doubled (fault: redis-answers-lost)`, async () => {
      await behindProxy({ times: SHORT }, async ({ whole, proxy }) => {
        proxy.lose(script, 3);
        const thread = ask(whole, { script: turn('Half of it.', gate('lost'), 'The rest.') });
        await thread.until(() => thread.live(1), 'half of it', 20_000);
        // Everything else is asked for by what happens here; a lease is renewed only once some time has passed.
        if (script === 'renew') await untilSo('a renewal', async () => proxy.lost() > 0);
        proxy.lose(script, 2);
        whole.agents.control.open('lost');
        await thread.untilCalm(1, 20_000);
        whole.agents.control.script(turn('The second answer.'));
        proxy.lose(script, 1);
        const next = reply(thread, 'and then?');
        await thread.until(() => thread.words().includes('The second answer.'), 'it', 20_000);
        await endsSound(thread, { messages: 2, given: [thread.ts, next] });
        expect(thread.bot()).toHaveLength(2);
        expect(proxy.lost()).toBeGreaterThan(0);
      });
    });
  }
});

describe.concurrent('three Sentinels, two of which decide', () => {
  it('fail over although one is dead; the whole product goes on (fault: redis-failover)', async () => {
    const servers = await startReplicated({ sentinels: 3, replicas: 2 });
    const whole = await startWhole({ redisUrl: servers.url, times: SHORT, slack: { timings } });
    try {
      await whole.replica();
      const thread = ask(whole, { script: turn('Half of it.', gate('quorum'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of it');
      await servers.sentinels[0]?.kill9();
      await servers.primary.kill9();
      await until(() => thread.session.status === 'running', 'it runs on');
      await untilSo('not ready', async () => (await readiness(whole.app)).status === 503);
      expect((await readiness(whole.app)).body).toContain('Redis');
      whole.agents.control.open('quorum');
      await thread.until(() => thread.words().includes('The rest.'), 'the rest', 25_000);
      await endsSound(thread);
      whole.agents.control.script(turn('The second answer.'));
      const next = reply(thread, 'and then?');
      await thread.until(() => thread.words().includes('The second answer.'), 'it', 25_000);
      await endsSound(thread, { messages: 2, given: [thread.ts, next] });
      expect(await readiness(whole.app)).toMatchObject({ status: 200 });
    } finally {
      await whole.stop();
      await servers.stop();
    }
  });
});
