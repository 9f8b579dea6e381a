import { describe, expect, it } from 'vitest';
import { decodeState, encodeState } from '../../src/core/record.ts';
import { newThread } from '../../src/core/state.ts';
import { addNote, beginTurn } from '../../src/core/talk.ts';

const fresh = newThread({ team: 'T1', channel: 'C1', ts: '1790000000.000100' }, 'channel');

describe('the record of a thread', () => {
  it('is read as it was written', () => {
    const state = addNote(beginTurn(fresh, 'U1', '1790000000.000100', 5), {
      is: 'unanswered',
      by: 'U1',
      count: 2,
    });
    expect(decodeState(encodeState(state) ?? undefined)).toEqual(state);
  });

  it('is not kept where nothing was said', () => {
    expect(encodeState(fresh)).toBeNull();
    expect(decodeState(undefined)).toBeUndefined();
  });

  it.each([
    ['a turn', beginTurn(fresh, 'U1', '1', 5)],
    ['a note', addNote(fresh, { is: 'help' })],
    ['words that were not requests', { ...fresh, context: [{ ts: '1', user: 'U1', name: 'A', text: 'x' }] }],
    ['a closed session', { ...fresh, phase: { is: 'closed', previous: { why: 'idle' } } as const }],
  ])('is kept for %s', (_, state) => {
    expect(decodeState(encodeState(state) ?? undefined)).toEqual(state);
  });

  it.each(['{"schema":2}', '{}', '[]', 'null', '"x"', '{"schema":"1"}', 'not JSON'])(
    'is refused, never overwritten, where it says %s (fault: older-records)',
    (text) => {
      expect(() => decodeState(text)).toThrow();
    },
  );
});
