/** A new holder of the thread: what was under way when the last one went is in doubt, and looked up. */
import { describe, expect, it } from 'vitest';
import { RETRY, markOf, says, stops, urges } from './support/inputs.ts';
import { kinds, only, play, wordsOf, type Play } from './support/play.ts';

const taken = { kind: 'taken-over' } as const;

describe('a takeover', () => {
  const still: readonly [string, (p: Play) => unknown][] = [
    ['nothing', () => undefined],
    ['a message sent that has not begun', (p) => p.sent()],
    ['an open run', (p) => p.working()],
    ['a question', (p) => p.asking()],
    ['rest', (p) => p.resting()],
    ['a closed session', (p) => p.closed()],
  ];

  it.each(still)('of %s calls nobody: what happened comes with the history', (_, go) => {
    const p = play();
    go(p);
    expect(kinds(p.give(taken))).toEqual([]);
  });

  it('of a message on its way looks for it; found, it is not sent again', () => {
    const p = play().sending();
    expect(kinds(p.give(taken))).toEqual(['look']);
    p.give({ kind: 'looked', events: [p.ev.queued(markOf(1))] });
    expect(kinds(p.wait(p.settleMs))).not.toContain('send');
  });

  it('of a message on its way sends it where it is absent when no request can be alive', () => {
    const p = play().sending();
    p.give(taken);
    expect(kinds(p.give({ kind: 'looked', events: [] }))).toEqual([]);
    expect(kinds(p.wait(p.settleMs))).toContain('look');
    expect(wordsOf(p.give({ kind: 'looked', events: [] }))).toEqual(['hello']);
  });

  it('of a message on its way, long after: at once', () => {
    const p = play().sending();
    p.now += 60_000;
    p.give(taken);
    expect(wordsOf(p.give({ kind: 'looked', events: [] }))).toEqual(['hello']);
  });

  it('of a message on its way whose answer is in the history already shows that', () => {
    const p = play().sending();
    p.give(taken);
    p.history(p.ev.running(), p.ev.taken(markOf(1)), p.ev.text('hi'), p.ev.idle());
    p.give({ kind: 'looked', events: [] });
    expect(p.texts).toEqual(['hi']);
    p.calm();
  });

  it('follows every run, though the look may be ahead of the stream', () => {
    const p = play().asked();
    p.give(says(2, 'two'));
    p.give({ kind: 'created', gen: 1, session: 'sesn_1' });
    p.give(taken);
    const first = [p.ev.running(), p.ev.taken(markOf(1)), p.ev.text('one'), p.ev.idle()];
    const second = [p.ev.running(), p.ev.taken(markOf(2)), p.ev.text('two'), p.ev.idle()];
    p.give({ kind: 'looked', events: [...first, ...second] });
    p.history(...first);
    expect(p.is).toBe('working');
    p.live(...second);
    expect(p.texts).toEqual(['one', 'two']);
    p.calm();
  });

  it('of an interrupt on its way looks for it, and repeats it only while the run runs', () => {
    const p = play().working();
    p.give(stops());
    expect(kinds(p.give(taken))).toEqual(['look']);
    p.now += p.settleMs;
    expect(kinds(p.give({ kind: 'looked', events: [] }))).toEqual(['interrupt']);
    const q = play().working();
    q.give(stops());
    q.give(taken);
    q.history(q.ev.interrupt(), q.ev.idle());
    expect(q.end).toMatchObject({ is: 'stopped' });
    expect(kinds(q.give({ kind: 'looked', events: [] }))).toEqual([]);
    q.calm();
  });

  it('of `!` while it asked interrupts where the session still asks', () => {
    const p = play().asking();
    p.give(urges(2, 'no, this'));
    expect(kinds(p.give(taken))).toEqual(['interrupt']);
    p.give({ kind: 'interrupted' });
    expect(wordsOf(p.live(p.ev.interrupt(), p.ev.idle()))).toEqual(['no, this']);
  });

  it('of a failed send keeps its wait', () => {
    const p = play().sending();
    p.failSend({ ...RETRY, retryAfterMs: 20_000 });
    expect(kinds(p.give(taken))).toEqual([]);
    expect(kinds(p.wait(19_000))).not.toContain('send');
    only(p.wait(1_000), 'send');
  });

  it('does not know which posts were made', () => {
    const p = play().asked();
    p.give({ kind: 'intend', slots: ['t1.0.0', 'n1'] });
    p.give({ kind: 'posted', slot: 'n1', posted: { intent: 1, gen: 0, ts: '5.5' } });
    p.give(taken);
    expect(p.state.posted['t1.0.0']).toMatchObject({ doubt: true });
    expect(p.state.posted['n1']).not.toHaveProperty('doubt');
  });

  it('twice is as good as once', () => {
    for (const go of [...still.map(([, place]) => place), (p: Play) => p.sending()]) {
      const p = play();
      go(p);
      p.give(taken);
      const before = p.state;
      p.give(taken);
      expect(p.state).toEqual(before);
    }
  });
});

describe('a holder on its way out (I10)', () => {
  it('begins nothing, and folds in what comes back', () => {
    const p = play().resting();
    p.draining = true;
    expect(kinds(p.give(says(2, 'more')))).toEqual([]);
    p.draining = false;
    expect(wordsOf(p.give(taken))).toEqual(['more']);
  });

  it('keeps the outcome of a call that comes back in time', () => {
    const p = play().sending();
    p.draining = true;
    p.acknowledge();
    p.draining = false;
    expect(kinds(p.give(taken))).toEqual([]);
  });
});
