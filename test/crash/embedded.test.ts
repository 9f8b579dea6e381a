/** Without `REDIS_URL`: the Redis that the processes of one checkout share. */
import { createConnection } from 'node:net';
import { describe, expect, it } from 'vitest';
import { calm, checkTalk, takeoverLeft } from './support/check.ts';
import { working } from './support/moments.ts';
import { LAST, SECOND, gated, plain } from './support/script.ts';
import { SLOW, worlds } from './support/setting.ts';

const world = worlds();

const isOpen = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

describe('the embedded Redis of a checkout', SLOW, () => {
  it('is shared by its processes, outlives kill -9 of all, and ends with the last one', async (test) => {
    const here = await world(test);
    const { slack, agents } = here;
    const env = { REDIS_URL: '' };
    const both = [here.bot(env), here.bot(env)];
    await Promise.all(both.map((bot) => bot.ready()));
    const joined = await Promise.all(both.map((bot) => bot.logged('embedded redis')));
    expect(new Set(joined.map(({ how }) => how))).toEqual(new Set(['found', 'started']));
    const path = String(joined[0]?.['path']);
    expect(joined[1]?.['path']).toBe(path);
    agents.control.script(gated('go on'));
    const talks = ['one', 'two', 'three'].map((word) => here.talk(`weave ${word}`));
    await working(here, ...talks);
    await slack.control.waitFor(() => talks.every((talk) => talk.words().includes('The warp')), 30_000);
    const before = talks.map((talk) => talk.bot().map(({ ts }) => ts));

    await Promise.all(both.map((bot) => bot.kill9()));
    const killedAt = performance.now();
    expect(await isOpen(path)).toBe(true);
    agents.control.open('go on');
    const next = here.bot(env);
    expect(await next.logged('embedded redis')).toMatchObject({ path, how: 'found' });
    await next.ready();
    await calm(talks, takeoverLeft(killedAt));
    await here.atRest(next);
    for (const talk of talks) checkTalk(talk);
    expect(talks.map((talk) => talk.bot().map(({ ts }) => ts))).toEqual(before);

    next.signal('SIGTERM');
    expect((await next.ended).code).toBe(0);
    expect(next.messages()).toContain('embedded redis ended');
    expect(await isOpen(path)).toBe(false);
    agents.control.script(plain(SECOND, LAST));
    const last = here.bot(env);
    expect(await last.logged('embedded redis')).toMatchObject({ how: 'started' });
    await last.ready();
    const [talk] = talks;
    talk?.reply('and do you still know this?');
    await slack.control.waitFor(() => talk?.bot().length === 2, 30_000);
    await calm(talks);
    await here.atRest(last);
    for (const known of talks) checkTalk(known, { messages: known === talk ? 2 : 1 });
    last.signal('SIGTERM');
    expect((await last.ended).code).toBe(0);
  });
});
