/** Settings of one thread: who may, what they mean for it, and two who change the same. */
import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/core/event.ts';
import { dataFor } from '../../src/core/tune.ts';
import { settingIn } from '../../src/core/words.ts';
import { noteLine } from '../../src/render/words.ts';
import { ADA, GRACE, GUEST, NOBODY, commands, tunes } from './support/inputs.ts';
import { kinds, only, play, told, type Play } from './support/play.ts';

const notes = (now: Play): readonly unknown[] => now.state.notes.map(({ text }) => text);

describe('a thread’s own settings', () => {
  it('are set by whoever takes part, said in the thread, and taken back', () => {
    const now = play().resting();
    expect(kinds(now.give(tunes({ verbosity: 'verbose', idle_timeout: '8h' }, GRACE)))).toEqual([]);
    expect(now.state.overrides).toEqual({ verbosity: 'verbose', idle_timeout: 28_800_000 });
    const change = { verbosity: 'verbose', idle_timeout: 28_800_000 };
    expect(notes(now)).toEqual([{ is: 'tuned', by: 'UGRACE', change }]);
    now.give(tunes({ verbosity: '' }));
    expect(now.state.overrides).toEqual({ idle_timeout: 28_800_000 });
    now.give(tunes({ idle_timeout: '' }));
    expect(now.state).not.toHaveProperty('overrides');
  });

  it('stay when the session is closed', () => {
    const now = play().resting();
    now.give(tunes({ model: 'claude-opus-5' }));
    now.settle();
    now.wait(now.settings.idleTimeoutMs);
    now.give({ kind: 'archived' });
    expect(now.state.overrides).toEqual({ model: 'claude-opus-5' });
  });

  it.each<Role>(['guest', 'outsider', 'bot'])('are nothing for a %s, whatever else they may', (role) => {
    const now = play({ allow: { guests: true, outsiders: true, bots: true } }).resting();
    expect(told(now.give(tunes({ verbosity: 'quiet' }, { ...GUEST, role })))).toEqual(['UGUEST: refused']);
    expect(now.state).not.toHaveProperty('overrides');
  });

  it('are nothing for people who are not known, and in threads without a session', () => {
    expect(
      told(
        play()
          .resting()
          .give(tunes({ verbosity: 'quiet' }, NOBODY)),
      ),
    ).toEqual(['UWHO: unverified']);
    expect(told(play().give(tunes({ verbosity: 'quiet' })))).toEqual(['UADA: nothing-open']);
  });

  it.each([
    [{ verbosity: 'loud' }, { verbosity: 'Must be quiet, normal or verbose.' }],
    [{ verbosty: 'quiet' }, { verbosty: 'There is no setting called “verbosty”.' }],
    [
      { enabled: 'no' },
      { enabled: 'This cannot be set for a thread; `/heddle settings` says where it can.' },
    ],
  ])('that are wrong are told to who wrote them: %j', (wanted, wrong) => {
    const now = play().resting();
    expect(only(now.give(tunes(wanted as Record<string, string>)), 'tell').tell).toEqual({
      is: 'untuned',
      wrong,
    });
    expect(now.state).not.toHaveProperty('overrides');
  });

  it('let an agent be set by its id by admins only: members choose among those that have a name', () => {
    const now = play().resting();
    const id = tunes({ agent: 'agent_root@3' }, GRACE);
    expect(only(now.give(id), 'tell').tell).toMatchObject({
      is: 'untuned',
      wrong: { agent: expect.stringContaining('admin') },
    });
    now.give(tunes({ agent: 'reviewer' }, GRACE));
    expect(now.state.overrides).toEqual({ agent: 'reviewer' });
    now.give(tunes({ agent: 'agent_root@3' }, { ...GRACE, role: 'admin' }));
    expect(now.state.overrides).toEqual({ agent: 'agent_root@3' });
  });

  it('tell the second of two who change the same thread what changed', () => {
    const now = play().resting();
    const { shown } = dataFor({ scope: 'thread', channel: 'C1', thread: '1.2' }, {});
    now.give(tunes({ model: 'm1' }, ADA, shown));
    const late = only(now.give(tunes({ model: 'm2', verbosity: 'quiet' }, GRACE, shown)), 'tell');
    expect(late).toMatchObject({ user: 'UGRACE', tell: { is: 'tuned-meanwhile', keys: ['model'] } });
    expect(now.state.overrides).toEqual({ model: 'm1' });
  });

  it('that are so already are not said twice', () => {
    const now = play().resting();
    now.give(tunes({ verbosity: 'quiet' }));
    expect(told(now.give(tunes({ verbosity: 'quiet' }, GRACE)))).toEqual(['UGRACE: tuned-already']);
    expect(now.state.notes).toHaveLength(1);
  });

  it('count in the run that is open, and leave it alone', () => {
    const now = play().asking();
    expect(kinds(now.give(tunes({ verbosity: 'verbose' })))).toEqual([]);
    expect(now.is).toBe('asking');
  });

  it('are said with what they mean and from when on', () => {
    const line = noteLine({ is: 'tuned', by: 'UADA', change: { verbosity: 'verbose', model: null } });
    expect(line).toContain('<@UADA>');
    expect(line).toContain('*Steps shown*: Verbose: all;');
    expect(line).toContain('*Model*: as around this thread again (from the next session on)');
  });
});

describe('`settings` in a thread', () => {
  it('shows them to members, and to nobody who may not write here', () => {
    expect(told(play().resting().give(commands('settings', GRACE)))).toEqual(['UGRACE: settings']);
    expect(told(play().resting().give(commands('settings', GUEST)))).toEqual(['UGUEST: refused']);
  });

  it.each([
    ['settings verbosity verbose', { verbosity: 'verbose' }],
    ['Settings: idle_timeout 8h', { idle_timeout: '8h' }],
    ['settings idle_timeout: 8h', { idle_timeout: '8h' }],
    ['settings model = claude-opus-5', { model: 'claude-opus-5' }],
    ['settings verbosity reset', { verbosity: '' }],
    ['settings verbosty quiet', { verbosty: 'quiet' }],
    ['settings session_budget_usd 1000', { session_budget_usd: '1000' }],
    ['settings approval.approvers nobody', { 'approval.approvers': 'nobody' }],
    ['settings', undefined],
    ['settings page broken', undefined],
    ['settings model of the shop is broken', undefined],
    ['change settings verbosity quiet', undefined],
  ])('reads %j as %j', (text, wanted) => expect(settingIn(text)).toEqual(wanted));
});
