import { describe, expect, it } from 'vitest';
import { heldLease, type Lease } from '../../src/flow/lease.ts';
import { virtualClock, type VirtualClock } from '../support/virtual-clock.ts';

const TIMES = { leaseMs: 10_000, callMs: 4_000 };

async function held(beganAt = 0): Promise<{ lease: Lease; clock: VirtualClock }> {
  const clock = virtualClock();
  await clock.advance(1_000);
  return { clock, lease: heldLease({ process: 'p1', fence: 7 }, beganAt, TIMES, clock) };
}

describe('the lease as its holder sees it (I3)', () => {
  it('counts from before the request that granted it', async () => {
    const { lease } = await held(0);
    expect(lease.left()).toBe(9_000);
  });

  it('lets a call begin only where the lease outlives it with room to spare', async () => {
    const { lease, clock } = await held();
    await clock.advance(4_499);
    expect(lease.left()).toBe(4_501);
    expect(() => lease.guard()).not.toThrow();
    await clock.advance(1);
    expect(() => lease.guard()).toThrow(expect.objectContaining({ kind: 'retry', code: 'lease_lapsed' }));
  });

  it('goes on with each renewal, counted from when that began', async () => {
    const { lease, clock } = await held();
    await clock.advance(5_000);
    lease.renewed(5_500);
    expect(lease.left()).toBe(9_500);
    expect(() => lease.guard()).not.toThrow();
  });

  it('is not shortened by a renewal that comes back late', async () => {
    const { lease, clock } = await held();
    await clock.advance(5_000);
    lease.renewed(5_000);
    lease.renewed(2_000);
    expect(lease.left()).toBe(9_000);
  });

  it('does not follow the wall clock', async () => {
    const clock = virtualClock();
    let wall = clock.now();
    const jumping = { ...clock, now: () => wall };
    const lease = heldLease({ process: 'p1', fence: 1 }, 0, TIMES, jumping);
    wall += 3_600_000;
    expect(lease.left()).toBe(10_000);
  });
});
