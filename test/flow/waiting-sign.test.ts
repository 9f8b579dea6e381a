/** Signs on messages that wait while the record of their thread is made anew. */
import { describe, expect, it } from 'vitest';
import { WAITING } from '../../src/core/shown.ts';
import { opening } from '../../src/flow/opening.ts';
import { withWaitingSign } from '../../src/flow/waiting-sign.ts';
import { deferred } from '../../src/lib/deferred.ts';
import type { Held } from '../../src/ports.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const THREAD = { team: 'T1', channel: 'C1', ts: '1790000000.000100' } as const;
const TS = '1790000000.000200';
const HELD = { inbox: [{ input: { kind: 'message', ts: TS } }] } as unknown as Held;

function outside() {
  const clock = virtualClock();
  const calls: string[] = [];
  const reacted = deferred();
  const slack = {
    react: async ({ ts }: { readonly ts: string }) => {
      calls.push(`react ${ts}`);
      await reacted.promise;
    },
    unreact: async ({ ts }: { readonly ts: string }) => {
      calls.push(`unreact ${ts}`);
    },
  };
  const work = deferred<string | undefined>();
  let end: unknown = 'open';
  const signed = withWaitingSign({ slack, clock, log: quietLog }, THREAD, HELD, work.promise);
  signed.then(
    (outcome) => (end = outcome),
    (error: unknown) => (end = error),
  );
  return { clock, calls, reacted, work, end: () => end };
}

describe('the sign that a message waits', () => {
  it('is not shown where the work takes no time', async () => {
    const { clock, calls, work, end } = outside();
    work.resolve('done');
    await clock.advance(5_000);
    expect(calls).toEqual([]);
    expect(end()).toEqual({ outcome: 'done', signs: [] });
  });

  it('that has left for Slack is waited for, and known to who goes on', async () => {
    const { clock, calls, work, reacted, end } = outside();
    await clock.advance(700);
    work.resolve('done');
    await clock.advance(1_000);
    expect(end()).toBe('open');
    reacted.resolve();
    await clock.advance(1);
    expect(calls).toEqual([`react ${TS}`]);
    expect(end()).toEqual({ outcome: 'done', signs: [TS] });
  });

  it('is gone before the thread is given to somebody else', async () => {
    const { clock, calls, work, reacted, end } = outside();
    await clock.advance(700);
    work.resolve(undefined);
    await clock.advance(1);
    expect(end()).toBe('open');
    reacted.resolve();
    await clock.advance(1);
    expect(calls).toEqual([`react ${TS}`, `unreact ${TS}`]);
    expect(end()).toBeUndefined();
  });

  it('is in the record of who goes on, so that it goes whoever comes after that', () => {
    const held = { ...HELD, state: undefined, signs: [TS] };
    expect(opening(THREAD, held).reactions).toEqual({ [TS]: WAITING });
  });
});
