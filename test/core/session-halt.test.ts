/** Stop, in every phase and however it is asked for. */
import { describe, expect, it } from 'vitest';
import {
  ADA,
  FATAL,
  GONE,
  GRACE,
  RETRY,
  UNKNOWN,
  answers,
  calls,
  markOf,
  says,
  stops,
  urges,
} from './support/inputs.ts';
import { kinds, only, play, told, wordsOf, type Play } from './support/play.ts';

const nothing = { messages: 0, leftOut: 0, missing: false, text: '' };
const STOPPED = { is: 'stopped', by: ADA.user, unanswered: 0 };

/** The words that were not sent go along with the next message, and only then. */
function goesOn(p: Play, kept: readonly string[]): void {
  p.calm();
  expect(p.kept).toEqual(kept);
  expect(wordsOf(p.wait(p.settings.idleTimeoutMs - 1))).toEqual([]);
}

describe('stop before anything was sent', () => {
  it('ends the turn at once, and keeps the session that is being made', () => {
    const p = play().asked('hello');
    expect(kinds(p.give(stops()))).toEqual([]);
    expect(p.end).toEqual(STOPPED);
    expect(kinds(p.give({ kind: 'created', gen: 1, session: 'sesn_1' }))).toEqual([]);
    expect(p.is).toBe('resting');
    goesOn(p, ['hello']);
    expect(wordsOf(p.give(says(2, 'now')))).toEqual([expect.stringMatching(/hello<\/context>\nnow$/)]);
  });

  it('while creating is in doubt sends nothing where the session is found', () => {
    const p = play().asked();
    p.give({ kind: 'create-failed', gen: 1, failure: UNKNOWN });
    p.give(stops());
    expect(kinds(p.give({ kind: 'found', gen: 1, session: 'sesn_1' }))).toEqual([]);
    expect(p.is).toBe('resting');
    goesOn(p, ['hello']);
  });

  it('while creating is in doubt creates nothing where none is found', () => {
    const p = play().asked();
    p.give({ kind: 'create-failed', gen: 1, failure: UNKNOWN });
    p.give(stops());
    p.wait(p.settleMs);
    expect(kinds(p.give({ kind: 'found', gen: 1, session: undefined }))).toEqual([]);
    goesOn(p, ['hello']);
  });

  it('while it waits to create again creates nothing', () => {
    const p = play().asked();
    p.give({ kind: 'create-failed', gen: 1, failure: RETRY });
    p.give(stops());
    expect(kinds(p.wait(60_000))).toEqual([]);
    goesOn(p, ['hello']);
  });

  it('while the earlier conversation is read creates nothing', () => {
    const p = play();
    p.give(calls(3, 'so?'));
    p.give(stops());
    expect(
      kinds(p.give({ kind: 'recalled', before: '1790000000.009900', ...nothing, text: 'BEFORE' })),
    ).toEqual([]);
    goesOn(p, ['so?']);
    expect(kinds(p.give(says(4, 'go on')))).toEqual(['recall']);
  });

  it('and a message after it are two things: the message is answered', () => {
    const p = play().asked('hello');
    p.give(stops());
    expect(kinds(p.give(says(2, 'rather this')))).toEqual([]);
    expect(p.end).toBeUndefined();
    expect(wordsOf(p.give({ kind: 'created', gen: 1, session: 'sesn_1' }))).toEqual([
      expect.stringMatching(/hello<\/context>\nrather this$/),
    ]);
    expect(p.state.turns.map(({ end }) => end?.is)).toEqual(['stopped', undefined]);
  });

  it('counts the messages that go unanswered besides the first', () => {
    const p = play().asked();
    p.give(says(2, 'two'), says(3, 'three'), stops());
    expect(p.end).toEqual({ ...STOPPED, unanswered: 2 });
  });

  it('while the message is on its way, and that fails: nothing runs, nothing is sent again', () => {
    for (const failure of [RETRY, GONE, FATAL]) {
      const p = play().sending();
      p.give(stops());
      p.failSend(failure);
      expect(p.end).toEqual(STOPPED);
      goesOn(p, ['hello']);
    }
  });

  it('while the message is in doubt, and it is absent: it is never sent', () => {
    const p = play().sending();
    p.failSend(UNKNOWN);
    p.give(stops());
    p.now += p.settleMs;
    expect(kinds(p.give({ kind: 'looked', events: [] }))).toEqual(['check']);
    p.give({ kind: 'checked', status: 'idle' });
    expect(p.end).toEqual(STOPPED);
    goesOn(p, ['hello']);
  });

  it('while the message is in doubt loses no message that comes after it', () => {
    for (const failure of [UNKNOWN, RETRY]) {
      const p = play().sending();
      p.give(stops());
      p.give(says(2, 'rather this'));
      p.failSend(failure);
      p.now += p.settleMs;
      const effects = p.give({ kind: 'looked', events: [] });
      if (kinds(effects).includes('check')) p.give({ kind: 'checked', status: 'idle' });
      expect(p.state.sends.map(({ words, status }) => [words, status])).toEqual([['rather this', 'sending']]);
      expect(p.state.turns.map(({ end }) => end?.is)).toEqual(['stopped', undefined]);
    }
  });

  it('while the message is in doubt, and it is found: its run is interrupted', () => {
    const p = play().sending();
    p.failSend(UNKNOWN);
    p.give(stops());
    p.give({ kind: 'looked', events: [p.ev.queued(markOf(1))] });
    expect(kinds(p.live(p.ev.running()))).toEqual(['interrupt']);
  });
});

