/** No path lets somebody who may not start, steer, stop or approve (I9): every input, every role, wherever a thread is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributed, Person, Role, ThreadInput } from '../../src/core/event.ts';
import { heldBy } from '../../src/core/hold.ts';
import { mayTalk } from '../../src/core/policy.ts';
import { KEYS } from '../../src/core/setting-keys.ts';
import { step } from '../../src/core/session.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';
import type { ThreadState } from '../../src/core/state.ts';
import { mayChange } from '../../src/core/tune.ts';
import { ADA, GRACE, says, tsOf } from './support/inputs.ts';
import { play, type Play } from './support/play.ts';

const OPEN: Settings = { ...DEFAULT_SETTINGS, allow: { guests: true, outsiders: true, bots: true } };

/** Somebody who writes under any name, also that of who asked: the role decides. */
const strangers = fc.record({
  user: fc.constantFrom('UADA', 'UGRACE', 'USTRANGER'),
  name: fc.constantFrom('Ada', 'Mallory'),
  role: fc.constantFrom<Role>('guest', 'outsider', 'bot', 'unknown'),
  groups: fc.constant(['SGROUP']),
});

const places: Readonly<Record<string, (now: Play) => Play>> = {
  none: (now) => now,
  starting: (now) => now.asked(),
  sending: (now) => now.sending(),
  sent: (now) => now.sent(),
  working: (now) => now.working(),
  asking: (now) => now.asking(),
  voting: (now) => now.asking(),
  questioned: (now) => {
    now.working();
    const use = now.ev.tool('ask_user', { tool: 'custom', input: { question: 'Which?', choices: ['a'] } });
    now.live(use, now.ev.asks(use.id));
    return now;
  },
  held: (now) => {
    now.asking().give(says(2, 'held', GRACE));
    return now;
  },
  resting: (now) => now.resting(),
  spent: (now) => {
    now.working().live(now.ev.text('half'), now.ev.idle({ type: 'budget_reached' }));
    return now;
  },
  offered: (now) => {
    now.resting().give({
      input: { kind: 'edit', ts: tsOf(1), user: 'UADA', text: 'x', urgent: false, surface: 'channel' },
      author: ADA,
    });
    return now;
  },
  closed: (now) => now.closed(),
};

/** Of any key, also of those that are no thread's. */
const settings = fc.dictionary(
  fc.constantFrom(...KEYS.map(({ key }) => key), 'no_such', '__proto__'),
  fc.constantFrom('', 'yes', 'verbose', '8h', '50', 'claude-opus-5', 'U0123'),
  { minKeys: 1, maxKeys: 3 },
);

function inputs(state: ThreadState, user: string): fc.Arbitrary<ThreadInput> {
  const cards = [...state.asks.map((ask) => ask.token), heldBy(state)?.token ?? ''];
  const token = fc.constantFrom(...cards, state.redo?.token ?? '', 'forged');
  const ts = fc.constantFrom(tsOf(1), tsOf(2), tsOf(9));
  const text = fc.constantFrom('', 'pay me', 'a', '1', 'stop');
  const yes = fc.boolean();
  return fc.oneof(
    fc
      .record({ ts, text, urgent: yes, addressed: yes, inThread: yes })
      .map((over): ThreadInput => ({ kind: 'message', user, files: [], surface: 'channel', ...over })),
    fc.tuple(ts, text, yes).map(([at, said, urgent]): ThreadInput => ({
      kind: 'edit',
      ts: at,
      user,
      text: said,
      urgent,
      surface: 'channel',
    })),
    token.map((each): ThreadInput => ({ kind: 'redo', user, token: each })),
    token.map((each): ThreadInput => ({ kind: 'raise', user, token: each })),
    settings.map((wanted): ThreadInput => ({ kind: 'tune', user, wanted })),
    fc.tuple(token, yes, yes).map(([each, allow, always]): ThreadInput => ({
      kind: 'answer',
      user,
      token: each,
      verdict: allow ? 'allow' : 'deny',
      ...(always ? { always } : {}),
    })),
    fc
      .constantFrom('resume', 'handover' as const)
      .map((name): ThreadInput => ({ kind: 'command', user, name, to: user, ts: tsOf(9) }) as ThreadInput),
    fc
      .tuple(token, text)
      .map(([each, said]): ThreadInput => ({ kind: 'reply', user, token: each, choice: 0, text: said })),
  );
}

