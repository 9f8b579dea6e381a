/** The session's events: how a turn grows, and every way in which it ends. */
import { describe, expect, it } from 'vitest';
import type { AgentEvent, StopReason } from '../../src/core/agent-event.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { FATAL, GONE, GRACE, NOTHING_RECALLED, markOf, says, stops, tsOf } from './support/inputs.ts';
import { kinds, only, play, wordsOf, type Play } from './support/play.ts';

describe('how a turn ends', () => {
  const refusal: StopReason = { type: 'refusal', category: 'cyber', explanation: 'no' };
  it.each<[string, StopReason, object]>([
    ['end_turn', { type: 'end_turn' }, { is: 'answered' }],
    ['refusal', refusal, { is: 'refused', category: 'cyber', explanation: 'no' }],
    ['retries_exhausted', { type: 'retries_exhausted' }, { is: 'failed', unanswered: 0 }],
    ['budget_reached', { type: 'budget_reached' }, { is: 'budget', held: true }],
    ['a reason of tomorrow', { type: 'unknown', name: 'bored' }, { is: 'answered' }],
  ])('%s', (_, reason, end) => {
    const p = play().working();
    p.live(p.ev.text('a text'), p.ev.idle(reason));
    expect(p.end).toEqual(end);
    p.calm();
  });

  it('with the last trouble that the session named', () => {
    const p = play().working();
    p.live(p.ev.error('model_overloaded_error'), p.ev.error('billing_error', 'exhausted'));
    p.live(p.ev.idle({ type: 'retries_exhausted' }));
    expect(p.end).toMatchObject({ is: 'failed', error: { type: 'billing_error' } });
  });

  it('without a trouble that has passed', () => {
    const p = play().working();
    p.live(p.ev.error('model_overloaded_error'), p.ev.requestEnd(), p.ev.idle({ type: 'retries_exhausted' }));
    expect(p.end).toEqual({ is: 'failed', unanswered: 0 });
  });

  it('sends again, once and as a new send, what was queued behind a run that died', () => {
    const p = play().working();
    p.give(says(2, 'and this'));
    p.acknowledge();
    const effects = p.live(p.ev.queued(markOf(2)), p.ev.idle({ type: 'retries_exhausted' }));
    expect(only(effects, 'send').marks).toEqual([{ ...markOf(2), n: 2 }]);
    p.acknowledge();
    p.live(p.ev.queued({ ...markOf(2), n: 2 }), p.ev.running());
    expect(kinds(p.live(p.ev.idle({ type: 'retries_exhausted' })))).toEqual([]);
    expect(p.kept).toEqual(['and this']);
    expect(p.state.notes.map(({ text }) => text)).toEqual([{ is: 'unanswered', by: '', count: 1 }]);
    p.calm();
  });

  it('does not send again what the session took only after the run had died', () => {
    const p = play().working();
    p.give(says(2, 'and this'));
    p.acknowledge();
    expect(kinds(p.live(p.ev.idle({ type: 'retries_exhausted' }), p.ev.queued(markOf(2))))).toEqual([]);
    p.live(p.ev.running(), p.ev.taken(markOf(2)), p.ev.text('here'), p.ev.idle());
    expect(p.end).toEqual({ is: 'answered' });
    p.calm();
  });

  it('at a budget that nobody can raise closes the session; what was queued is told and goes to the next one', () => {
    const p = play({ budget: { ...DEFAULT_SETTINGS.budget, raiseUsd: 0 } }).working();
    p.give(says(2, 'and this'));
    p.acknowledge();
    expect(kinds(p.live(p.ev.idle({ type: 'budget_reached' })))).toEqual(['archive']);
    p.give({ kind: 'archived' });
    expect(p.is).toBe('closed');
    expect(p.kept).toEqual(['and this']);
    expect(p.state.notes.map(({ text }) => text.is)).toEqual(['unanswered']);
    expect(only(p.give(says(3, 'go on')), 'recall')).toMatchObject({ session: 'sesn_1' });
  });
});

