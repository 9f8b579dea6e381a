/** Forks and requests out of forms: a message of ours that stands begins something, once, whatever happens between. */
import { describe, expect, it } from 'vitest';
import { beginningSlot, isBeginning, isUnderWay, parseBeginningSlot } from '../../src/core/beginning.ts';
import type { Attributed, ForkInput, Person, RequestInput } from '../../src/core/event.ts';
import { newThread } from '../../src/core/state.ts';
import { picture } from '../../src/render/picture.ts';
import { ADA, GRACE, GUEST, NOBODY, THREAD, says, tsOf } from './support/inputs.ts';
import { kinds, only, play, told, type Play } from './support/play.ts';

const fork = (author: Person = GRACE, words?: string): Attributed => ({
  input: { kind: 'command', name: 'fork', user: author.user, ...(words === undefined ? {} : { words }) },
  author,
});
const ROOT = '1790000099.000100';
const beginning = (now: Play) => {
  const note = now.state.notes.find(isBeginning);
  if (!note) throw new Error('nothing begins');
  return note;
};
/** Its message stands at the top of the channel. */
const stands = (now: Play, ts = ROOT) => {
  const { no, text } = beginning(now);
  const slot = beginningSlot(no, text);
  now.give({ kind: 'intend', slots: [slot] });
  return now.give({ kind: 'posted', slot, posted: { intent: 1, gen: 0, ts, hash: 'h' } });
};

describe('a thread that is forked', () => {
  it('posts the first message as an intent, gives it to its thread once it stands, and links to it', () => {
    const now = play().working();
    const before = now.state.phase;
    expect(kinds(now.give(fork(GRACE, 'and what if?')))).toEqual([]);
    const [message] = picture(now.state, { previews: [], holdBack: false }).messages.slice(-1);
    expect(parseBeginningSlot(message?.slot ?? '')).toEqual({ no: 1, top: true });
    expect(message?.content.text).toContain('<@UGRACE> forked');
    const begin = only(stands(now), 'begin');
    expect(begin.thread).toEqual({ ...THREAD, ts: ROOT });
    expect(begin.claims).toEqual([`ts:C1:${ROOT}`]);
    expect(begin.input).toMatchObject({
      kind: 'fork',
      user: 'UGRACE',
      text: 'and what if?',
      from: THREAD,
      session: 'sesn_1',
      until: now.now,
    });
    now.give({ kind: 'begun', note: 1, outcome: 'admitted' });
    expect(now.state.notes.at(-1)?.text).toEqual({ is: 'forked', by: 'UGRACE', ts: ROOT });
    expect(now.state.phase).toEqual(before);
    now.settle();
    expect(now.state.notes).toEqual([]);
    expect(Object.keys(now.state.posted).filter((slot) => parseBeginningSlot(slot))).toEqual([]);
  });

  it('keeps it until its thread has it, and whoever takes over gives it again', () => {
    const now = play().resting();
    now.give(fork());
    stands(now);
    now.settle();
    expect(now.state.notes.filter(isUnderWay)).toHaveLength(1);
    expect(picture(now.state, { previews: [], holdBack: false }).notes).toEqual([]);
    expect(only(now.give({ kind: 'taken-over' }), 'begin').claims).toEqual([`ts:C1:${ROOT}`]);
    now.give({ kind: 'begun', note: 1, outcome: 'duplicate' });
    now.give({ kind: 'begun', note: 1, outcome: 'duplicate' });
    expect(now.state.notes.filter(({ text }) => text.is === 'forked')).toHaveLength(1);
    expect(kinds(now.give({ kind: 'taken-over' }))).toEqual([]);
  });

  it('one fork of a person at a time', () => {
    const now = play().resting();
    now.give(fork());
    expect(told(now.give(fork()))).toEqual(['UGRACE: forking-already']);
    now.give(fork(ADA));
    expect(now.state.notes.filter(isUnderWay)).toHaveLength(2);
  });

  it('of which the first message cannot be posted tells who asked, with their words', () => {
    const now = play().resting();
    now.give(fork(GRACE, 'words'));
    const slot = beginningSlot(beginning(now).no, beginning(now).text);
    const effects = now.give({ kind: 'not-begun', slot, code: 'restricted_action' });
    expect(only(effects, 'tell-direct')).toMatchObject({ user: 'UGRACE', words: 'words' });
    expect(now.state.notes.filter(isUnderWay)).toEqual([]);
    expect(now.is).toBe('resting');
  });

  it.each([
    [GUEST, 'refused'],
    [NOBODY, 'unverified'],
  ])('not by %j', (author, why) => {
    const now = play().resting();
    expect(told(now.give(fork(author)))).toEqual([`${author.user}: ${why}`]);
    expect(now.state.notes).toEqual([]);
  });

  it('is not where others have come to read along, unless a setting lets them; where they do, the new thread says so', () => {
    const now = play({ sharedChannels: true });
    now.give(says(1, 'hello', ADA, { shared: true }));
    now.settings = { ...now.settings, sharedChannels: false };
    expect(told(now.give(fork()))).toEqual(['UGRACE: shared']);
    now.settings = { ...now.settings, sharedChannels: true };
    now.give(fork());
    expect(beginning(now).text.fork).toMatchObject({ shared: true });
  });

  it('there is nothing to fork where there never was a session', () => {
    expect(told(play().give(fork()))).toEqual(['UGRACE: nothing-open']);
  });
});

