/** Approvals in direct messages: who is asked, whose click counts where, and what happens where nobody can be asked. */
import { describe, expect, it } from 'vitest';
import type { Attributed, Person } from '../../src/core/event.ts';
import { isInThread } from '../../src/core/copies.ts';
import { DEFAULT_SETTINGS, type Approval } from '../../src/core/settings.ts';
import { GRACE, answers } from './support/inputs.ts';
import { kinds, only, play, told, type Play } from './support/play.ts';

const LINUS = { user: 'ULINUS', name: 'Linus', role: 'member' } as const;
const approval = (over: Partial<Approval> = {}): Approval => ({
  ...DEFAULT_SETTINGS.approval,
  approvers: ['requester', 'UGRACE', 'SOPS'],
  where: 'dm',
  ...over,
});

/** The agent has asked; who may decide is being found out. */
function finding(over: Partial<Approval> = {}): Play {
  return play({ approval: approval(over) }).asking();
}

function known(over: Partial<Approval> = {}): Play {
  const p = finding(over);
  const copies = [
    { user: 'UGRACE', channel: 'D1' },
    { user: 'ULINUS', channel: 'D2' },
  ];
  p.give({ kind: 'approvers', toolUseId: p.ask().toolUseId, copies, unreached: [], more: 0 });
  return p;
}

/** Somebody clicks on a card in that channel. */
function clicks(p: Play, who: Person, channel: string, verdict: 'allow' | 'deny' = 'allow'): Attributed {
  const { input, author } = answers(p.ask().token, verdict, who);
  const groups = who.user === 'ULINUS' ? ['SOPS'] : [];
  return { input: { ...input, in: channel } as typeof input, author: { ...who, ...author, groups } };
}

describe('who is asked', () => {
  it('is found out once', () => {
    const p = play({ approval: approval() }).working();
    const use = p.ev.tool('bash', { permission: 'ask' });
    expect(only(p.live(use, p.ev.asks(use.id)), 'find-approvers')).toMatchObject({
      toolUseId: use.id,
      people: ['UADA', 'UGRACE'],
      groups: ['SOPS'],
      except: [],
    });
    expect(kinds(p.live(p.ev.requestEnd()))).toEqual([]);
  });

  it('is none of those who asked, where two must approve', () => {
    const p = play({ approval: approval({ twoPersons: true }) }).working();
    const use = p.ev.tool('bash', { permission: 'ask' });
    expect(only(p.live(use), 'find-approvers').except).toEqual(['UADA']);
  });

  it('is asked for again by whoever takes over, unless it is known', () => {
    const p = finding();
    expect(kinds(p.give({ kind: 'taken-over' }))).toContain('find-approvers');
    const q = known();
    expect(kinds(q.give({ kind: 'taken-over' }))).not.toContain('find-approvers');
  });

  it('does not matter any more once the card is decided', () => {
    const p = finding();
    p.give(answers(p.ask().token, 'deny'));
    const { toolUseId } = p.ask();
    p.give({
      kind: 'approvers',
      toolUseId,
      copies: [{ user: 'UGRACE', channel: 'D1' }],
      unreached: [],
      more: 0,
    });
    expect(p.ask().direct).toEqual({ is: 'finding' });
  });

  it('is indexed, so that they find the card', () => {
    const p = finding();
    const { toolUseId } = p.ask();
    const copies = [{ user: 'UGRACE', channel: 'D1' }];
    const effects = p.give({ kind: 'approvers', toolUseId, copies, unreached: [], more: 0 });
    expect(effects).toEqual([{ do: 'note-session', user: 'UGRACE', asked: true }]);
  });

  it('by name is indexed too where the card stands in the thread', () => {
    const p = play({ approval: approval({ where: 'thread' }) }).working();
    const use = p.ev.tool('bash', { permission: 'ask' });
    const index = p.live(use, p.ev.asks(use.id)).filter((effect) => effect.do === 'note-session');
    expect(index).toEqual([{ do: 'note-session', user: 'UGRACE', asked: true }]);
    expect(p.live(p.ev.requestEnd())).toEqual([]);
  });

  it('is nobody for a question, which everybody in the thread may answer', () => {
    const p = play({ approval: approval() }).working();
    p.live(p.ev.tool('ask_user', { tool: 'custom', input: { question: 'Which?', choices: ['a'] } }));
    expect(p.ask().direct).toBeUndefined();
  });
});

describe('a click', () => {
  it.each<[string, Person, string, boolean]>([
    ['on one’s own card', GRACE, 'D1', true],
    ['on the card in the thread', GRACE, 'C1', true],
    ['of a member of the group on their card', LINUS, 'D2', true],
    ['on somebody else’s card', GRACE, 'D2', false],
    ['anywhere else', GRACE, 'C2', false],
    ['outside of messages', GRACE, '', false],
  ])('%s counts, or does not', (_, who, channel, counts) => {
    const p = known();
    const effects = p.give(clicks(p, who, channel));
    expect(kinds(effects).includes('answer')).toBe(counts);
    if (counts) return;
    expect(told(effects)).toEqual([`${who.user}: card-over`]);
    expect(p.ask().step).toEqual({ is: 'open' });
  });

  it('that comes second is answered where it was made', () => {
    const p = known();
    p.give(clicks(p, GRACE, 'D1'));
    expect(p.give(clicks(p, LINUS, 'D2', 'deny'))).toEqual([
      { do: 'tell', user: 'ULINUS', tell: { is: 'card-answered', by: 'UGRACE' }, in: 'D2' },
    ]);
  });

  it('in a direct message is judged like any other: two persons, and expiry', () => {
    const p = known({ twoPersons: true, approvers: ['UGRACE', 'ULINUS'] });
    expect(kinds(p.give(clicks(p, GRACE, 'D1')))).toEqual([]);
    expect(p.ask().votes).toEqual(['UGRACE']);
    expect(kinds(p.give(clicks(p, LINUS, 'D2')))).toEqual(['answer']);
    const q = known();
    q.wait(q.settings.approval.expiresMs);
    expect(told(q.give(clicks(q, GRACE, 'D1')))).toEqual(['UGRACE: card-expired']);
  });
});

describe('where somebody cannot be asked', () => {
  it('the thread’s card can be decided, too', () => {
    const p = finding();
    expect(isInThread(p.ask())).toBe(false);
    const { toolUseId } = p.ask();
    p.give({ kind: 'approvers', toolUseId, copies: [], unreached: ['UGRACE'], more: 0 });
    expect(isInThread(p.ask())).toBe(true);
  });

  it('so it is where Slack does not take a card after all', () => {
    const p = known();
    const { turn, toolUseId } = p.ask();
    expect(isInThread(p.ask())).toBe(false);
    p.give({ kind: 'copy-refused', slot: `q${turn}.${toolUseId}@UGRACE` });
    expect(p.ask().direct).toMatchObject({ copies: [{ user: 'ULINUS' }], unreached: ['UGRACE'] });
    expect(isInThread(p.ask())).toBe(true);
    expect(kinds(p.give(clicks(p, GRACE, 'D1')))).not.toContain('answer');
  });

  it('and where the thread is in their own direct messages', () => {
    const p = finding();
    const { toolUseId } = p.ask();
    p.give({
      kind: 'approvers',
      toolUseId,
      copies: [{ user: 'UADA', channel: 'C1' }],
      unreached: [],
      more: 0,
    });
    expect(p.ask().direct).toMatchObject({ copies: [], here: true });
    expect(isInThread(p.ask())).toBe(true);
  });
});
