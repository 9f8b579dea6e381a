/** How a streamed turn is laid out, and with what its stream ends. */
import { describe, expect, it } from 'vitest';
import { newThread, type ThreadState } from '../../src/core/state.ts';
import { openTurn, type Turn } from '../../src/core/turn.ts';
import { asStreamed, growth, rest } from '../../src/render/growth.ts';
import { picture, type Wanted } from '../../src/render/picture.ts';

const THREAD = { team: 'T1', channel: 'C1', ts: '1790000000.000100' };

function thread(turn: Partial<Turn>, more: Partial<ThreadState> = {}): ThreadState {
  return {
    ...newThread(THREAD, 'channel'),
    phase: { is: 'working', session: { id: 's1', createdAt: 0 }, run: true },
    turns: [{ ...openTurn(1, 'U1', THREAD.ts, 0), ...turn }],
    turnNo: 1,
    ...more,
  };
}

const said = (text: string): Pick<Turn, 'segments'> => ({
  segments: [{ after: THREAD.ts, items: [{ is: 'text', id: 'e1', at: '', text }] }],
});

function messages(state: ThreadState, text?: string, holdBack = false): readonly Wanted[] {
  const previews = text === undefined ? [] : [{ id: 'e2', text }];
  return picture(state, { previews, holdBack }).messages;
}

const slots = (wanted: readonly Wanted[]): string[] =>
  wanted.map(({ slot, now }) => (now ? `${slot} ${now}` : slot));
const hasStop = ({ content }: Wanted): boolean => JSON.stringify(content.blocks).includes('heddle.stop');

describe('a turn whose output is not decided', () => {
  it('shows nothing before it is, and is a turn like others where it ends before', () => {
    expect(messages(thread({ output: 'undecided' }), 'Hello')).toEqual([]);
    const ended = thread({ output: 'undecided', end: { is: 'answered' }, ...said('Hello') });
    expect(slots(messages(ended))).toEqual(['t1.0.0']);
  });
});

describe('a streamed turn', () => {
  it('has a card with the Stop button first, then texts without one', () => {
    const silent = messages(thread({ output: 'stream' }));
    expect(slots(silent)).toEqual(['w1.0']);
    const growing = messages(thread({ output: 'stream' }), 'Hello');
    expect(slots(growing)).toEqual(['w1.0', 't1.0.0 growing']);
    expect(growing.map(hasStop)).toEqual([true, false]);
  });

  it('grows only in its last message, and not in a plainer form', () => {
    const long = 'The warp is strung and the weft goes over and under. '.repeat(300);
    expect(slots(messages(thread({ output: 'stream' }), long))).toEqual(['w1.0', 't1.0.0', 't1.0.1 growing']);
    const plainer = messages(thread({ output: 'stream' }, { form: 1 }), 'Hello');
    expect(slots(plainer)).toEqual(['w1.0', 't1.0.0']);
  });

  it('loses its card when it ends with a text, unless the card says that the session is new', () => {
    const ended = { output: 'stream', end: { is: 'answered' }, ...said('Hello') } as const;
    const posted = { 'w1.0': { intent: 0, gen: 0, ts: '1.2' } };
    expect(slots(messages(thread(ended, { posted })))).toEqual(['w1.0 over', 't1.0.0']);
    expect(slots(messages(thread(ended)))).toEqual(['t1.0.0']);
    const intro = { why: 'idle', messages: 3, leftOut: 0, missing: false };
    const kept = messages(thread({ ...ended, intro }, { posted }));
    expect(slots(kept)).toEqual(['w1.0', 't1.0.0']);
    expect(kept.some(hasStop)).toBe(false);
  });

  it('without a text says on its card how it ended', () => {
    const stopped = thread({ output: 'stream', end: { is: 'stopped', by: 'U2', unanswered: 0 } });
    const [card, ...others] = messages(stopped);
    expect(others).toEqual([]);
    expect(card?.content.text).toContain('Stopped by <@U2>');
  });

  it('says below its last text how it ended', () => {
    const stopped = {
      output: 'stream',
      end: { is: 'stopped', by: 'U2', unanswered: 0 },
      ...said('Hello'),
    } as const;
    const [text] = messages(thread(stopped));
    expect(text && asStreamed(text.content)?.markdown).toBe('Hello');
    expect(text && JSON.stringify(asStreamed(text.content)?.below)).toContain('Stopped by');
  });

  it('in a direct message has a card only where Slack does not show that the agent works', () => {
    const direct = thread({ output: 'stream' }, { surface: 'im' });
    expect(slots(messages(direct, undefined, true))).toEqual([]);
    expect(slots(messages(direct, undefined, false))).toEqual(['w1.0']);
    expect(slots(messages(direct, 'Hello', false))).toEqual(['t1.0.0 growing']);
  });
});

describe('what is appended', () => {
  it('is what is settled of the growing text, behind the texts that are whole', () => {
    const state = thread({ output: 'stream', ...said('First.') });
    expect(growth(state, [], 't1.0.0')).toBe('First.\n\n');
    expect(growth(state, [{ id: 'e2', text: 'And then so' }], 't1.0.0')).toBe('First.\n\nAnd then ');
    expect(growth(state, [{ id: 'e1', text: 'First' }], 't1.0.0')).toBe('First.\n\n');
    expect(growth(state, [], 't2.0.0')).toBe('');
    expect(growth(state, [], 'n1')).toBe('');
  });

  it('is made whole by the rest, where it is its beginning', () => {
    expect(rest('First.\n\nAnd ', 'First.\n\nAnd then.')).toBe('then.');
    expect(rest('First.\n\n', 'First.')).toBe('');
    expect(rest('Furst', 'First.')).toBeUndefined();
  });
});
