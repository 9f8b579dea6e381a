/** A session for the thread: made once, whatever happens (I7). */
import { describe, expect, it } from 'vitest';
import type { ActorInput } from '../../src/core/session.ts';
import { ADA, FATAL, GRACE, RETRY, UNKNOWN, calls, says, stops, tsOf } from './support/inputs.ts';
import { kinds, only, play, wordsOf } from './support/play.ts';

const created = (gen: number): ActorInput => ({
  kind: 'created',
  gen,
  session: `sesn_${gen}`,
});
const failed = (gen: number, failure = RETRY): ActorInput => ({
  kind: 'create-failed',
  gen,
  failure,
});
const recalled = (text: string, messages = 1, leftOut = 0): ActorInput => ({
  kind: 'recalled',
  before: '1790000000.009900',
  messages,
  leftOut,
  missing: false,
  text,
});

describe('a create that failed', () => {
  it('for a while is repeated, later each time, and at last given up and told', () => {
    const p = play().asked();
    let creates = 0;
    for (let tries = 0; p.is === 'starting' && tries < 100; tries += 1) {
      p.give(failed(1));
      creates += kinds(p.wait(30_000)).filter((kind) => kind === 'create').length;
    }
    expect(creates).toBeGreaterThan(10);
    expect(p.is).toBe('failed');
    expect(p.end).toEqual({ is: 'unreachable', code: RETRY.code, final: false });
    expect(p.kept).toEqual(['hello']);
    p.calm();
  });

  it('obeys the time that the service names', () => {
    const p = play().asked();
    p.give(failed(1, { ...RETRY, retryAfterMs: 20_000 }));
    expect(kinds(p.wait(19_000))).toEqual([]);
    expect(kinds(p.wait(1_000))).toEqual(['create']);
  });

  it('for good is told at once, and the next message tries again with the words of this one', () => {
    const p = play().asked();
    p.give(failed(1, FATAL));
    expect(p.end).toEqual({ is: 'unreachable', code: FATAL.code, final: true });
    expect(only(p.give(says(2, 'again')), 'recall')).toEqual({ do: 'recall', before: tsOf(2) });
    p.give(recalled(''));
    const [words] = wordsOf(p.give(created(2)));
    expect(words).toMatch(/hello<\/context>\nagain$/);
  });

  it('in doubt is looked for; found, it is adopted', () => {
    const p = play().asked();
    expect(kinds(p.give(failed(1, UNKNOWN)))).toEqual(['find']);
    expect(wordsOf(p.give({ kind: 'found', gen: 1, session: 'sesn_9' }))).toEqual(['hello']);
    expect(p.state.phase).toMatchObject({ session: { id: 'sesn_9' } });
  });

  it('in doubt is repeated only where it is absent when no request can be alive, and then once', () => {
    const p = play().asked();
    p.give(failed(1, UNKNOWN));
    expect(kinds(p.give({ kind: 'found', gen: 1, session: undefined }))).toEqual([]);
    expect(kinds(p.wait(p.settleMs))).toEqual(['find']);
    expect(kinds(p.give({ kind: 'found', gen: 1, session: undefined }))).toEqual(['create']);
    expect(kinds(p.give({ kind: 'found', gen: 1, session: undefined }))).toEqual([]);
  });

  it('in doubt looks again and again while nobody answers, but not without pause', () => {
    const p = play().asked();
    p.give(failed(1, UNKNOWN));
    const looks = kinds(p.wait(60_000));
    expect(looks.length).toBeGreaterThan(2);
    expect(looks.length).toBeLessThan(10);
    expect(new Set(looks)).toEqual(new Set(['find']));
  });

  it('in doubt, and nobody may look: told, never a second session for these words', () => {
    const p = play().asked();
    p.give(failed(1, UNKNOWN));
    expect(kinds(p.give({ kind: 'read-failed', what: 'find', failure: FATAL }))).toEqual([]);
    expect(p.end).toMatchObject({ is: 'unreachable', final: true });
    p.calm();
  });

  it('of an earlier generation changes nothing', () => {
    const p = play().working();
    expect(kinds(p.give(failed(1, UNKNOWN)))).toEqual([]);
    expect(kinds(p.give(created(1)))).toEqual([]);
    expect(kinds(p.give({ kind: 'found', gen: 1, session: 'sesn_7' }))).toEqual([]);
    expect(p.is).toBe('working');
  });
});

