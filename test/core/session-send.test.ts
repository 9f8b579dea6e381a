/** A request with words that failed: repeated, looked up, given up, told. */
import { describe, expect, it } from 'vitest';
import { FATAL, GONE, RETRY, UNKNOWN, markOf, refused, says } from './support/inputs.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { kinds, only, play, wordsOf } from './support/play.ts';

describe('a send that failed', () => {
  it('for a while is repeated, later each time, and at last given up and told (fault: send-fails)', () => {
    const p = play().sending();
    let tries = 0;
    while (p.is === 'working' && tries < 100) {
      tries += 1;
      p.failSend(RETRY);
      p.wait(30_000);
    }
    expect(tries).toBeGreaterThan(10);
    expect(p.end).toEqual({ is: 'unreachable', code: RETRY.code, final: false });
    expect(p.kept).toEqual(['hello']);
    p.calm();
  });

  it('obeys the time that the service names', () => {
    const p = play().sending();
    p.failSend({ ...RETRY, retryAfterMs: 45_000 });
    expect(kinds(p.wait(44_000))).not.toContain('send');
    only(p.wait(1_000), 'send');
  });

  it('in doubt is looked up at once; found, it is not sent again', () => {
    const p = play().sending();
    expect(kinds(p.failSend(UNKNOWN))).toEqual(['look']);
    p.give({ kind: 'looked', events: [p.ev.queued(markOf(1))] });
    expect(p.state.sends.map(({ status }) => status)).toEqual(['sent']);
    expect(kinds(p.wait(p.settleMs))).not.toContain('send');
  });

  it('in doubt is believed absent only when no request can be alive, and then sent once', () => {
    const p = play().sending();
    p.failSend(UNKNOWN);
    expect(kinds(p.give({ kind: 'looked', events: [] }))).toEqual([]);
    expect(kinds(p.wait(p.settleMs))).toContain('look');
    expect(wordsOf(p.give({ kind: 'looked', events: [] }))).toEqual(['hello']);
    expect(kinds(p.give({ kind: 'looked', events: [] }))).toEqual([]);
  });

  it('in doubt lets later messages queue behind it', () => {
    const p = play().sending();
    p.failSend(UNKNOWN);
    expect(kinds(p.give(says(2, 'two')))).toEqual([]);
    p.give({ kind: 'looked', events: [p.ev.queued(markOf(1))] });
    expect(p.state.sends.map(({ status }) => status)).toEqual(['sent', 'sending']);
  });

  it('in doubt and taken meanwhile is found by the stream', () => {
    const p = play().sending();
    p.failSend(UNKNOWN);
    p.live(p.ev.running(), p.ev.taken(markOf(1)), p.ev.text('hi'), p.ev.idle());
    p.give({ kind: 'looked', events: [] });
    p.calm();
  });

  it('because the session is gone goes to a new one', () => {
    const p = play().sending();
    expect(only(p.failSend(GONE), 'recall')).toMatchObject({ session: 'sesn_1' });
    only(
      p.give({
        kind: 'recalled',
        before: '1790000000.009900',
        messages: 0,
        leftOut: 0,
        missing: false,
        text: '',
      }),
      'create',
    );
    expect(wordsOf(p.give({ kind: 'created', gen: 2, session: 'sesn_2' }))).toEqual(['hello']);
    expect(p.turn?.intro?.why).toBe('archived');
  });

  it('because sessions are lost one after the other is given up and told', () => {
    const p = play().sending();
    for (let gen = 2; p.is !== 'failed' && gen < 20; gen += 1) {
      p.failSend(GONE);
      p.give({
        kind: 'recalled',
        before: '1790000000.009900',
        messages: 0,
        leftOut: 0,
        missing: false,
        text: '',
      });
      p.give({ kind: 'created', gen, session: `sesn_${gen}` });
    }
    expect(p.end).toMatchObject({ is: 'unreachable', code: 'session_lost' });
    expect(p.kept).toEqual(['hello']);
    p.calm();
  });

  it('because a question is open is held until that is answered', () => {
    const p = play().working();
    p.give(says(2, 'two'));
    const effects = p.failSend(refused('requires_action'));
    expect(kinds(effects)).toEqual(['relist']);
    const use = p.ev.tool('bash', { permission: 'ask' });
    p.history(use, p.ev.asks(use.id));
    expect(p.is).toBe('asking');
    expect(kinds(p.wait(60_000))).not.toContain('send');
    expect(p.state.sends.map(({ status }) => status)).toEqual(['waiting']);
  });

  it('because a budget is reached that nobody can raise says so and closes the session; the words go to the next one', () => {
    const p = play({ budget: { ...DEFAULT_SETTINGS.budget, raiseUsd: 0 } }).sending();
    expect(kinds(p.failSend(refused('budget_reached')))).toEqual(['relist']);
    expect(kinds(p.wait(5_000))).toEqual(['send']);
    expect(kinds(p.failSend(refused('budget_reached')))).toEqual(['archive']);
    expect(p.end).toEqual({ is: 'budget' });
    p.give({ kind: 'archived' });
    expect(p.kept).toEqual(['hello']);
    expect(kinds(p.give(says(2, 'go on')))).toContain('recall');
  });

  it.each([FATAL, refused('invalid_request_error')])(
    'for good ($kind) is told, and the words are kept',
    (failure) => {
      const p = play().sending();
      p.failSend(failure);
      expect(p.end).toEqual({ is: 'unreachable', code: failure.code, final: true });
      expect(p.kept).toEqual(['hello']);
      p.calm();
    },
  );

  it('for good while another run goes on is told too', () => {
    const p = play().working();
    p.give(says(2, 'two'));
    p.failSend(refused('invalid_request_error'));
    expect(p.is).toBe('working');
    expect(p.kept).toEqual(['two']);
    expect(p.state.notes.map(({ text }) => text.is)).toEqual(['unanswered']);
  });

  it('for good while a question is open is told too', () => {
    const p = play().working();
    p.give(says(2, 'two'));
    const use = p.ev.tool('bash', { permission: 'ask' });
    p.live(use, p.ev.asks(use.id));
    p.failSend(refused('invalid_request_error'));
    expect(p.is).toBe('asking');
    expect(p.state.notes.map(({ text }) => text.is)).toEqual(['unanswered']);
  });

  it('that was answered by a stream meanwhile changes nothing', () => {
    const p = play().sending();
    p.live(p.ev.queued(markOf(1)));
    const marks = [markOf(1)];
    expect(kinds(p.give({ kind: 'send-failed', marks, failure: UNKNOWN, at: p.now }))).toEqual([]);
    expect(p.state.sends.map(({ status }) => status)).toEqual(['sent']);
  });
});
