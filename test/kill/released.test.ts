import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACTS, FAILPOINTS, FAILPOINT_CHANNEL, MOMENTS, around, failpoint } from '../../src/lib/failpoint.ts';
import { sources } from '../architecture-scan.ts';
import { worlds } from '../crash/support/setting.ts';
import { calm, checkTalk } from '../crash/support/check.ts';
import { plain, LAST } from '../crash/support/script.ts';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

describe('a failpoint', () => {
  it('is nothing where nobody listens', () => {
    expect(() => FAILPOINTS.forEach(failpoint)).not.toThrow();
    const work = Promise.resolve('done');
    expect(around('commit', () => work)).toBe(work);
  });

  it('tells who listens before and after, and after nothing that failed', async () => {
    const heard: unknown[] = [];
    const listen = (name: unknown): void => {
      heard.push(name);
    };
    subscribe(FAILPOINT_CHANNEL, listen);
    try {
      expect(await around('commit', async () => heard.push('at work'))).toBe(2);
      await expect(around('archive', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    } finally {
      unsubscribe(FAILPOINT_CHANNEL, listen);
    }
    expect(heard).toEqual(['before commit', 'at work', 'after commit', 'before archive']);
  });

  it('is in the code where it is in the list', () => {
    const code = sources('src')
      .filter(({ path }) => path !== 'src/lib/failpoint.ts')
      .map(({ path }) => readFileSync(path, 'utf8'))
      .join('\n');
    expect(ACTS.filter((act) => !code.includes(`'${act}'`))).toEqual([]);
    expect(MOMENTS.filter((moment) => !code.includes(`'on ${moment}'`))).toEqual([]);
  });
});

describe('the released build', () => {
  const world = worlds();

  it('listens to no failpoint', () => {
    const product = sources('src').filter(({ path }) => !/^src\/(bench|playground)\//.test(path));
    const listening = product.filter(
      ({ imports, code }) =>
        imports.some(({ from }) => /diagnostics_channel/.test(from)) && /\bsubscribe\s*\(/.test(code),
    );
    expect(listening.map(({ path }) => path)).toEqual([]);
    const naming = sources('src').filter(({ code }) => code.includes('FAILPOINT_CHANNEL'));
    expect(naming.map(({ path }) => path)).toEqual(['src/lib/failpoint.ts']);
  });

  it('does not die of what makes the test build die', { timeout: 60_000 }, async (test) => {
    const here = await world(test);
    here.agents.control.script(plain(LAST));
    const bot = here.bot({
      KILL_DIR: here.redis.dir,
      KILL_POINT: 'before store.admit',
      KILL_HIT: '1',
      KILL_SIGNAL: 'SIGKILL',
      KILL_TIMES: '{"leaseMs":1}',
    });
    await bot.ready();
    const talk = here.talk('weave');
    await calm([talk]);
    await here.atRest(bot);
    checkTalk(talk);
    expect(readdirSync(here.redis.dir)).not.toContain('trace');
    expect(readFileSync(join(here.redis.dir, 'log'), 'utf8')).not.toBe('');
  });
});