describe('what the new session knows', () => {
  it('is what the closed one knew, and the thread is told', () => {
    const p = play().closed();
    expect(only(p.give(says(2, 'back')), 'recall')).toEqual({
      do: 'recall',
      session: 'sesn_1',
      before: tsOf(2),
    });
    p.give(recalled('BEFORE', 3, 2));
    expect(p.turn?.intro).toEqual({ why: 'idle', messages: 3, leftOut: 2, missing: false });
    expect(wordsOf(p.give(created(2)))).toEqual(['BEFORE\nback']);
    expect(p.state.gen).toBe(2);
  });

  it('comes from Slack where the session was deleted', () => {
    const p = play().working();
    p.give({ kind: 'session-lost', how: 'deleted' });
    expect(only(p.give(says(2, 'back')), 'recall')).toEqual({ do: 'recall', before: tsOf(2) });
  });

  it('read from Slack has the words that were kept after a failed start: they are not given twice', () => {
    const p = play().asked();
    p.give(failed(1, FATAL));
    expect(p.kept).toEqual(['hello']);
    p.give(says(2, 'again'));
    p.give(recalled('hello'));
    expect(wordsOf(p.give(created(2)))).toEqual(['hello\nagain']);
  });

  it('that could not be read leaves the kept words where they are', () => {
    const p = play().asked();
    p.give(failed(1, FATAL));
    p.give(says(2, 'again'));
    p.give({
      kind: 'recalled',
      before: '1790000000.009900',
      messages: 0,
      leftOut: 0,
      missing: true,
      text: '',
    });
    const [words] = wordsOf(p.give(created(2)));
    expect(words).toMatch(/^<context[^>]*>hello<\/context>\nagain$/);
  });

  it('is given once, to the first message that goes out', () => {
    const p = play().closed();
    p.give(says(3, 'three'), says(2, 'two', GRACE));
    p.give(recalled('BEFORE'));
    const words = wordsOf(p.give(created(2)));
    expect(words).toEqual(['BEFORE\ntwo', 'three']);
    p.acknowledge();
    expect(wordsOf(p.give(says(4, 'four')))).toEqual(['four']);
  });

  it('is not lost where the request that carried it has to go again', () => {
    const p = play().closed();
    p.give(says(2, 'back'));
    p.give(recalled('BEFORE'));
    p.give(created(2));
    p.failSend(RETRY);
    expect(wordsOf(p.wait(5_000))).toEqual(['BEFORE\nback']);
  });

  it('is not lost where the first message is stopped', () => {
    const p = play().closed();
    p.give(says(2, 'back'));
    p.give(recalled('BEFORE'));
    p.give(stops(ADA));
    p.give(created(2));
    const [words] = wordsOf(p.give(says(3, 'now')));
    expect(words).toMatch(/^BEFORE\n<context[^>]*>back<\/context>\nnow$/);
  });
});

describe('a holder that takes over while a session starts', () => {
  it('reads what was said before again', () => {
    const p = play();
    p.give(calls(3, 'so?'));
    expect(only(p.give({ kind: 'taken-over' }), 'recall')).toEqual({ do: 'recall', before: tsOf(3) });
  });

  it('looks for the session before it makes one', () => {
    const p = play().asked();
    expect(kinds(p.give({ kind: 'taken-over' }))).toEqual(['find']);
    expect(kinds(p.give({ kind: 'found', gen: 1, session: undefined }))).toEqual([]);
    p.wait(p.settleMs);
    expect(kinds(p.give({ kind: 'found', gen: 1, session: undefined }))).toEqual(['create']);
  });

  it('goes on waiting where the last one waited', () => {
    const p = play().asked();
    p.give(failed(1));
    expect(kinds(p.give({ kind: 'taken-over' }))).toEqual([]);
    expect(kinds(p.wait(5_000))).toEqual(['create']);
  });

  it('sends what it finds waiting', () => {
    const p = play();
    p.draining = true;
    p.give(says(1, 'hello'));
    p.draining = false;
    expect(kinds(p.give({ kind: 'taken-over' }))).toEqual(['create']);
  });
});
