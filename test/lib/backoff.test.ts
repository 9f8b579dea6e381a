import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff } from '../../src/lib/backoff.ts';

describe('backoff', () => {
  it('B1: stays within its bounds whatever chance says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1000, max: 100_000 }),
        fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), { minLength: 1, maxLength: 50 }),
        (minMs, maxMs, draws) => {
          let i = 0;
          const waits = backoff({ minMs, maxMs, random: () => draws[i++ % draws.length] ?? 0 });
          for (let n = 0; n < 60; n += 1) {
            const wait = waits.next();
            expect(wait).toBeGreaterThanOrEqual(minMs);
            expect(wait).toBeLessThanOrEqual(maxMs);
          }
        },
      ),
    );
  });

  it('doubles its span and B2: starts over after a reset only', () => {
    const waits = backoff({ minMs: 100, maxMs: 1500, random: () => 1 });
    expect([waits.next(), waits.next(), waits.next(), waits.next(), waits.next()]).toEqual([
      200, 400, 800, 1500, 1500,
    ]);
    expect(waits.attempts).toBe(5);
    waits.reset();
    expect(waits.next()).toBe(200);
  });

  it("keeps a server's wish, even above its own bound", () => {
    expect(backoff({ minMs: 10, maxMs: 100, random: () => 0 }).next(30_000)).toBe(30_000);
  });
});
