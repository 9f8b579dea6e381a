/** Processes on machines that are not as they should be: a clock that is off, an event loop that stands still. */
import { describe, expect, it } from 'vitest';
import { waitUntil } from './support/bot.ts';
import { calm, checkTalk, takeoverLeft } from './support/check.ts';
import { doorTo } from './support/door.ts';
import { clearHolds, holdAgents, holdSlack, working } from './support/moments.ts';
import { FIRST, LAST, SECOND, gated, growing, plain } from './support/script.ts';
import { SLOW, worlds } from './support/setting.ts';
import type { Talk, World } from './support/world.ts';

const world = worlds();

/** Settings that have this file of `support` loaded before the product. */
function preloaded(file: string, env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...env, NODE_OPTIONS: `--import=${new URL(`support/${file}`, import.meta.url).href}` };
}

/** What the product has written in Slack and sent to sessions so far. */
function writes({ slack, agents }: World): number {
  const isRead = /^(auth|users|apps|conversations)\./;
  const calls = agents.control.calls();
  const inSlack = slack.control.calls.log().filter(({ method }) => !isRead.test(method));
  return inSlack.length + (calls['sessions.create'] ?? 0) + (calls['events.send'] ?? 0);
}

describe.concurrent('machines whose clocks differ by twenty minutes', SLOW, () => {
  const offBy = (ms: number) => preloaded('skew.mjs', { SKEW_MS: String(ms) });

  for (const [how, first, second] of [
    ['after one that is ahead', 600_000, -600_000],
    ['after one that is behind', -600_000, 600_000],
  ] as const) {
    it(`settle what is in doubt in time and once, ${how} (fault: clock-skew)`, async (test) => {
      const here = await world(test);
      here.agents.control.script(plain(SECOND, LAST));
      const dies = here.bot(offBy(first));
      await dies.ready();
      const begin = async (held: (channel: string) => Promise<void>): Promise<Talk> => {
        const channel = here.channel();
        const reached = held(channel);
        const talk = here.talk('weave', { channel });
        await reached;
        return talk;
      };
      const talks = [
        await begin((channel) => holdSlack(here, 'chat.postMessage', 'not done', { channel })),
        await begin((channel) => holdSlack(here, 'chat.postMessage', 'done', { channel })),
        await begin(() => holdAgents(here, 'sessions.create', 'not done')),
        await begin(() => holdAgents(here, 'sessions.create', 'done')),
        await begin(() => holdAgents(here, 'events.send', 'not done')),
        await begin(() => holdAgents(here, 'events.send', 'done')),
      ];
      await dies.kill9();
      const killedAt = performance.now();
      clearHolds(here);
      const goesOn = here.bot(offBy(second));
      await goesOn.ready();
      await calm(talks, takeoverLeft(killedAt));
      await here.atRest(goesOn);
      for (const talk of talks) checkTalk(talk);
      expect(goesOn.messages()).toContain('this clock differs from that of Redis');
    });
  }
});

describe.concurrent('an event loop that stands still for longer than a lease', SLOW, () => {
  it('loses its threads to others, gives them up when it goes on, and serves again (fault: blocked-loop)', async (test) => {
    const timings = { ackMs: 1_000, retries: [0, 1_000, 1_000, 1_000] };
    const here = await world(test, { slack: { timings } });
    const blocked = here.bot(preloaded('block.mjs', { BLOCK_MS: '15000' }));
    const url = await blocked.ready();
    here.agents.control.script(gated('go on'));
    const waiting = here.talk('weave and wait');
    await working(here, waiting);
    await here.slack.control.waitFor(() => waiting.words().includes(FIRST), 30_000);
    const other = here.bot();
    await other.ready();
    blocked.signal('SIGUSR2');
    const blockedAt = performance.now();
    const health = fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1_000) });
    await expect(health).rejects.toThrow();
    here.agents.control.open('go on');
    await calm([waiting], takeoverLeft(blockedAt));
    await here.atRest(other);
    const before = writes(here);
    await waitUntil('alive again', async () => (await fetch(`${url}/healthz`)).status === 200);
    await here.atRest(blocked, other);
    expect(writes(here)).toBe(before);
    expect(blocked.messages().some((msg) => msg.startsWith('thread given up'))).toBe(true);
    here.agents.control.script(plain(SECOND, LAST));
    const again = ['one', 'two', 'three'].map((word) => here.talk(`weave once more, ${word}`));
    await calm(again);
    await here.atRest(blocked, other);
    for (const talk of [waiting, ...again]) checkTalk(talk);
  });
});

describe.concurrent('asked to stop while Slack hangs', SLOW, () => {
  it('goes in time, and the next process makes the picture right (fault: sigterm-slack-hangs)', async (test) => {
    const here = await world(test);
    const door = await doorTo(here.slack.port);
    test.onTestFinished(() => door.shut());
    await door.open();
    const hangs = here.bot({ SLACK_API_URL: `http://127.0.0.1:${door.port}/api/` });
    await hangs.ready();
    here.agents.control.script(growing(9_000));
    const talk = here.talk('weave slowly');
    await here.slack.control.waitFor(() => talk.words().includes('Row 2 of'), 30_000);
    door.stall();
    // A post whose fate nobody knows, besides the edits.
    const late = here.talk('weave another one');
    await working(here, late);
    const askedAt = performance.now();
    hangs.signal('SIGTERM');
    const ended = await hangs.ended;
    expect([ended.code, ended.signal]).toEqual([0, null]);
    expect(ended.at - askedAt).toBeLessThan(15_000);
    const next = here.bot();
    await next.ready();
    await calm([talk, late]);
    await here.atRest(next);
    for (const each of [talk, late]) checkTalk(each);
  });
});
