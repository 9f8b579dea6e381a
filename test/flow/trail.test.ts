/** What no thread's commit takes along is written down beside, in order, and before the process is gone. */
import { expect, it } from 'vitest';
import type { AuditEntry } from '../../src/core/audit.ts';
import { PortError } from '../../src/errors.ts';
import { createTrail, type Trail } from '../../src/flow/trail.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock, type VirtualClock } from '../support/virtual-clock.ts';

interface Rig {
  readonly trail: Trail;
  readonly clock: VirtualClock;
  readonly written: string[];
  readonly lost: string[];
  away: boolean;
}

const entry = (by: string): AuditEntry => ({ what: 'stopped', by });

function rig(): Rig {
  const clock = virtualClock();
  const log = {
    ...quietLog,
    error(fields: object) {
      the.lost.push((fields as { entry: AuditEntry }).entry.by);
    },
  };
  const audit = {
    async note(_team: string, _nonce: string, { by }: AuditEntry) {
      if (the.away) throw new PortError({ kind: 'retry', code: 'redis_away' });
      the.written.push(by);
    },
    entries: () => {
      throw new Error('not read here');
    },
  };
  const random = { token: () => 'n', fraction: () => 0.5 };
  const trail = createTrail({ store: { audit }, clock, random, log });
  const the: Rig = { trail, clock, written: [], lost: [], away: false };
  return the;
}

it('is tried again, in order, until it is written', async () => {
  const r = rig();
  r.away = true;
  for (const by of ['U1', 'U2']) r.trail.note('T1', entry(by));
  await r.clock.advance(20_000);
  expect(r.written).toEqual([]);
  r.away = false;
  await r.clock.advance(20_000);
  expect(r.written).toEqual(['U1', 'U2']);
});

it('is written before the process goes', async () => {
  const r = rig();
  for (const by of ['U1', 'U2', 'U3']) r.trail.note('T1', entry(by));
  await r.trail.flush(1_000);
  expect(r.written).toEqual(['U1', 'U2', 'U3']);
  expect(r.clock.timers).toBe(0);
});

it('is given up, and said, when the process may not wait longer', async () => {
  const r = rig();
  r.away = true;
  for (const by of ['U1', 'U2']) r.trail.note('T1', entry(by));
  let gone = false;
  const going = r.trail.flush(1_000).then(() => (gone = true));
  await r.clock.advance(999);
  expect(gone).toBe(false);
  await r.clock.advance(1);
  await going;
  await r.clock.settle();
  expect(r.written).toEqual([]);
  expect(r.lost).toEqual(['U1', 'U2']);
});