describe('stop of a run', () => {
  it('that is open interrupts it once; what was written stays', () => {
    const p = play().working();
    p.live(p.ev.text('half of it'));
    expect(kinds(p.give(stops()))).toEqual(['interrupt']);
    expect(kinds(p.give(stops(GRACE), { kind: 'interrupted' }))).toEqual([]);
    p.live(p.ev.interrupt(), p.ev.idle());
    expect(p.end).toEqual(STOPPED);
    expect(p.texts).toEqual(['half of it']);
    goesOn(p, []);
  });

  it('that has not begun waits for it, then interrupts', () => {
    const p = play().sent();
    expect(kinds(p.give(stops()))).toEqual([]);
    expect(kinds(p.live(p.ev.running(), p.ev.taken(markOf(1))))).toEqual(['interrupt']);
    p.live(p.ev.interrupt(), p.ev.idle());
    expect(p.end).toEqual(STOPPED);
  });

  it('that never begins ends after a look', () => {
    const p = play().sent();
    p.give(stops());
    expect(kinds(p.wait(15_000))).toContain('check');
    p.give({ kind: 'checked', status: 'idle' });
    expect(p.end).toEqual(STOPPED);
    expect(p.state.notes.map(({ text }) => text)).toEqual([{ is: 'unanswered', by: ADA.user, count: 1 }]);
    goesOn(p, ['hello']);
  });

  it('keeps what people had read of a message that it cuts off', () => {
    const p = play().working();
    p.give(stops(), { kind: 'interrupted' });
    p.cutOff([{ id: 'sevt_cut', text: 'half a sente' }], p.ev.interrupt(), p.ev.idle());
    expect(p.texts).toEqual(['half a sente']);
  });

  it('interrupts again what was sent before it and starts only then', () => {
    const p = play().working();
    p.give(says(2, 'and this'));
    p.acknowledge();
    only(p.give(stops()), 'interrupt');
    p.give({ kind: 'interrupted' });
    p.live(p.ev.interrupt(), p.ev.idle());
    expect(p.end).toEqual(STOPPED);
    expect(kinds(p.live(p.ev.running(), p.ev.taken(markOf(2))))).toEqual(['interrupt']);
    p.give({ kind: 'interrupted' });
    p.live(p.ev.interrupt(), p.ev.idle());
    goesOn(p, []);
  });

  it('tells which messages went unanswered where what was sent never starts', () => {
    const p = play().working();
    p.give(says(2, 'and this'));
    p.acknowledge();
    p.give(stops(), { kind: 'interrupted' });
    p.live(p.ev.interrupt(), p.ev.idle());
    expect(kinds(p.wait(15_000))).toContain('check');
    p.give({ kind: 'checked', status: 'idle' });
    expect(p.state.notes.map(({ text }) => text)).toEqual([{ is: 'unanswered', by: ADA.user, count: 1 }]);
    goesOn(p, ['and this']);
  });

  it('holds a message that comes after it until the run has ended, then sends it', () => {
    const p = play().working();
    p.give(stops());
    expect(kinds(p.give(says(2, 'go on')))).toEqual([]);
    expect(wordsOf(p.live(p.ev.interrupt(), p.ev.idle()))).toEqual(['go on']);
    expect(p.state.turns.map(({ end }) => end?.is)).toEqual(['stopped', undefined]);
  });

  it('twice, with a message in between, sends that message never', () => {
    const p = play().working();
    p.give(stops());
    p.give(says(2, 'go on'));
    p.give(stops(GRACE));
    expect(kinds(p.live(p.ev.interrupt(), p.ev.idle()))).toEqual([]);
    expect(p.state.notes.map(({ text }) => text)).toEqual([{ is: 'unanswered', by: GRACE.user, count: 1 }]);
    goesOn(p, ['go on']);
  });

  it('turns what waits in queue mode into context', () => {
    const p = play({ busyMode: 'queue' }).working();
    p.give(says(2, 'later'), stops(), { kind: 'interrupted' });
    expect(wordsOf(p.live(p.ev.interrupt(), p.ev.idle()))).toEqual([]);
    goesOn(p, ['later']);
  });

  it('that ends by itself first needs no interrupt', () => {
    const p = play().sent();
    p.give(stops());
    p.live(p.ev.running(), p.ev.taken(markOf(1)), p.ev.text('done'), p.ev.idle());
    p.calm();
    expect(p.end?.is).toBe('answered');
  });

  it('that dies with what was queued behind it sends nothing again', () => {
    const p = play().working();
    p.give(says(2, 'and this'));
    p.acknowledge();
    p.live(p.ev.queued(markOf(2)));
    p.give(stops(), { kind: 'interrupted' });
    expect(
      kinds(p.live(p.ev.error('unknown_error', 'exhausted'), p.ev.idle({ type: 'retries_exhausted' }))),
    ).toEqual([]);
    goesOn(p, ['and this']);
  });

  it('is over when the session is lost, also where nothing had begun', () => {
    for (const begin of [(p: Play) => p.sent(), (p: Play) => p.working(), (p: Play) => p.asking()]) {
      const p = begin(play());
      p.give(stops());
      p.give({ kind: 'session-lost', how: 'deleted' });
      p.calm();
      expect(wordsOf(p.wait(60_000))).toEqual([]);
    }
  });
});

