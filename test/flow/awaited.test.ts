/** A reply in a thread whose record is lost does not wait for all the others. */
import { describe, expect, it } from 'vitest';
import { createAwaited } from '../../src/flow/awaited.ts';
import type { Admitted } from '../../src/ports.ts';
import { THREAD } from '../core/support/inputs.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock } from '../support/virtual-clock.ts';

type Outcome = Admitted['outcome'];

function play(outcomes: Outcome[], { noticed = true, known = true } = {}) {
  const clock = virtualClock(0);
  const did: string[] = [];
  const ending = new AbortController();
  const awaited = createAwaited({
    lost: { noticed, awaits: async () => known },
    adopt: async () => {
      did.push('adopt');
      return true;
    },
    clock,
    log: quietLog,
    signal: ending.signal,
  });
  awaited(THREAD, async () => {
    const outcome = outcomes.shift() ?? 'unfollowed';
    did.push(outcome);
    return { outcome } as Admitted;
  });
  return { clock, did, ending };
}

describe('a reply in a thread that is not known', () => {
  it('is given to it as soon as it is made anew, also by somebody else', async () => {
    const { clock, did } = play(['unfollowed', 'admitted']);
    await clock.settle();
    expect(did).toEqual(['adopt', 'unfollowed']);
    await clock.advance(500);
    expect(did).toEqual(['adopt', 'unfollowed', 'adopt', 'admitted']);
    await clock.advance(60_000);
    expect(did).toHaveLength(4);
  });

  it('is left where nothing is lost, and where the thread never was ours', async () => {
    for (const where of [{ noticed: false }, { known: false }]) {
      const { clock, did } = play(['admitted'], where);
      await clock.advance(60_000);
      expect(did).toEqual([]);
    }
  });

  it('is given up after a while, and when the process goes', async () => {
    const { clock, did } = play([]);
    await clock.advance(60_000);
    expect(did).toHaveLength(40);
    const going = play([]);
    await going.clock.settle();
    going.ending.abort(new Error('going'));
    await going.clock.advance(60_000);
    expect(going.did).toHaveLength(2);
  });
});
