/** `resume`: a closed session is open again, and nothing runs before somebody writes. */
import { describe, expect, it } from 'vitest';
import type { Attributed, Person } from '../../src/core/event.ts';
import { isResumed } from '../../src/core/resume.ts';
import { ADA, GRACE, GUEST, NOBODY, says, tsOf } from './support/inputs.ts';
import { kinds, only, play, told, type Play } from './support/play.ts';

const resume = (author: Person = ADA, n = 5): Attributed => ({
  input: { kind: 'command', name: 'resume', user: author.user, ts: tsOf(n) },
  author,
});
const read = { messages: 2, leftOut: 1, missing: false } as const;
const recalled = (over: object = {}) =>
  ({ kind: 'recalled', before: tsOf(5), text: 'what was said', ...read, ...over }) as const;

function resumed(): Play {
  const now = play().closed();
  now.give(resume(), recalled());
  return now;
}

describe('resuming a closed session', () => {
  it('reads what was said, tells the thread how much of it carries over, and makes no session', () => {
    const now = play().closed();
    expect(only(now.give(resume()), 'recall')).toEqual({ do: 'recall', session: 'sesn_1', before: tsOf(5) });
    expect(isResumed(now.state)).toBe(true);
    expect(now.state.notes).toEqual([]);
    expect(kinds(now.give(recalled()))).toEqual([]);
    expect(now.state.notes.map(({ text }) => text)).toEqual([{ is: 'resumed', by: 'UADA', ...read }]);
    expect(now.is).toBe('closed');
    expect(now.state.preface).toBeUndefined();
  });

  it('the next message goes on in a new session with the earlier conversation, which is not told twice', () => {
    const now = resumed();
    const until = only(now.give(says(6, 'and on')), 'recall');
    expect(until).toMatchObject({ session: 'sesn_1', before: tsOf(6) });
    expect(only(now.give(recalled({ before: tsOf(6) })), 'create').gen).toBe(2);
    expect(now.turn?.intro).toBeUndefined();
    const sent = only(now.give({ kind: 'created', gen: 2, session: 'sesn_2' }), 'send');
    expect(JSON.stringify(sent.events)).toContain('what was said');
    expect(now.state.resumed).toBeUndefined();
  });

  it('what was said meanwhile is told with the answer', () => {
    const now = resumed();
    now.give(says(6, 'and on'), recalled({ before: tsOf(6), messages: 3 }));
    expect(now.turn?.intro).toMatchObject({ messages: 3, why: 'idle' });
  });

  it('a message that comes while it is read takes over: one session, and nothing is told of resuming', () => {
    const now = play().closed();
    now.give(resume());
    const effects = now.give(says(6, 'and on'), recalled(), recalled({ before: tsOf(6) }));
    expect(effects.filter(({ do: what }) => what === 'create')).toHaveLength(1);
    expect(now.state.notes).toEqual([]);
    expect(now.turn?.intro).toMatchObject({ messages: 2 });
  });

  it('is read again by the next holder, and once told is not', () => {
    const now = play().closed();
    now.give(resume());
    expect(only(now.give({ kind: 'taken-over' }), 'recall').session).toBe('sesn_1');
    now.give(recalled());
    expect(kinds(now.give({ kind: 'taken-over' }))).toEqual([]);
  });

  it('says that it could not be read, and tries again with the message', () => {
    const now = play().closed();
    now.give(resume(), recalled({ missing: true, messages: 0, leftOut: 0, text: '' }));
    expect(now.state.notes.at(-1)?.text).toMatchObject({ is: 'resumed', missing: true });
    expect(only(now.give(says(6, 'and on')), 'recall').session).toBe('sesn_1');
  });

  it('is undone by close', () => {
    const now = resumed();
    now.give({ input: { kind: 'command', name: 'close', user: 'UGRACE' }, author: GRACE });
    expect(isResumed(now.state)).toBe(false);
    expect(now.state.notes.at(-1)?.text).toMatchObject({ is: 'closed', by: 'UGRACE' });
  });

  it.each<[string, (now: Play) => unknown, string]>([
    ['has none', () => undefined, 'nothing-open'],
    ['works', (now) => now.working(), 'open-already'],
    ['rests', (now) => now.resting(), 'open-already'],
    ['was resumed', (now) => now.closed().give(resume(), recalled()), 'open-already'],
    ['is being closed', (now) => now.resting().wait(now.settings.idleTimeoutMs), 'closing'],
  ])('a thread that %s is left as it is', (_, go, tell) => {
    const now = play();
    go(now);
    const { phase, resumed: before } = now.state;
    expect(told(now.give(resume()))).toEqual([`UADA: ${tell}`]);
    expect([now.state.phase, now.state.resumed]).toEqual([phase, before]);
  });

  it.each([GUEST, NOBODY])('$role may not', (author) => {
    const now = play().closed();
    const effects = now.give(resume(author));
    expect(told(effects)).toEqual([`${author.user}: ${author === GUEST ? 'refused' : 'unverified'}`]);
    expect(now.state.resumed).toBeUndefined();
  });

  it('is refused where the bot is switched off', () => {
    const now = play().closed();
    now.settings = { ...now.settings, enabled: false };
    expect(told(now.give(resume()))).toEqual(['UADA: off']);
  });
});