describe('events that come twice, late or never', () => {
  /** One turn with all that may be in it. */
  function wholeTurn(p: Play): AgentEvent[] {
    const { ev } = p;
    const use = ev.tool('bash');
    const bad = ev.tool('write');
    return [
      ev.running(),
      ev.taken(markOf(1)),
      ev.text('one'),
      use,
      ev.result(use.id),
      bad,
      ev.result(bad.id, true),
      ev.error('model_overloaded_error'),
      ev.requestEnd(),
      ev.other(),
      ev.text('two'),
      ev.idle(),
    ];
  }

  it('the whole history after the stream changes nothing', () => {
    const p = play().sent();
    const events = wholeTurn(p);
    p.live(...events);
    const before = p.state;
    expect(p.history(...events)).toEqual([]);
    expect(p.state).toEqual(before);
  });

  it('the stream may bring again what the history brought', () => {
    const p = play().sent();
    const events = wholeTurn(p);
    p.history(...events.slice(0, 8));
    p.live(...events.slice(5));
    expect(p.texts).toEqual(['one', 'two']);
    expect(p.end).toEqual({ is: 'answered' });
    const before = p.state;
    p.live(...events);
    expect(p.state).toEqual(before);
  });

  it('the idle of the last turn does not end the next one', () => {
    const p = play().working();
    const idle = p.ev.idle();
    p.live(p.ev.text('one'), idle);
    p.give(says(2, 'two'));
    p.acknowledge();
    p.live(idle);
    expect(p.is).toBe('working');
    expect(p.end).toBeUndefined();
    p.live(p.ev.running(), p.ev.taken(markOf(2)));
    p.live(idle);
    expect(p.end).toBeUndefined();
  });

  it('the beginning of the last turn does not begin the next one', () => {
    const p = play().sent();
    const running = p.ev.running();
    p.live(running, p.ev.taken(markOf(1)), p.ev.text('one'), p.ev.idle());
    p.give(says(2, 'two'));
    p.acknowledge();
    p.live(running);
    expect(p.state.phase).toMatchObject({ is: 'working', run: false });
  });

  it('a question of the last turn does not come back', () => {
    const p = play().working();
    const use = p.ev.tool('bash', { permission: 'ask' });
    const asks = p.ev.asks(use.id);
    p.live(use, asks, p.ev.confirmed(use.id, 'deny'), p.ev.running(), p.ev.result(use.id, true), p.ev.idle());
    p.give(says(2, 'two'));
    p.live(use, asks);
    expect(p.is).toBe('working');
    expect(p.state.asks.filter(({ step: { is } }) => is === 'open')).toEqual([]);
  });

  it('an answer that the stream lost comes from the history', () => {
    const p = play().sent();
    const events = wholeTurn(p);
    p.live(...events.slice(0, 3));
    p.history(...events);
    expect(p.texts).toEqual(['one', 'two']);
    p.calm();
  });

  it('texts that come out of order stand in the order of the session', () => {
    const p = play().working();
    const [one, two, three] = [p.ev.text('one'), p.ev.text('two'), p.ev.text('three')];
    p.live(three, one, two);
    expect(p.texts).toEqual(['one', 'two', 'three']);
  });

  it('an event of tomorrow changes nothing that is shown', () => {
    const p = play().working();
    const before = p.turn;
    p.live(p.ev.other(), { type: 'agent.thinking', id: 'x', at: null });
    expect(p.turn).toEqual(before);
  });

  it('words of a message that nobody here sent change nothing', () => {
    const p = play().working();
    const before = p.turn;
    p.live({ type: 'user.message', id: 'x', at: null, text: 'hi' }, p.ev.taken(markOf(9, GRACE)));
    expect(p.turn).toEqual(before);
  });

  it('a run that nobody asked for does not disturb what rests', () => {
    const p = play().resting();
    p.live(p.ev.running(), p.ev.text('by myself'), p.ev.idle());
    p.calm();
  });
});

