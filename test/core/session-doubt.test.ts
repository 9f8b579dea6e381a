/** A call whose outcome is not known: from when on its absence is believed, and by whom. */
import { describe, expect, it } from 'vitest';
import type { ProcessInput } from '../../src/core/state.ts';
import { answers, markOf, stops, UNKNOWN } from './support/inputs.ts';
import { kinds, play, type Play } from './support/play.ts';

interface Doubt {
  readonly what: string;
  /** The call is decided on. */
  readonly begun: () => Play;
  readonly failed: (p: Play, at: number) => ProcessInput;
  readonly absent: Extract<ProcessInput, { kind: 'found' | 'looked' }>;
  readonly look: string;
  readonly again: string;
}

const looked = { kind: 'looked', events: [] } as const;

const DOUBTS: readonly Doubt[] = [
  {
    what: 'a session',
    begun: () => play().asked(),
    failed: (_, at) => ({ kind: 'create-failed', gen: 1, failure: UNKNOWN, at }),
    absent: { kind: 'found', gen: 1, session: undefined },
    look: 'find',
    again: 'create',
  },
  {
    what: 'a message',
    begun: () => play().sending(),
    failed: (_, at) => ({ kind: 'send-failed', marks: [markOf(1)], failure: UNKNOWN, at }),
    absent: looked,
    look: 'look',
    again: 'send',
  },
  {
    what: 'an interrupt',
    begun: () => {
      const p = play().working();
      p.give(stops());
      return p;
    },
    failed: (_, at) => ({ kind: 'interrupt-failed', failure: UNKNOWN, at }),
    absent: looked,
    look: 'look',
    again: 'interrupt',
  },
  {
    what: 'an answer',
    begun: () => {
      const p = play().asking();
      p.give(answers(p.ask().token, 'allow'));
      return p;
    },
    failed: (p, at) => ({ kind: 'answers-failed', ids: [p.ask().toolUseId], failure: UNKNOWN, at }),
    absent: looked,
    look: 'look',
    again: 'answer',
  },
];

describe.each(DOUBTS)('$what in doubt', ({ begun, failed, absent, look, again }) => {
  it('is believed absent so long after the call was made, not after it was decided on', () => {
    const p = begun();
    p.now += p.settleMs;
    const at = p.now;
    p.now += 10;
    expect(kinds(p.give(failed(p, at)))).toEqual([look]);
    expect(kinds(p.give({ ...absent, at: p.now }))).toEqual([]);
    expect(kinds(p.wait(p.settleMs))).toContain(look);
    expect(kinds(p.give({ ...absent, at: p.now }))).toEqual([again]);
  });

  it('is not believed absent by an answer that was asked for before, however late it comes', () => {
    const p = begun();
    p.give(failed(p, p.now));
    const at = p.now;
    // The first look is under way still: flow does not ask twice.
    expect(kinds(p.wait(p.settleMs))).toContain(look);
    p.now += 500;
    expect(kinds(p.give({ ...absent, at }))).toEqual([]);
    // The next one comes at once, not after another wait.
    expect(kinds(p.wait(0))).toEqual([look]);
    expect(kinds(p.give({ ...absent, at: p.now }))).toEqual([again]);
  });
});