describe('the new thread', () => {
  const forked = (over: Partial<ForkInput> = {}, author: Person = GRACE): Attributed => ({
    input: {
      kind: 'fork',
      ts: ROOT,
      user: author.user,
      text: '',
      surface: 'channel',
      from: THREAD,
      session: 'sesn_0',
      until: 77,
      ...over,
    },
    author,
  });
  const fresh = (): Play => {
    const now = play();
    now.state = newThread({ ...THREAD, ts: ROOT }, 'channel');
    return now;
  };
  const recalled = {
    kind: 'recalled',
    before: ROOT,
    text: 'so far',
    messages: 3,
    leftOut: 2,
    missing: false,
  } as const;

  it('with words begins at once, from the other session as it was then', () => {
    const now = fresh();
    const effects = now.give(forked({ text: 'what if?' }));
    expect(only(effects, 'recall')).toEqual({
      do: 'recall',
      session: 'sesn_0',
      thread: THREAD,
      until: 77,
      before: ROOT,
    });
    expect(only(now.give(recalled), 'create').gen).toBe(1);
    expect(now.turn?.intro).toMatchObject({ why: 'forked', messages: 3, leftOut: 2 });
    const sent = only(now.give({ kind: 'created', gen: 1, session: 'sesn_9' }), 'send');
    expect(JSON.stringify(sent.events)).toContain('so far');
    expect(JSON.stringify(sent.events)).toContain('what if?');
  });

  it('without words says what it has, and begins with its first message', () => {
    const now = fresh();
    expect(kinds(now.give(forked()))).toEqual(['recall']);
    now.give(recalled);
    expect(now.state.notes.at(-1)?.text).toMatchObject({ is: 'resumed', forked: true, messages: 3 });
    expect(now.is).toBe('closed');
    expect(only(now.give(says(9, 'go', ADA, { ts: tsOf(9) })), 'recall')).toMatchObject({
      session: 'sesn_0',
      until: 77,
      thread: THREAD,
    });
  });

  it('is begun once', () => {
    const now = fresh();
    now.give(forked({ text: 'what if?' }), recalled);
    const { state } = now;
    expect(now.give(forked({ text: 'again' }))).toEqual([]);
    expect(now.state).toEqual(state);
  });

  it('that somebody has begun before takes the words all the same', () => {
    const now = fresh();
    now.give(says(9, 'hello?', ADA, { inThread: true }));
    now.give(forked({ text: 'what if?' }));
    expect(now.state.sends.map(({ words }) => words)).toContain('what if?');
    now.give(forked({ text: 'what if?' }), forked());
    expect(now.state.sends).toHaveLength(2);
  });

  it.each([GUEST, NOBODY])('is nobody’s who may not: $role', (author) => {
    const now = fresh();
    now.give(forked({ text: 'what if?' }, author));
    expect(now.is).toBe('none');
    expect(now.state.sends).toEqual([]);
  });
});

describe('a request out of a form', () => {
  const asks = (over: Partial<RequestInput> = {}, author: Person = ADA): Attributed => ({
    input: { kind: 'request', id: 'abc', user: author.user, text: 'weave', top: true, ...over },
    author,
  });

  it('at the top of a channel stands first, and then is the first message of its thread', () => {
    const now = play();
    now.give(asks());
    expect(only(stands(now), 'begin')).toMatchObject({
      thread: { ...THREAD, ts: ROOT },
      input: { kind: 'message', ts: ROOT, user: 'UADA', text: 'weave', via: 'shortcut', inThread: false },
    });
    now.give({ kind: 'begun', note: 1, outcome: 'admitted' });
    now.settle();
    expect(now.state.notes).toEqual([]);
    expect(now.is).toBe('none');
  });

  it('about a message stands in its thread', () => {
    const now = play();
    const quoted = { ts: tsOf(1), user: 'UGRACE', name: 'Grace', text: 'stuck' };
    now.give(asks({ top: false, quoted }));
    expect(only(stands(now, tsOf(7)), 'begin')).toMatchObject({
      thread: THREAD,
      input: { ts: tsOf(7), inThread: true, quoted },
    });
  });

  it('for which there is no room is said to who asked', () => {
    const now = play();
    now.give(asks());
    stands(now);
    expect(told(now.give({ kind: 'begun', note: 1, outcome: 'full' }))).toEqual(['UADA: not-begun']);
  });

  it('that cannot be posted is remembered, so that its form can say so', () => {
    const now = play();
    now.give(asks());
    const slot = beginningSlot(beginning(now).no, beginning(now).text);
    now.give({ kind: 'not-begun', slot, code: 'not_in_channel' });
    expect(now.state.unbegun).toEqual({ id: 'abc', code: 'not_in_channel' });
  });

  it.each([GUEST, NOBODY])('of $role is not posted', (author) => {
    const now = play();
    now.give(asks({}, author));
    expect(now.state.notes).toEqual([]);
  });
});
