import { describe, expect, it } from 'vitest';
import { caseNamed } from './support/cases.ts';
import { timesOf } from './support/times.ts';

const passage = (at: number, pid: number, what: string) => ({ at, pid, what });
const asked = caseNamed('after slack.react/SIGTERM/2/empty/1');

/** The first of two processes is asked to go, and the other one takes the thread over so many ms later. */
const handed = (ms: number, ...more: readonly ReturnType<typeof passage>[]) =>
  [
    passage(0, 1, 'on new thread'),
    passage(1_000, 1, '!SIGTERM'),
    passage(1_050, 1, 'after hand-over'),
    passage(1_000 + ms, 2, 'on takeover'),
    passage(1_000 + ms, 2, 'before commit'),
    ...more,
  ].sort((a, b) => a.at - b.at);

describe('a thread that was handed over', () => {
  it('is to be taken over at once', () => {
    expect(timesOf(asked, handed(150), [])).toMatchObject({ handover: 150, late: [] });
    expect(timesOf(asked, handed(2_300), []).late).toHaveLength(1);
  });

  it('is known to nobody where the store has forgotten that: the loss is noticed first', () => {
    const lost = timesOf(asked, handed(2_300, passage(1_400, 0, 'forgotten')), []);
    expect(lost.late).toEqual([]);
    expect(lost.handover).toBeUndefined();
    expect(timesOf(asked, handed(2_300, passage(500, 0, 'forgotten')), []).late).toEqual([]);
  });

  it('is to be taken over at once where the loss was put right before, or came after', () => {
    const right = [passage(500, 0, 'forgotten'), passage(900, 2, 'after store.caught-up')];
    expect(timesOf(asked, handed(2_300, ...right), []).late).toHaveLength(1);
    expect(timesOf(asked, handed(2_300, passage(5_000, 0, 'forgotten')), []).late).toHaveLength(1);
  });
});