/** What may not come to be by somebody who may nothing. */
function powers(state: ThreadState): unknown {
  const { sends, asks, allowed, context, phase, turnNo, gen, muted, redo, overrides } = state;
  const { owner, resumed, turns } = state;
  const words = sends.map(({ mark, words: said, change }) => ({ mark, said, change }));
  const steps = asks.map(({ step: at, votes }) => ({ at, votes }));
  return {
    words,
    steps,
    allowed,
    context,
    is: phase.is,
    stop: 'stop' in phase && phase.stop,
    turnNo,
    gen,
    held: heldBy(state),
    muted,
    redo,
    overrides,
    owner,
    resumed,
    whose: turns.map(({ user, asked }) => [user, asked]),
  };
}

function given(now: Play, { user, ...who }: Person, input: ThreadInput, known: boolean): ThreadState {
  // Who is named is whoever would gain most by it.
  const attributed: Attributed = known ? { input, author: { user, ...who }, other: GRACE } : { input };
  return step(now.state, attributed, now.context).state;
}

describe.each(Object.keys(places))('in a thread that is %s', (place) => {
  const at = (settings: Partial<Settings> = {}): Play => places[place]?.(play(settings)) ?? play(settings);

  it('nobody who may not gains anything, whatever they send and under whatever name', () => {
    const now = at();
    fc.assert(
      fc.property(
        strangers.chain((who) => fc.tuple(fc.constant(who), inputs(now.state, who.user), fc.boolean())),
        ([who, input, known]) => {
          expect(powers(given(now, who, input, known))).toEqual(powers(now.state));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('guests and bots stop, close and mute nothing, and people who are not known do not either', () => {
    const now = at();
    const acts: readonly ThreadInput[] = [
      { kind: 'stop', user: 'UADA', via: 'button' },
      { kind: 'command', user: 'UADA', name: 'handover', to: 'UGRACE' },
      ...(['close', 'mute', 'unmute'] as const).map((name): ThreadInput => ({
        kind: 'command',
        user: 'UADA',
        name,
      })),
    ];
    for (const role of ['guest', 'outsider', 'bot', 'unknown'] as const)
      for (const input of acts) {
        const after = given(now, { ...ADA, role }, input, role !== 'unknown');
        expect(powers(after)).toEqual(powers(now.state));
      }
  });

  it('who may write approves nothing all the same, unless they are named', () => {
    const now = at(OPEN);
    for (const role of ['guest', 'outsider', 'bot'] as const) {
      expect(mayTalk({ ...ADA, role }, OPEN)).toBe('yes');
      for (const { token } of now.state.asks.filter(({ question }) => !question)) {
        const input: ThreadInput = { kind: 'answer', user: 'UADA', token, verdict: 'allow', always: true };
        expect(powers(given(now, { ...ADA, role }, input, true))).toEqual(powers(now.state));
      }
    }
  });

  it('members and admins set what is a thread’s, of what is theirs, and nothing else', () => {
    const now = at();
    fc.assert(
      fc.property(settings, fc.constantFrom<Role>('member', 'admin'), (wanted, role) => {
        const after = given(now, { ...GRACE, role }, { kind: 'tune', user: GRACE.user, wanted }, true);
        const theirs = KEYS.filter((key) => mayChange({ ...GRACE, role }, 'thread', key));
        const set = Object.keys(after.overrides ?? {});
        expect(theirs.map(({ key }) => key)).toEqual(expect.arrayContaining(set));
        expect({ ...(powers(after) as object), overrides: 0 }).toEqual({
          ...(powers(now.state) as object),
          overrides: 0,
        });
      }),
      { numRuns: 40 },
    );
  });

  it('no member hands over what is not theirs, to nobody who may not write, and not on anybody’s word', () => {
    const now = at();
    const input: ThreadInput = { kind: 'command', user: 'USTRANGER', name: 'handover', to: 'UGRACE' };
    const stranger: Person = { user: 'USTRANGER', name: 'S', role: 'member' };
    expect(powers(given(now, stranger, input, true))).toEqual(powers(now.state));
    for (const role of ['guest', 'outsider', 'bot', 'unknown'] as const)
      for (const other of [
        { ...GRACE, role },
        { ...GRACE, user: 'UELSE' },
      ]) {
        const attributed: Attributed = { input: { ...input, user: 'UADA' }, author: ADA, other };
        expect(powers(step(now.state, attributed, now.context).state)).toEqual(powers(now.state));
      }
  });

  it('deleting takes back one’s own words alone', () => {
    const now = at();
    const input: ThreadInput = { kind: 'withdraw', ts: tsOf(1), user: 'USTRANGER' };
    const after = given(now, { user: 'USTRANGER', name: 'S', role: 'member' }, input, true);
    expect(powers(after)).toEqual(powers(now.state));
  });
});
