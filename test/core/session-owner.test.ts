/** Handing a thread over: who may, to whom, and what counts for them from then on. */
import { describe, expect, it } from 'vitest';
import type { Attributed, Person } from '../../src/core/event.ts';
import { ownerOf } from '../../src/core/owner.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';
import { ADA, GRACE, GUEST, NOBODY, says } from './support/inputs.ts';
import { only, play, told, type Play } from './support/play.ts';

const BOB: Person = { user: 'UBOB', name: 'Bob', role: 'member' };
const JOAN: Person = { user: 'UJOAN', name: 'Joan', role: 'admin' };

function hands(author: Person, other: Person | undefined, to = other?.user): Attributed {
  const whom = to === undefined ? {} : { to };
  return {
    input: { kind: 'command', name: 'handover', user: author.user, ...whom },
    author,
    ...(other ? { other: { there: true, ...other } } : {}),
  };
}

const elsewhere: Attributed = { ...hands(ADA, BOB), other: BOB };

const tool = (now: Play): string => {
  const use = now.ev.tool('bash', { permission: 'ask' });
  now.live(use, now.ev.asks(use.id));
  return now.state.asks.at(-1)?.token ?? '';
};
const answers = (token: string, author: Person): Attributed => ({
  input: { kind: 'answer', user: author.user, token, verdict: 'allow' },
  author,
});
const open = (now: Play): number => now.state.asks.filter(({ step }) => step.is === 'open').length;

describe('handing a thread over', () => {
  it('tells the thread, indexes it for the receiver, and makes them the owner', () => {
    const now = play().resting();
    expect(ownerOf(now.state)).toBe('UADA');
    const effects = now.give(hands(ADA, BOB));
    expect(only(effects, 'note-session').user).toBe('UBOB');
    expect(ownerOf(now.state)).toBe('UBOB');
    expect(now.state.notes.at(-1)?.text).toEqual({
      is: 'handed',
      by: 'UADA',
      to: 'UBOB',
      cards: 0,
      leaves: 0,
    });
    now.give(hands(BOB, GRACE));
    expect(ownerOf(now.state)).toBe('UGRACE');
  });

  it('coming turns count for the receiver, whoever asks for them', () => {
    const now = play().resting();
    now.give(hands(ADA, BOB), says(3, 'and on', GRACE));
    expect(now.turn).toMatchObject({ user: 'UBOB', asked: ['UGRACE'] });
    now.acknowledge();
    now.live(now.ev.running(), now.ev.taken(now.lastMark()));
    const token = tool(now);
    expect(told(now.give(answers(token, GRACE)))).toEqual(['UGRACE: not-yours']);
    expect(told(now.give(answers(token, ADA)))).toEqual(['UADA: not-yours']);
    expect(open(now)).toBe(1);
    now.give(answers(token, BOB));
    expect(open(now)).toBe(0);
  });

  it('so does the turn that runs; a card that is open stays with whom it was made for', () => {
    const now = play().asking();
    const before = now.ask().token;
    now.give(hands(ADA, BOB));
    expect(now.state.notes.at(-1)?.text).toMatchObject({ is: 'handed', cards: 1 });
    expect(told(now.give(answers(before, BOB)))).toEqual(['UBOB: not-yours']);
    now.give(answers(before, ADA));
    const after = tool(now);
    expect(told(now.give(answers(after, ADA)))).toEqual(['UADA: not-yours']);
    now.give(answers(after, BOB));
    expect(open(now)).toBe(0);
  });

  it('where two must approve, who asked and who handed over stay barred, however often it changes hands', () => {
    const people = [ADA, BOB, GRACE, JOAN];
    const approval: Settings['approval'] = {
      ...DEFAULT_SETTINGS.approval,
      approvers: [...people.map(({ user }) => user), 'ULIN', 'UMAX'],
      twoPersons: true,
    };
    const now = play({ approval }).working();
    now.give(hands(ADA, BOB), hands(JOAN, GRACE), hands(GRACE, ADA), hands(ADA, BOB));
    const token = tool(now);
    for (const one of people) {
      expect(told(now.give(answers(token, one)))).toEqual([`${one.user}: own-request`]);
    }
    now.give(answers(token, { user: 'ULIN', name: 'Lin', role: 'member' }));
    expect(open(now)).toBe(1);
    now.give(answers(token, { user: 'UMAX', name: 'Max', role: 'member' }));
    expect(open(now)).toBe(0);
  });

  it('what was always allowed is asked about again', () => {
    const now = play().asking();
    const always = { kind: 'answer', user: 'UADA', token: now.ask().token, verdict: 'allow', always: true };
    now.give({ input: always as never, author: ADA });
    expect(now.state.allowed).toBeDefined();
    now.give(hands(ADA, BOB));
    expect(now.state.notes.at(-1)?.text).toMatchObject({ is: 'handed', leaves: 1 });
    tool(now);
    expect(open(now)).toBe(1);
  });

  it('an admin may, who does not have it', () => {
    const now = play().resting();
    now.give(hands(JOAN, BOB));
    expect(ownerOf(now.state)).toBe('UBOB');
  });

  it.each<[string, Attributed, string]>([
    ['a colleague', hands(GRACE, BOB), 'UGRACE: not-owner'],
    ['a guest', hands({ ...ADA, role: 'guest' }, BOB), 'UADA: refused'],
    ['another bot', hands({ ...ADA, role: 'bot' }, BOB), 'UADA: refused'],
    ['somebody of another organisation', hands({ ...ADA, role: 'outsider' }, BOB), 'UADA: refused'],
    ['nobody knows who', hands({ ...ADA, role: 'unknown' }, BOB), 'UADA: unverified'],
    ['the owner, to a guest', hands(ADA, GUEST), 'UADA: not-for-them'],
    ['the owner, to another bot', hands(ADA, { ...BOB, role: 'bot' }), 'UADA: not-for-them'],
    ['the owner, to nobody knows whom', hands(ADA, NOBODY), 'UADA: unverified-other'],
    ['the owner, with facts about somebody else', hands(ADA, GRACE, 'UBOB'), 'UADA: unverified-other'],
    ['the owner, to nobody knows whether they are here', elsewhere, 'UADA: unverified-other'],
    ['the owner, without facts', hands(ADA, undefined, 'UBOB'), 'UADA: unverified-other'],
    ['the owner, to who is not in the channel', hands(ADA, { ...BOB, there: false }), 'UADA: not-there'],
    ['the owner, to themselves', hands(ADA, ADA), 'UADA: owner-already'],
    ['the owner, to nobody', hands(ADA, undefined), 'UADA: handover-whom'],
  ])('by %s changes nothing', (_, input, tell) => {
    const now = play({ allow: { guests: false, outsiders: false, bots: false } }).working();
    const before = now.state;
    expect(told(now.give(input))).toEqual([tell]);
    expect(now.state).toEqual(before);
  });

  it('of a thread without a session, and of a direct message, is refused', () => {
    expect(told(play().give(hands(JOAN, BOB)))).toEqual(['UJOAN: nothing-open']);
    const now = play().resting();
    now.state = { ...now.state, surface: 'im' };
    expect(told(now.give(hands(ADA, BOB)))).toEqual(['UADA: direct-handover']);
  });

  it('who had it before does not get it back by writing', () => {
    const now = play().closed();
    now.give(hands(ADA, BOB), says(6, 'hello again', ADA));
    expect(now.turn?.user).toBe('UBOB');
    expect(told(now.give(hands(ADA, GRACE)))).toEqual(['UADA: not-owner']);
  });
});