describe('a run that does not go on', () => {
  it('because the message was dropped is noticed, and the message is sent again once, then told', () => {
    const p = play().sent();
    expect(kinds(p.wait(15_000))).toEqual(['check']);
    expect(only(p.give({ kind: 'checked', status: 'idle' }), 'send').marks).toEqual([{ ...markOf(1), n: 2 }]);
    p.acknowledge();
    p.wait(15_000);
    expect(kinds(p.give({ kind: 'checked', status: 'idle' }))).toEqual([]);
    expect(p.end).toEqual({ is: 'unreachable', code: 'message_not_taken', final: false });
    expect(p.kept).toEqual(['hello']);
    p.calm();
  });

  it('but is running is left alone', () => {
    const p = play().sent();
    p.wait(15_000);
    expect(kinds(p.give({ kind: 'checked', status: 'running' }))).toEqual([]);
    expect(kinds(p.wait(60_000))).toEqual([]);
    expect(kinds(p.wait(9 * 60_000))).toEqual(['check']);
  });

  it('is looked at after ten minutes without an event (fault: stream-eventless)', () => {
    const p = play().working();
    expect(kinds(p.wait(9 * 60_000))).toEqual([]);
    p.live(p.ev.other());
    expect(kinds(p.wait(9 * 60_000))).toEqual([]);
    expect(kinds(p.wait(60_000))).toEqual(['check']);
  });

  it('and has ended without a word of it comes to rest with what was written', () => {
    const p = play().working();
    p.live(p.ev.text('something'));
    for (let looked = 0; looked < 4 && p.is === 'working'; looked += 1) {
      p.wait(10 * 60_000);
      p.give({ kind: 'checked', status: 'idle' });
    }
    expect(p.end).toEqual({ is: 'answered' });
    p.calm();
  });
});

describe('a session that is lost', () => {
  const ways: readonly [string, (p: Play) => unknown, string][] = [
    ['terminated, on the stream', (p) => p.live(p.ev.terminated()), 'terminated'],
    ['deleted, on the stream', (p) => p.live(p.ev.deleted()), 'deleted'],
    ['archived, seen by the follower', (p) => p.give({ kind: 'session-lost', how: 'archived' }), 'archived'],
    ['terminated, seen by a look', (p) => p.give({ kind: 'checked', status: 'terminated' }), 'terminated'],
    ['gone, seen by a read', (p) => p.give({ kind: 'read-failed', what: 'look', failure: GONE }), 'archived'],
  ];

  it.each(ways)('%s: the turn says so, and the next message begins a new one', (_, lose, how) => {
    const p = play().working();
    p.live(p.ev.text('half'));
    lose(p);
    expect(p.end).toEqual({ is: 'lost', how });
    expect(p.texts).toEqual(['half']);
    p.calm();
    expect(kinds(p.give(says(2, 'and now?')))).toEqual(['recall']);
  });

  it.each(ways)('%s: before anything came of it, the message goes to a new one', (_, lose) => {
    const p = play().sent();
    lose(p);
    expect(p.is).toBe('starting');
    expect(p.end).toBeUndefined();
    p.give(NOTHING_RECALLED);
    expect(wordsOf(p.give({ kind: 'created', gen: 2, session: 'sesn_2' }))).toEqual(['hello']);
  });

  it.each(ways)('%s: while it asks, the card is over', (_, lose) => {
    const p = play().asking();
    lose(p);
    expect(p.ask().step).toEqual({ is: 'void' });
    p.calm();
  });

  it('while replies wait: they open a new one, under a turn of their own', () => {
    const p = play().asking();
    p.give(says(2, 'by the way', GRACE));
    expect(kinds(p.live(p.ev.terminated()))).toContain('recall');
    expect(p.state.turns.map(({ user, end }) => [user, end?.is])).toEqual([
      ['UADA', 'lost'],
      ['UGRACE', undefined],
    ]);
  });

  it('while something is queued for it: that is not taken for sent to the next one', () => {
    const p = play().working();
    p.give(says(2, 'and this'));
    p.acknowledge();
    p.live(p.ev.terminated(), p.ev.queued(markOf(2)));
    p.give(NOTHING_RECALLED);
    const effects = p.give({ kind: 'created', gen: 2, session: 'sesn_2' });
    expect(wordsOf(effects)).toEqual(['and this']);
  });

  it('has nothing more to say once there is another one', () => {
    const p = play().sent();
    p.give({ kind: 'session-lost', how: 'archived', from: 'sesn_1' });
    p.give(NOTHING_RECALLED);
    p.give({ kind: 'created', gen: 2, session: 'sesn_2' });
    const before = p.state;
    const from = 'sesn_1';
    p.give(
      { kind: 'checked', status: 'terminated', from },
      { kind: 'session-lost', how: 'deleted', from },
      { kind: 'events', events: [p.ev.text('ghost'), p.ev.terminated()], source: 'live', from },
      { kind: 'sent', marks: [markOf(1)], ids: ['x'], from },
      { kind: 'looked', events: [], from },
    );
    expect(p.state).toEqual(before);
  });

  it('that nobody may read ends the turn and keeps the words', () => {
    const p = play().sent();
    p.give({ kind: 'read-failed', what: 'feed', failure: FATAL });
    expect(p.end).toEqual({ is: 'unreachable', code: FATAL.code, final: true });
    expect(p.kept).toEqual(['hello']);
    p.calm();
  });
});

