/** Tools that wait for a person (I9: an answer counts once, from who may give it). */
import { describe, expect, it } from 'vitest';
import {
  ADA,
  FATAL,
  GONE,
  GRACE,
  GUEST,
  NOBODY,
  RETRY,
  UNKNOWN,
  answers,
  refused,
} from './support/inputs.ts';
import { kinds, only, play, told, type Play } from './support/play.ts';

/** Two tools wait. */
function two(): Play {
  const p = play().working();
  const first = p.ev.tool('bash', { permission: 'ask' });
  const second = p.ev.tool('write', { permission: 'ask' });
  p.live(first, second, p.ev.asks(first.id, second.id));
  return p;
}

describe('a tool that asks', () => {
  it.each([
    ['ask', 1],
    ['unknown', 1],
    ['allow', 0],
    ['deny', 0],
  ] as const)('with permission %s makes %d cards', (permission, cards) => {
    const p = play().working();
    p.live(p.ev.tool('bash', { permission }));
    expect(p.state.asks).toHaveLength(cards);
  });

  it('shows the raw input, capped', () => {
    const p = play().working();
    p.live(p.ev.tool('bash', { permission: 'ask', input: { command: 'x'.repeat(60_000) } }));
    expect(p.ask().input.length).toBeLessThanOrEqual(40_001);
    expect(p.ask().input).toContain('"command": "xxx');
  });

  it('is asked once, however often its event comes', () => {
    const p = play().working();
    const use = p.ev.tool('bash', { permission: 'ask' });
    p.live(use);
    p.history(use, p.ev.asks(use.id));
    p.live(use);
    expect(p.state.asks).toHaveLength(1);
    expect(p.ask().step).toEqual({ is: 'open' });
  });

  it('has a token of its own', () => {
    const p = two();
    expect(new Set(p.state.asks.map(({ token }) => token)).size).toBe(2);
  });

  it('that the session names and nobody saw is listed, then asked without particulars', () => {
    const p = play().working();
    expect(kinds(p.live(p.ev.asks('sevt_unseen')))).toEqual(['relist']);
    expect(p.is).toBe('asking');
    p.history(p.ev.asks('sevt_unseen'));
    expect(p.ask()).toMatchObject({ toolUseId: 'sevt_unseen', step: { is: 'open' } });
    expect(kinds(p.give(answers(p.ask().token, 'allow')))).toEqual(['answer']);
  });

  it('and is custom is answered with an error, since nobody runs it here', () => {
    const p = play().working();
    const use = p.ev.tool('lookup', { tool: 'custom' });
    const { events } = only(p.live(use), 'answer');
    expect(events).toEqual([
      expect.objectContaining({ type: 'user.custom_tool_result', toolUseId: use.id, isError: true }),
    ]);
    p.give({ kind: 'answers-sent', ids: [use.id] });
    expect(p.ask().step).toEqual({ is: 'declined' });
    expect(told(p.give(answers(p.ask().token, 'allow')))).toEqual([`${ADA.user}: card-over`]);
  });
});

describe('an answer', () => {
  it.each(['allow', 'deny'] as const)('%s goes to the session, and the card says who gave it', (verdict) => {
    const p = play().asking();
    const { toolUseId, token } = p.ask();
    const { events } = only(p.give(answers(token, verdict)), 'answer');
    expect(events).toEqual([
      expect.objectContaining({ type: 'user.tool_confirmation', toolUseId, result: verdict }),
    ]);
    expect('denyMessage' in (events[0] ?? {})).toBe(verdict === 'deny');
    p.give({ kind: 'answers-sent', ids: [toolUseId] });
    expect(p.ask().step).toEqual({ is: 'answered', verdict, by: ADA.user });
    p.live(
      p.ev.confirmed(toolUseId, verdict),
      p.ev.running(),
      p.ev.result(toolUseId),
      p.ev.text('ok'),
      p.ev.idle(),
    );
    expect(p.end).toEqual({ is: 'answered' });
    p.calm();
  });

  it('counts once: who comes second is told who was first', () => {
    const p = play().asking();
    const { token } = p.ask();
    p.give(answers(token, 'allow'));
    for (const verdict of ['allow', 'deny'] as const) {
      expect(told(p.give(answers(token, verdict)))).toEqual([`${ADA.user}: card-answered`]);
    }
    expect(p.ask().step).toMatchObject({ verdict: 'allow' });
  });

  it.each([
    [GRACE, 'not-yours'],
    [GUEST, 'refused'],
    [NOBODY, 'unverified'],
    [{ ...ADA, role: 'guest' } as const, 'refused'],
  ])('of $name ($role) is refused privately, and changes nothing', (person, tell) => {
    const p = play({ allow: { guests: true, outsiders: true, bots: true } }).asking();
    const before = p.state;
    expect(told(p.give(answers(p.ask().token, 'allow', person)))).toEqual([`${person.user}: ${tell}`]);
    expect(p.state.asks).toEqual(before.asks);
  });

  it('with a token that is none is told that the card is over', () => {
    const p = play().asking();
    expect(told(p.give(answers('forged', 'allow')))).toEqual([`${ADA.user}: card-over`]);
    expect(p.ask().step).toEqual({ is: 'open' });
  });

  it('after the run has ended is told that the card is over', () => {
    const p = play().asking();
    const { token } = p.ask();
    p.live(p.ev.idle());
    expect(told(p.give(answers(token, 'allow')))).toEqual([`${ADA.user}: card-over`]);
    p.settle();
    expect(told(p.give(answers(token, 'allow')))).toEqual([`${ADA.user}: card-over`]);
  });

  it('to one of two leaves the other open', () => {
    const p = two();
    const [first, second] = [p.ask(0), p.ask(1)];
    only(p.give(answers(first.token, 'allow')), 'answer');
    p.give({ kind: 'answers-sent', ids: [first.toolUseId] });
    p.live(p.ev.confirmed(first.toolUseId), p.ev.asks(second.toolUseId));
    expect(p.is).toBe('asking');
    expect(p.ask(1).step).toEqual({ is: 'open' });
    const { ids } = only(p.give(answers(second.token, 'deny')), 'answer');
    expect(ids).toEqual([second.toolUseId]);
  });

  it('that somebody gave elsewhere settles the card', () => {
    const p = play().asking();
    p.live(p.ev.confirmed(p.ask().toolUseId, 'deny'));
    expect(p.ask().step).toEqual({ is: 'answered', verdict: 'deny', by: '' });
  });
});

