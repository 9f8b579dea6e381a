/** What a turn leaves: how long it took, what it cost, who helped, and a new line for who asked where it ran long. */
import { describe, expect, it } from 'vitest';
import type { AgentEvent, Usage } from '../../src/core/agent-event.ts';
import { LONG_TURN_MS } from '../../src/core/context.ts';
import { itemsOf } from '../../src/core/turn.ts';
import { picture } from '../../src/render/picture.ts';
import { ADA, THREAD, says, stops } from './support/inputs.ts';
import { play, type Play } from './support/play.ts';

let no = 0;
function event(type: AgentEvent['type'], fields: object): AgentEvent {
  no += 1;
  return { type, id: `sevt_x${no}`, at: '2026-11-20T11:00:00Z', ...fields } as AgentEvent;
}
const usage = (inputTokens: number, outputTokens: number, listCostCents: number): AgentEvent =>
  event('session.usage', { usage: { inputTokens, outputTokens, listCostCents } satisfies Usage });
const helper = (what: string, at: string, waits = false): AgentEvent => {
  const type = `session.thread_${what}` as 'session.thread_created';
  const more = waits ? { waits } : {};
  return event(type, { sessionThreadId: 'sthr_1', agentName: 'Researcher', at, ...more });
};
const notes = (p: Play): readonly unknown[] =>
  p.state.notes.map(({ text }) => text).filter(({ is }) => is === 'finished');
const stepsOf = (p: Play): readonly string[] =>
  p.turn ? itemsOf(p.turn).flatMap((item) => (item.is === 'step' ? [`${item.name} ${item.state}`] : [])) : [];

describe('what a turn costs', () => {
  it('is what the session cost more than before it, however often that is told', () => {
    const p = play().working();
    p.live(usage(1_000, 100, 4), usage(1_000, 100, 4));
    p.history(usage(1_000, 100, 4));
    expect(p.turn?.used).toEqual({ inputTokens: 1_000, outputTokens: 100, listCostCents: 4 });
    p.live(p.ev.text('one'), p.ev.idle());
    p.give(says(2, 'more'));
    p.live(usage(900, 90, 3), usage(3_000, 150, 9));
    expect(p.turn?.used).toEqual({ inputTokens: 2_000, outputTokens: 50, listCostCents: 5 });
  });

  it('is not told where what was spent before is not known', () => {
    const p = play().working();
    const { usage: _, ...state } = p.state;
    p.state = state;
    p.live(usage(50_000, 100, 400));
    expect(p.turn?.used).toBeUndefined();
    p.live(usage(50_010, 100, 401));
    expect(p.turn?.used).toEqual({ inputTokens: 10, outputTokens: 0, listCostCents: 1 });
  });
});

describe('a turn that is over', () => {
  it('says when, and in which session, once', () => {
    const p = play().working();
    p.now += 7_000;
    p.live(p.ev.text('x'), p.ev.idle());
    const { turn } = p;
    expect(turn?.endedAt).toBe((turn?.startedAt ?? 0) + 7_000);
    expect(turn?.gen).toBe(1);
    p.now += 7_000;
    p.give(stops());
    expect(p.state.turns[0]).toBe(turn);
    expect(p.state.sessions).toEqual({ 1: 'sesn_1' });
  });

  it('shows as much as is set while it ran', () => {
    const p = play({ verbosity: 'quiet' }).working();
    expect(p.turn?.verbosity).toBe('quiet');
    p.settings = { ...p.settings, verbosity: 'verbose' };
    p.live(p.ev.text('x'), p.ev.idle());
    expect(p.turn?.verbosity).toBe('verbose');
  });
});

describe('a turn that ran long', () => {
  function long(ms: number, over: (p: Play) => void): Play {
    const p = play().working();
    p.now += ms;
    over(p);
    return p;
  }
  const answered = (p: Play): void => {
    p.live(p.ev.text('x'), p.ev.idle());
  };

  it('calls who asked in a new line, once, as soon as it can lead to the answer', () => {
    const p = long(LONG_TURN_MS + 1, answered);
    const line = (): string | undefined =>
      picture(p.state, { previews: [], holdBack: false }).messages.find(({ slot }) => slot === 'n1')?.content
        .text;
    expect(notes(p)).toHaveLength(1);
    expect(line()).toBeUndefined();
    p.give({ kind: 'intend', slots: ['t1.0.0'] });
    p.give({ kind: 'posted', slot: 't1.0.0', posted: { intent: 1, gen: 0, ts: '1790000000.000900' } });
    const told = line() ?? '';
    expect(told).toContain(`<@${ADA.user}>`);
    expect(told).toContain(`/archives/${THREAD.channel}/p1790000000000900?`);
    expect(told).not.toContain('x.');
    p.give({ kind: 'settled', turns: p.state.turns, asks: [], notes: [] });
    expect(p.state.turns).toEqual([]);
    expect(line()).toBe(told);
    expect(notes(p)).toHaveLength(1);
  });

  it.each<[string, number, (p: Play) => void, number]>([
    ['a quick one', LONG_TURN_MS, answered, 0],
    ['one that failed', LONG_TURN_MS + 1, (p) => p.live(p.ev.idle({ type: 'retries_exhausted' })), 1],
    ['one that lost its session', LONG_TURN_MS + 1, (p) => p.live(p.ev.text('x'), p.ev.terminated()), 1],
    [
      'one that was stopped',
      LONG_TURN_MS + 1,
      (p) => {
        p.give(stops());
        p.give({ kind: 'interrupted' });
        p.live(p.ev.idle());
      },
      0,
    ],
  ])('%s', (_, ms, over, many) => {
    const p = long(ms, over);
    expect(p.end).toBeDefined();
    expect(notes(p)).toHaveLength(many);
  });
});

describe('subagents', () => {
  it('are one step each, from their beginning to their end, and again in the next turn', () => {
    const p = play().working();
    p.live(helper('created', '2026-11-20T11:00:01Z'), helper('status_running', '2026-11-20T11:00:02Z'));
    expect(stepsOf(p)).toEqual(['Researcher running']);
    p.live(helper('status_idle', '2026-11-20T11:00:03Z', true));
    expect(stepsOf(p)).toEqual(['Researcher asking']);
    p.live(helper('status_running', '2026-11-20T11:00:04Z'), helper('status_idle', '2026-11-20T11:00:05Z'));
    // Heard again, late: nothing changes.
    p.live(helper('status_running', '2026-11-20T11:00:04Z'), helper('created', '2026-11-20T11:00:01Z'));
    expect(stepsOf(p)).toEqual(['Researcher done']);
    p.live(p.ev.text('x'), p.ev.idle());
    p.give(says(2, 'more'));
    p.live(
      helper('status_running', '2026-11-20T11:01:00Z'),
      helper('status_terminated', '2026-11-20T11:01:09Z'),
    );
    expect(stepsOf(p)).toEqual(['Researcher failed']);
  });

  it('are not the thread of the session itself, which rests and runs as well', () => {
    const p = play().working();
    p.live(helper('status_running', '2026-11-20T11:00:02Z'), helper('status_idle', '2026-11-20T11:00:03Z'));
    expect(stepsOf(p)).toEqual([]);
  });
});