describe('what was being written when it was cut off', () => {
  it('is kept after an interrupt by a message, and the whole one replaces it', () => {
    const p = play().working();
    p.give(says(2, 'no', GRACE, { urgent: true }));
    p.cutOff([{ id: 'm1', text: 'half a' }], p.ev.interrupt(), p.ev.idle());
    expect(p.texts).toEqual(['half a']);
    p.live({ type: 'agent.message', id: 'm1', at: '2026-11-20T10:00:00.003Z', text: 'half a sentence.' });
    expect(p.state.turns.flatMap(({ segments }) => segments.flatMap(({ items }) => items))).toHaveLength(1);
  });

  it('is not kept where nobody interrupted: the service gave it up itself', () => {
    const p = play().working();
    p.cutOff([{ id: 'm1', text: 'half a' }], p.ev.idle());
    expect(p.texts).toEqual([]);
  });

  it('is not kept beside the whole message', () => {
    const p = play().working();
    p.give(stops());
    const whole = p.ev.text('half a sentence.');
    p.cutOff([{ id: whole.id, text: 'half a' }], whole, p.ev.interrupt(), p.ev.idle());
    expect(p.texts).toEqual(['half a sentence.']);
  });
});

describe('where texts stand', () => {
  it('below the reply that was taken in between, each in its own segment', () => {
    const p = play().working();
    p.live(p.ev.text('one'));
    for (const n of [2, 3]) {
      p.give(says(n, `reply ${n}`));
      p.acknowledge();
      p.live(p.ev.taken(markOf(n)), p.ev.text(`answer ${n}`));
    }
    expect(p.turn?.segments.map(({ after }) => after)).toEqual([tsOf(1), tsOf(2), tsOf(3)]);
  });

  it('below the last of replies that were taken together', () => {
    const p = play().working();
    p.live(p.ev.text('one'));
    p.give(says(2, 'a'), says(3, 'b'));
    p.acknowledge();
    p.acknowledge();
    p.live(p.ev.taken(markOf(2)), p.ev.taken(markOf(3)), p.ev.text('both'));
    expect(p.turn?.segments.map(({ after, items }) => [after, items.length])).toEqual([
      [tsOf(1), 1],
      [tsOf(3), 1],
    ]);
    expect(p.turn?.taken).toEqual([tsOf(2), tsOf(3)]);
  });
});

describe('a text that comes later than the end of its run', () => {
  const twoTurns = () => {
    const p = play().working();
    const late = p.ev.text('overtaken');
    p.give(says(2, 'more'));
    p.acknowledge();
    p.live(p.ev.text('one'), p.ev.idle(), p.ev.running(), p.ev.taken(markOf(2)));
    return { p, late };
  };
  const texts = (p: ReturnType<typeof play>): readonly string[] =>
    p.state.turns.flatMap(({ segments }) =>
      segments.flatMap(({ items }) => items.flatMap((item) => (item.is === 'text' ? [item.text] : []))),
    );

  it('is shown where its turn, or the next one, still stands', () => {
    const { p, late } = twoTurns();
    p.give({ kind: 'events', events: [late], source: 'live', first: [late.id], from: 'sesn_1' });
    expect(texts(p)).toContain('overtaken');
  });

  it('is not shown again where the stream only repeats it', () => {
    const { p, late } = twoTurns();
    p.give({ kind: 'events', events: [late], source: 'live', from: 'sesn_1' });
    expect(texts(p)).not.toContain('overtaken');
  });
});