describe('an answer that failed', () => {
  it('for a while is sent again', () => {
    const p = play().asking();
    p.give(answers(p.ask().token, 'allow'));
    p.give({ kind: 'answers-failed', ids: [p.ask().toolUseId], failure: RETRY, at: p.now });
    expect(kinds(p.wait(5_000))).toEqual(['answer']);
  });

  it('in doubt is looked up; found, it is not sent again', () => {
    const p = play().asking();
    const { toolUseId, token } = p.ask();
    p.give(answers(token, 'allow'));
    expect(kinds(p.give({ kind: 'answers-failed', ids: [toolUseId], failure: UNKNOWN, at: p.now }))).toEqual([
      'look',
    ]);
    p.give({ kind: 'looked', events: [p.ev.confirmed(toolUseId)] });
    expect(p.ask().step).toMatchObject({ is: 'answered', by: ADA.user });
    expect(kinds(p.wait(60_000))).toEqual([]);
  });

  it('in doubt and absent is sent again only when no request can be alive', () => {
    const p = play().asking();
    p.give(answers(p.ask().token, 'allow'));
    p.give({ kind: 'answers-failed', ids: [p.ask().toolUseId], failure: UNKNOWN, at: p.now });
    expect(kinds(p.give({ kind: 'looked', events: [] }))).toEqual([]);
    expect(kinds(p.wait(p.settleMs))).toEqual(['look']);
    expect(kinds(p.give({ kind: 'looked', events: [] }))).toEqual(['answer']);
  });

  it('because it is not wanted any more is looked into', () => {
    const p = play().asking();
    p.give(answers(p.ask().token, 'allow'));
    const ids = [p.ask().toolUseId];
    const failure = refused('invalid_request_error');
    expect(kinds(p.give({ kind: 'answers-failed', ids, failure, at: p.now }))).toEqual(['check']);
  });

  it('because the session is gone is looked into, and then said', () => {
    const p = play().asking();
    p.give(answers(p.ask().token, 'allow'));
    const ids = [p.ask().toolUseId];
    expect(kinds(p.give({ kind: 'answers-failed', ids, failure: GONE, at: p.now }))).toEqual(['check']);
    p.give({ kind: 'checked', status: 'terminated' });
    expect(p.end).toMatchObject({ is: 'lost', how: 'terminated' });
    p.calm();
  });

  it('for good does not stay silent', () => {
    const p = play().asking();
    p.give(answers(p.ask().token, 'allow'));
    const ids = [p.ask().toolUseId];
    p.give({ kind: 'answers-failed', ids, failure: FATAL, at: p.now });
    p.give({ kind: 'read-failed', what: 'feed', failure: FATAL });
    expect(p.end).toMatchObject({ is: 'unreachable', final: true });
    p.calm();
  });
});

describe('a holder that takes over while it asks', () => {
  it('keeps the open card', () => {
    const p = play().asking();
    expect(kinds(p.give({ kind: 'taken-over' }))).toEqual([]);
    expect(p.ask().step).toEqual({ is: 'open' });
    expect(kinds(p.give(answers(p.ask().token, 'allow')))).toEqual(['answer']);
  });

  it('looks up an answer that was on its way', () => {
    const p = play().asking();
    p.give(answers(p.ask().token, 'allow'));
    expect(kinds(p.give({ kind: 'taken-over' }))).toEqual(['look']);
  });
});
