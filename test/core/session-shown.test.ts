/** What is known of the bot's own messages, and when the state may forget. */
import { describe, expect, it } from 'vitest';
import { TAKEN, WAITING, askSlot, noteSlot, turnSlot } from '../../src/core/shown.ts';
import { PLAINEST } from '../../src/core/session.ts';
import { itemsOf } from '../../src/core/turn.ts';
import { says } from './support/inputs.ts';
import { play } from './support/play.ts';

describe('posts', () => {
  it('are intended once, and keep what is known of them', () => {
    const p = play().asked();
    const slot = turnSlot(1, 0, 0);
    p.give({ kind: 'intend', slots: [slot] });
    p.give({ kind: 'posted', slot, posted: { intent: 1, gen: 0, ts: '5.5', hash: 'x' } });
    p.now += 5;
    p.give({ kind: 'intend', slots: [slot] });
    expect(p.state.posted[slot]).toEqual({ intent: 1, gen: 0, ts: '5.5', hash: 'x' });
  });

  it('that were never intended, or were forgotten, are not remembered', () => {
    const p = play().asked();
    p.give({ kind: 'posted', slot: 't9.0.0', posted: { intent: 1, gen: 0, ts: '5.5' } });
    expect(p.state.posted).toEqual({});
  });

  it('fall back to plainer forms, step by step, and begin anew with the next turn', () => {
    const p = play().resting();
    for (let tries = 0; tries < 10; tries += 1) p.give({ kind: 'plainer' });
    expect(p.state.form).toBe(PLAINEST);
    p.give(says(2, 'more'));
    expect(p.state.form).toBe(0);
  });

  it('keep their plainer form while a turn that needed it is not finished in Slack', () => {
    const p = play().working();
    p.give({ kind: 'plainer' });
    p.live(p.ev.text('a text'), p.ev.idle());
    p.give(says(2, 'more'));
    expect(p.state.form).toBe(1);
  });
});

describe('what stands in Slack as it should', () => {
  it('is forgotten: turns that ended, their cards, their slots; the rest is kept', () => {
    const p = play().asking();
    p.give({ kind: 'intend', slots: [turnSlot(1, 0, 0), askSlot(1, p.ask().toolUseId), noteSlot(7)] });
    p.live(p.ev.idle());
    p.give(says(2, 'more'));
    p.give({ kind: 'intend', slots: [turnSlot(2, 0, 0), turnSlot(12, 0, 0)] });
    p.give({ kind: 'settled', turns: p.state.turns.slice(0, 1), asks: p.state.asks, notes: [] });
    expect(p.state.turns.map(({ no }) => no)).toEqual([2]);
    expect(p.state.asks).toEqual([]);
    expect(Object.keys(p.state.posted)).toEqual([noteSlot(7), turnSlot(2, 0, 0), turnSlot(12, 0, 0)]);
  });

  it('is not forgotten while it is open', () => {
    const p = play().working();
    p.settle();
    expect(p.state.turns).toHaveLength(1);
  });

  it('is not forgotten where a late event has changed it since it was written', () => {
    const p = play().working();
    p.live(p.ev.text('a text'), p.ev.idle());
    const { turns, asks } = p.state;
    p.live(p.ev.text('a late one'));
    p.give({ kind: 'settled', turns, asks, notes: [] });
    expect(p.state.turns.flatMap(itemsOf)).toMatchObject([{ text: 'a text' }, { text: 'a late one' }]);
    p.settle();
    expect(p.state.turns).toEqual([]);
  });
});

describe('reactions', () => {
  it('are remembered, and forgotten with the turn that took the reply', () => {
    const p = play().working();
    p.live(p.ev.text('one'));
    p.give(says(2, 'reply'));
    const mark = p.lastMark();
    p.acknowledge();
    p.live(p.ev.taken(mark), p.ev.text('two'), p.ev.idle());
    p.give({ kind: 'reacted', ts: mark.ts, name: TAKEN });
    p.give({ kind: 'reacted', ts: '9.9', name: WAITING });
    p.settle();
    expect(p.state.reactions).toEqual({ '9.9': WAITING });
    p.give({ kind: 'reacted', ts: '9.9', name: undefined });
    expect(p.state.reactions).toEqual({});
  });
});
