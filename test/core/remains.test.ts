/** A thread made anew from its session's events and its messages in Slack. */
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/core/agent-event.ts';
import { refold, type OwnMessage, type Remains } from '../../src/core/remains.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { noteSlot, turnSlot } from '../../src/core/shown.ts';
import type { ThreadState } from '../../src/core/state.ts';
import { itemsOf } from '../../src/core/turn.ts';
import { Events, GRACE, THREAD, markOf, tsOf } from './support/inputs.ts';

const NOW = Date.parse('2026-11-20T11:00:00Z');
const context = { now: NOW, settings: DEFAULT_SETTINGS, settleMs: 8_000, token: '' };

function remade(events: readonly AgentEvent[], more: Partial<Remains> = {}): ThreadState {
  let tokens = 0;
  const remains: Remains = {
    thread: THREAD,
    gen: 1,
    session: { id: 'sesn_1', createdAt: NOW - 3_600_000 },
    title: 'hello',
    status: 'idle',
    events,
    own: [],
    ...more,
  };
  return refold(remains, context, () => `token${(tokens += 1)}`);
}

function texts(state: ThreadState): readonly (readonly string[])[] {
  return state.turns.map((turn) => itemsOf(turn).flatMap((item) => (item.is === 'text' ? [item.text] : [])));
}

/** Our message for the first part of a turn, posted between the n-th and the next message of people. */
function message(turn: number, n: number, busy = false): OwnMessage {
  return { ts: `${tsOf(n)}5`, slot: turnSlot(turn, 0, 0), busy };
}

describe('turns', () => {
  it('come out with their texts and ends, and the session rests since the last one', () => {
    const ev = new Events();
    const idle = ev.idle();
    const first = [ev.running(), ev.taken(markOf(1)), ev.text('one'), idle];
    const second = [ev.running(), ev.taken(markOf(2)), ev.text('two'), ev.idle()];
    const state = remade([...first, ...second]);
    expect(texts(state)).toEqual([['one'], ['two']]);
    expect(state.turns.map(({ end }) => end?.is)).toEqual(['answered', 'answered']);
    expect(state.phase).toEqual({
      is: 'resting',
      session: { id: 'sesn_1', createdAt: NOW - 3_600_000 },
      since: Date.parse(second.at(-1)?.at ?? ''),
    });
    expect([state.gen, state.title, state.lastSent, state.people]).toEqual([
      1,
      'hello',
      tsOf(2),
      { UADA: 'Ada' },
    ]);
  });

  it('that run are open, with the reply that they took up below', () => {
    const ev = new Events();
    const state = remade(
      [ev.running(), ev.taken(markOf(1)), ev.text('one'), ev.taken(markOf(2, GRACE)), ev.text('two')],
      { status: 'running' },
    );
    expect(state.phase).toMatchObject({ is: 'working', run: true });
    const [turn] = state.turns;
    expect([turn?.user, turn?.end, turn?.taken]).toEqual(['UADA', undefined, [tsOf(2)]]);
    expect(turn?.segments.map(({ after, items }) => [after, items.length])).toEqual([
      [tsOf(1), 1],
      [tsOf(2), 1],
    ]);
    expect(state.watch).toBeGreaterThan(NOW);
  });

  it('that ask have their question, with a token of its own', () => {
    const ev = new Events();
    const use = ev.tool('bash', { permission: 'ask' });
    const state = remade([ev.running(), ev.taken(markOf(1)), use, ev.asks(use.id)]);
    expect(state.phase.is).toBe('asking');
    expect(state.asks).toMatchObject([{ toolUseId: use.id, turn: 1, step: { is: 'open' } }]);
    expect(state.asks[0]?.token).toMatch(/^token\d+0$/);
  });

  it('a message that the session has and has not taken yet is on its way', () => {
    const ev = new Events();
    const state = remade([ev.queued(markOf(1))]);
    expect(state.phase).toMatchObject({ is: 'working', run: false });
    expect(state.sends).toMatchObject([{ status: 'sent', mark: { ts: tsOf(1) } }]);
  });

  it('a session that was made and never sent anything rests', () => {
    expect(remade([]).phase).toMatchObject({ is: 'resting', since: NOW - 3_600_000 });
    expect(remade([]).turns).toEqual([]);
  });

  it('a run that the listing does not show yet is worked on', () => {
    const ev = new Events();
    const rested = [ev.running(), ev.taken(markOf(1)), ev.text('one'), ev.idle()];
    const state = remade(rested, { status: 'running' });
    expect(state.phase).toMatchObject({ is: 'working', run: false });
    expect(state.turns).toHaveLength(2);
  });
});

describe('a session that is over', () => {
  it('after a quiet time is closed, and a reply goes on with it', () => {
    const ev = new Events();
    const events = [ev.running(), ev.taken(markOf(1)), ev.text('one'), ev.idle(), ev.terminated()];
    expect(remade(events, { status: 'over' }).phase).toEqual({
      is: 'closed',
      previous: { session: 'sesn_1', why: 'idle' },
    });
  });

  it('in the middle of a turn says so in it', () => {
    const ev = new Events();
    const state = remade([ev.running(), ev.taken(markOf(1)), ev.text('one')], { status: 'over' });
    expect(state.turns[0]?.end).toEqual({ is: 'lost', how: 'archived' });
    expect(state.phase).toMatchObject({ is: 'closed', previous: { why: 'archived' } });
  });
});

describe('numbers (R2)', () => {
  const ev = new Events();
  const rested = (n: number): readonly AgentEvent[] => [
    ev.running(),
    ev.taken(markOf(n)),
    ev.text(`answer ${n}`),
    ev.idle(),
  ];

  it('are those under which the turns stand in Slack', () => {
    const events = [...rested(7), ...rested(8)];
    const own = [message(5, 3), message(6, 7), message(7, 8)];
    expect(remade(events, { own }).turns.map(({ no }) => no)).toEqual([6, 7]);
  });

  it('go on after the newest one where the last turn has no message yet', () => {
    const events = [...rested(7), ev.running(), ev.taken(markOf(8)), ev.text('more')];
    const state = remade(events, { own: [message(5, 3), message(6, 7)], status: 'running' });
    expect(state.turns.map(({ no }) => no)).toEqual([6, 7]);
    expect(state.turnNo).toBe(7);
  });

  it('go on after those of an earlier session', () => {
    const state = remade([...rested(7)], { own: [message(4, 2)], gen: 2 });
    expect(state.turns.map(({ no }) => no)).toEqual([5]);
  });

  it('of notes are never used again', () => {
    const own = [{ ts: tsOf(9), slot: noteSlot(3), busy: false }, message(1, 1)];
    expect(remade([...rested(1)], { own }).noteNo).toBe(3);
  });
});
