import { describe, expect, it } from 'vitest';
import { timerChanges, turnEnds } from '../../src/flow/changes.ts';
import { GRACE, RETRY, refused, says, stops } from '../core/support/inputs.ts';
import { play, type Play } from '../core/support/play.ts';

describe('timers', () => {
  it.each([
    ['nothing', {}, {}, {}, false],
    ['a new one', {}, { idle: 5 }, { idle: 5 }, true],
    ['the end of a card that waits', {}, { expire: 5 }, { expire: 5 }, true],
    ['one that moved', { idle: 5 }, { idle: 9 }, { idle: 9 }, true],
    ['one that is over', { idle: 5 }, {}, { idle: null }, false],
    ['one that stays', { idle: 5 }, { idle: 5 }, {}, false],
    ['a first watch', {}, { watch: 5 }, { watch: 5 }, true],
    ['a watch that only moved on', { watch: 5 }, { watch: 9 }, { watch: 9 }, false],
    [
      'a watch that moved, beside a doubt',
      { watch: 5 },
      { watch: 9, doubt: 3 },
      { watch: 9, doubt: 3 },
      true,
    ],
    ['a retry in place of a doubt', { doubt: 5 }, { retry: 6 }, { doubt: null, retry: 6 }, true],
  ])('%s', (_, armed, wanted, changes, pressing) => {
    expect(timerChanges({ armed }, wanted)).toEqual({ changes, armed: wanted, pressing });
  });
});

describe('turns that ended', () => {
  const ways: readonly [string, (p: Play) => unknown, string][] = [
    ['answered', (p) => p.live(p.ev.text('x'), p.ev.idle()), 'answered'],
    ['silent', (p) => p.live(p.ev.idle()), 'silent'],
    ['stopped', (p) => [p.give(stops()), p.live(p.ev.interrupt(), p.ev.idle())], 'stopped'],
    [
      'interrupted',
      (p) => [
        p.give(says(2, 'no', GRACE, { urgent: true })),
        p.acknowledge(),
        p.live(p.ev.interrupt(), p.ev.idle()),
      ],
      'stopped',
    ],
    ['refused', (p) => p.live(p.ev.idle({ type: 'refusal', category: null, explanation: null })), 'refused'],
    ['failed', (p) => p.live(p.ev.idle({ type: 'retries_exhausted' })), 'failed'],
    ['out of budget', (p) => p.live(p.ev.idle({ type: 'budget_reached' })), 'budget'],
    ['lost', (p) => p.live(p.ev.terminated()), 'lost'],
    ['unreachable', (p) => p.give({ kind: 'read-failed', what: 'feed', failure: refused('x') }), 'failed'],
  ];

  it.each(ways)('%s', (_, end, outcome) => {
    const p = play().working();
    const before = p.state;
    p.now += 2_500;
    end(p);
    expect(turnEnds(before, p.state, p.now)).toEqual([{ seconds: 2.5, outcome }]);
    expect(turnEnds(p.state, p.state, p.now)).toEqual([]);
  });

  it('are none while a turn runs, and none for one that was forgotten', () => {
    const p = play().working();
    const before = p.state;
    p.live(p.ev.text('x'));
    expect(turnEnds(before, p.state, p.now)).toEqual([]);
    p.live(p.ev.idle());
    const ended = p.state;
    p.settle();
    expect(turnEnds(ended, p.state, p.now)).toEqual([]);
  });

  it('are counted where a turn began and ended in one go', () => {
    const p = play();
    const before = p.state;
    p.asked();
    p.give({ kind: 'create-failed', gen: 1, failure: { ...RETRY, kind: 'fatal' } });
    expect(turnEnds(before, p.state, p.now)).toEqual([{ seconds: 0, outcome: 'failed' }]);
  });
});
