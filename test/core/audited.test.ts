/** What is written down of what was done in a thread. That nothing is left out or doubled: `session-sim`. */
import { expect, it } from 'vitest';
import type { AuditEntry } from '../../src/core/audit.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { ADA, GRACE, GUEST, NOBODY, answers, commands, says, stops, tsOf } from './support/inputs.ts';
import { play, type Play } from './support/play.ts';

const LINUS = { user: 'ULINUS', name: 'Linus', role: 'member' } as const;
const tool = { tool: 'bash', inputHash: 'hash of {\n  "command": "ls"\n}' };

/** What was written down since the play was in its place, without where: that is the same everywhere. */
function since(p: Play, act: () => unknown): object[] {
  const before = p.trail.length;
  act();
  return p.trail.slice(before).map(({ channel, thread, ...entry }: AuditEntry) => {
    expect([channel, thread]).toEqual(['C1', tsOf(1)]);
    return entry;
  });
}

const approval = (given: Partial<typeof DEFAULT_SETTINGS.approval>) => ({
  approval: { ...DEFAULT_SETTINGS.approval, ...given },
});

it('who asked, who else spoke to the agent, and what the turn cost', () => {
  const p = play();
  expect(since(p, () => p.working())).toEqual([{ what: 'asked', ts: tsOf(1), by: 'UADA', role: 'member' }]);
  expect(since(p, () => p.give(says(2, 'and this', GRACE)))).toEqual([
    { what: 'asked', ts: tsOf(2), into: true, by: 'UGRACE', role: 'member' },
  ]);
  p.acknowledge();
  const usage = { inputTokens: 9, outputTokens: 9, listCostCents: 12.5 };
  const [spent, ...more] = since(p, () => {
    p.live(p.ev.taken(p.lastMark()), { type: 'session.usage', id: 'sevt_u', at: null, usage });
    p.live(p.ev.text('done'), p.ev.idle());
  });
  expect(spent).toEqual({ what: 'spent', usd: 0.125, session: 'sesn_1', by: 'UADA' });
  expect(more).toEqual([]);
});

it('what is sent again is no second request', () => {
  const p = play().working();
  const again = since(p, () => {
    p.live(p.ev.terminated());
    p.give({ kind: 'taken-over' });
  });
  expect(again).toEqual([{ what: 'closed', why: 'terminated', session: 'sesn_1', by: '' }]);
});

it('a tool: who approved, and what it was asked to do', () => {
  const p = play().asking();
  const { toolUseId, token } = p.ask();
  expect(since(p, () => p.give(answers(token, 'allow')))).toEqual([
    { what: 'approved', toolUseId, ...tool, by: 'UADA', role: 'member' },
  ]);
  const late = since(p, () => {
    p.give(answers(token, 'deny'), { kind: 'answers-sent', ids: [toolUseId] });
    p.live(p.ev.confirmed(toolUseId), p.ev.running(), p.ev.result(toolUseId));
  });
  expect(late).toEqual([]);
});

it('the first of two approvals, and the one that counts', () => {
  const p = play(approval({ approvers: ['UGRACE', 'ULINUS'], twoPersons: true })).asking();
  const { toolUseId, token } = p.ask();
  expect(since(p, () => p.give(answers(token, 'allow', GRACE), answers(token, 'allow', LINUS)))).toEqual([
    { what: 'voted', toolUseId, ...tool, by: 'UGRACE', role: 'member' },
    { what: 'approved', toolUseId, ...tool, by: 'ULINUS', role: 'member' },
  ]);
});

it('always in this thread: what it lets run now, and what it lets run later', () => {
  const p = play().asking();
  const { toolUseId, token } = p.ask();
  const press = answers(token, 'allow');
  const given = since(p, () => p.give({ ...press, input: { ...press.input, always: true } } as typeof press));
  expect(given).toEqual([{ what: 'approved', toolUseId, ...tool, always: true, by: 'UADA', role: 'member' }]);
  p.give({ kind: 'answers-sent', ids: [toolUseId] });
  const second = p.ev.tool('bash', { permission: 'ask' });
  expect(since(p, () => p.live(p.ev.running(), second))).toEqual([
    { what: 'approved', toolUseId: second.id, ...tool, always: true, by: 'UADA' },
  ]);
});

it('nobody answered in time', () => {
  const p = play().asking();
  const { toolUseId } = p.ask();
  expect(since(p, () => p.wait(DEFAULT_SETTINGS.approval.expiresMs))).toEqual([
    { what: 'expired', toolUseId, ...tool, by: '' },
  ]);
});

it('nobody may approve', () => {
  const p = play(approval({ approvers: [] })).working();
  const use = p.ev.tool('bash', { permission: 'ask' });
  expect(since(p, () => p.live(use))).toEqual([{ what: 'denied', toolUseId: use.id, ...tool, by: '' }]);
});

it('who was not let, and of what', () => {
  const p = play().asking();
  const { toolUseId, token } = p.ask();
  const refused = since(p, () => {
    p.give(answers(token, 'allow', GRACE), says(2, 'do it', GUEST), stops(GUEST), commands('close', NOBODY));
    p.give(commands('mute', GUEST), answers('forged', 'allow', GRACE));
  });
  expect(refused).toEqual([
    { what: 'refused', of: 'approve', toolUseId, by: 'UGRACE', role: 'member' },
    { what: 'refused', of: 'steer', by: 'UGUEST', role: 'guest' },
    { what: 'refused', of: 'stop', by: 'UGUEST', role: 'guest' },
    { what: 'refused', of: 'close', by: 'UWHO', role: 'unknown' },
    { what: 'refused', of: 'mute', by: 'UGUEST', role: 'guest' },
  ]);
  const fresh = play();
  expect(since(fresh, () => fresh.give(says(1, 'hello', GUEST)))).toEqual([
    { what: 'refused', of: 'start', by: 'UGUEST', role: 'guest' },
  ]);
});

it.each([
  ['while the session is made', (p: Play) => p.asked()],
  ['while it works', (p: Play) => p.working()],
])('who stopped it %s, once', (_, place) => {
  const p = place(play());
  const done = since(p, () => {
    p.give(stops(GRACE), stops(ADA));
    p.wait(60_000);
  });
  expect(done).toEqual([{ what: 'stopped', by: 'UGRACE', role: 'member' }]);
});

it('who closed it, or that its time did', () => {
  const p = play().resting();
  const closed = since(p, () => p.give(commands('close', GRACE), { kind: 'archived' }));
  expect(closed).toEqual([{ what: 'closed', why: 'asked', session: 'sesn_1', by: 'UGRACE' }]);
  const q = play().resting();
  const idle = since(q, () => {
    q.wait(DEFAULT_SETTINGS.idleTimeoutMs);
    q.give({ kind: 'archived' });
  });
  expect(idle).toEqual([{ what: 'closed', why: 'idle', session: 'sesn_1', by: '' }]);
});

it('to whom a thread was handed over, and who was not let', () => {
  const p = play().resting();
  const input = { kind: 'command', name: 'handover', user: 'UADA', to: 'UGRACE' } as const;
  expect(since(p, () => p.give({ input, author: ADA, other: { ...GRACE, there: true } }))).toEqual([
    { what: 'handed', to: 'UGRACE', by: 'UADA', role: 'member' },
  ]);
  expect(since(p, () => p.give({ input: { ...input, to: 'ULINUS' }, author: ADA, other: LINUS }))).toEqual([
    { what: 'refused', of: 'handover', by: 'UADA', role: 'member' },
  ]);
});
