/**
 * Many answers at once in one workspace, beside what Slack's limits allow at best to whoever knows beforehand how
 * long each will be (`bench/ideal.ts`).
 */
import { describe, expect, it } from 'vitest';
import { idealTimes, STATED, type WrittenReply } from '../../src/bench/ideal.ts';
import { crowd, type CrowdOptions } from './support/crowd.ts';

const CALL_MS = 150;
/** Where edits run out and answers are brief of late, a post waits so long for the end of its answer. */
const END_NEAR_MS = 2_200;

interface Pattern {
  readonly replies: number;
  readonly channels: number;
  /** Over how long they are asked for. */
  readonly spreadMs: number;
  readonly writtenMs: number;
  /** From the question to the first piece of text. */
  readonly textMs?: number;
}

function written({ replies, channels, spreadMs, writtenMs, textMs = 1_000 }: Pattern): WrittenReply[] {
  return Array.from({ length: replies }, (_, n) => {
    const askedAt = Math.floor((spreadMs * n) / replies / 500) * 500;
    return {
      channel: `C${n % channels}`,
      askedAt,
      textAt: askedAt + textMs,
      endsAt: askedAt + writtenMs,
    };
  });
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN;
}

/** What the crowd took, and what would have been possible; from the question, milliseconds. */
async function measured(replies: readonly WrittenReply[], options: CrowdOptions) {
  const { seen, limited, calls } = await crowd(replies, options);
  const best = idealTimes(replies, { ...STATED, callMs: CALL_MS });
  const asked = (n: number): number => replies[n]?.askedAt ?? 0;
  const ends = (n: number): number => replies[n]?.endsAt ?? 0;
  return {
    limited,
    calls,
    sign: seen.map(({ signAt }, n) => signAt - asked(n)),
    first: seen.map(({ firstAt }, n) => firstAt - asked(n)),
    bestFirst: best.map(({ firstAt }, n) => firstAt - asked(n)),
    final: seen.map(({ finalAt }, n) => finalAt - asked(n)),
    bestFinal: best.map(({ finalAt }, n) => finalAt - asked(n)),
    /** After the agent's last word. */
    finalLag: seen.map(({ finalAt }, n) => finalAt - ends(n)),
    bestFinalLag: best.map(({ finalAt }, n) => finalAt - ends(n)),
  };
}

const LONG = 60_000;
const BRIEF = 3_000;

const patterns: readonly { name: string; pattern: Pattern; options?: CrowdOptions }[] = [
  { name: '1 long one', pattern: { replies: 1, channels: 1, spreadMs: 0, writtenMs: LONG } },
  {
    name: '5 long ones at once in one channel',
    pattern: { replies: 5, channels: 1, spreadMs: 0, writtenMs: LONG },
  },
  {
    name: '5 brief ones at once in one channel',
    pattern: { replies: 5, channels: 1, spreadMs: 0, writtenMs: BRIEF },
  },
  {
    name: '20 long ones at once in four channels',
    pattern: { replies: 20, channels: 4, spreadMs: 0, writtenMs: LONG },
  },
  {
    name: '20 long ones within 10 s in one channel',
    pattern: { replies: 20, channels: 1, spreadMs: 10_000, writtenMs: LONG },
  },
  {
    name: '20 long ones at once, on three replicas',
    pattern: { replies: 20, channels: 20, spreadMs: 0, writtenMs: LONG },
    options: { replicas: 3 },
  },
  {
    name: '50 long ones at once in ten channels',
    pattern: { replies: 50, channels: 10, spreadMs: 0, writtenMs: LONG },
  },
  {
    name: '50 long ones at once, slow to begin, on two replicas',
    pattern: { replies: 50, channels: 50, spreadMs: 0, writtenMs: LONG, textMs: 2_500 },
    options: { replicas: 2 },
  },
  {
    name: '50 brief ones at once in one channel',
    pattern: { replies: 50, channels: 1, spreadMs: 0, writtenMs: BRIEF },
  },
  {
    name: '50 brief ones at once in fifty channels',
    pattern: { replies: 50, channels: 50, spreadMs: 0, writtenMs: BRIEF },
  },
];

describe('many answers at once', () => {
  it.each(patterns)(
    '$name: no 429, none lost, within 1.3 times the best',
    async ({ pattern, options = {} }) => {
      const took = await measured(written(pattern), options);
      expect(took.limited).toEqual([]);
      expect(took.final.every(Number.isFinite)).toBe(true);
      expect(percentile(took.sign, 1)).toBeLessThanOrEqual(1_000);
      for (const share of [0.5, 0.95, 1]) {
        expect(percentile(took.first, share)).toBeLessThanOrEqual(1.3 * percentile(took.bestFirst, share));
        expect(percentile(took.final, share)).toBeLessThanOrEqual(1.3 * percentile(took.bestFinal, share));
        const lag = 1.3 * percentile(took.bestFinalLag, share) + 500;
        expect(percentile(took.finalLag, share)).toBeLessThanOrEqual(lag);
      }
    },
  );

  it.each([
    ['34 in three channels on three replicas', 34, 3, 3],
    ['50 in fifty channels', 50, 50, 1],
  ])(
    'brief ones within 12 s, %s: no final text waits for a window',
    async (_name, replies, channels, replicas) => {
      const pattern = { replies, channels, spreadMs: 12_000, writtenMs: BRIEF };
      const took = await measured(written(pattern), { replicas });
      expect(took.limited).toEqual([]);
      expect(percentile(took.finalLag, 1)).toBeLessThanOrEqual(1.3 * percentile(took.bestFinalLag, 1) + 500);
      expect(percentile(took.first, 1)).toBeLessThanOrEqual(percentile(took.bestFirst, 1) + END_NEAR_MS);
    },
  );

  it('shows within a second that each was heard, where there is no status and the channel is taken', async () => {
    const pattern = { replies: 5, channels: 1, spreadMs: 0, writtenMs: 8_000, textMs: 4_000 };
    const took = await measured(written(pattern), { noStatus: true });
    expect(percentile(took.sign, 1)).toBeLessThanOrEqual(1_000);
    expect(took.calls.get('reactions.add')).toBeGreaterThan(0);
    expect(took.limited).toEqual([]);
  });
});