describe('an interrupt that failed', () => {
  it('for a while is repeated while the run runs', () => {
    const p = play().working();
    p.give(stops());
    p.give({ kind: 'interrupt-failed', failure: RETRY, at: p.now });
    expect(kinds(p.wait(5_000)).filter((kind) => kind === 'interrupt')).toHaveLength(1);
  });

  it('for a while is not repeated when the run has ended', () => {
    const p = play().working();
    p.give(stops());
    p.give({ kind: 'interrupt-failed', failure: RETRY, at: p.now });
    p.live(p.ev.text('done'), p.ev.idle());
    expect(kinds(p.wait(60_000))).not.toContain('interrupt');
    p.calm();
  });

  it('in doubt is looked up at once; found, it is not repeated', () => {
    const p = play().working();
    p.give(stops());
    expect(kinds(p.give({ kind: 'interrupt-failed', failure: UNKNOWN, at: p.now }))).toEqual(['look']);
    p.give({ kind: 'looked', events: [p.ev.interrupt()] });
    expect(kinds(p.wait(60_000))).not.toContain('interrupt');
  });

  it('in doubt and absent is repeated only when no request can be alive', () => {
    const p = play().working();
    p.give(stops());
    p.give({ kind: 'interrupt-failed', failure: UNKNOWN, at: p.now });
    expect(kinds(p.give({ kind: 'looked', events: [] }))).toEqual([]);
    p.now += p.settleMs;
    expect(kinds(p.give({ kind: 'looked', events: [] }))).toEqual(['interrupt']);
  });

  it('in doubt is not taken for one of an earlier run', () => {
    const p = play().working();
    p.give(stops(), { kind: 'interrupted' });
    const earlier = p.ev.interrupt();
    p.live(earlier, p.ev.idle());
    p.give(says(2, 'again'));
    p.acknowledge();
    p.live(p.ev.running(), p.ev.taken(markOf(2)));
    p.give(stops());
    p.give({ kind: 'interrupt-failed', failure: UNKNOWN, at: p.now });
    p.now += p.settleMs;
    expect(kinds(p.give({ kind: 'looked', events: [earlier] }))).toEqual(['interrupt']);
  });

  it('when its run is over already changes nothing: the next run is interrupted all the same', () => {
    for (const failure of [UNKNOWN, RETRY, GONE]) {
      const p = play().working();
      p.give(says(2, 'and this'));
      p.acknowledge();
      p.give(stops());
      p.live(p.ev.idle());
      expect(kinds(p.give({ kind: 'interrupt-failed', failure, at: p.now }))).toEqual([]);
      p.give({ kind: 'interrupted' });
      expect(kinds(p.live(p.ev.running(), p.ev.taken(markOf(2))))).toEqual(['interrupt']);
    }
  });

  it('because the session is gone ends the turn', () => {
    const p = play().working();
    p.give(stops());
    expect(kinds(p.give({ kind: 'interrupt-failed', failure: GONE, at: p.now }))).toEqual(['check']);
    p.give({ kind: 'checked', status: 'terminated' });
    p.calm();
  });
});

describe('stop while it asks', () => {
  it('closes the question; held replies become context, and nobody is asked again', () => {
    const p = play().asking();
    p.give(says(2, 'by the way', GRACE));
    expect(kinds(p.give(stops()))).toEqual(['interrupt']);
    p.give({ kind: 'interrupted' });
    p.live(p.ev.interrupt(), p.ev.result(p.ask().toolUseId, true), p.ev.idle());
    expect(p.end).toEqual(STOPPED);
    expect(p.ask().step).toEqual({ is: 'void' });
    expect(told(p.give(answers(p.ask().token, 'allow')))).toEqual([`${ADA.user}: card-over`]);
    goesOn(p, ['by the way']);
  });

  it('sends no answer that was given before it and has not gone out, and does not claim it', () => {
    const p = play().asking();
    p.give(stops());
    p.give(answers(p.ask().token, 'allow'));
    p.live(p.ev.interrupt(), p.ev.idle());
    expect(p.ask().step).toEqual({ is: 'void' });
  });

  it('after `!` sends one interrupt a run', () => {
    const p = play().asking();
    expect(kinds(p.give(urges(2, 'no')))).toEqual(['interrupt']);
    expect(kinds(p.give(stops()))).toEqual(['interrupt']);
    p.live(p.ev.interrupt(), p.ev.idle());
    goesOn(p, ['no']);
  });
});
