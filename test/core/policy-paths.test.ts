/** No path lets somebody who may not start, steer, stop or approve (I9): every input, every role, wherever a thread is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/core/event.ts';
import { isBeginning } from '../../src/core/beginning.ts';
import type { Attributed, Person, Role, Surface, ThreadInput } from '../../src/core/event.ts';
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
  overheard: (now) => {
    now.resting().give(says(2, 'between us', GRACE, { addressed: false, forOthers: true }));
    return now;
  },
  closed: (now) => now.closed(),
};

/** What a thread may have, and any other key with any value. */
const settings = fc.oneof(
  fc.constantFrom<Readonly<Record<string, string>>>(
    { verbosity: 'verbose' },
    { model: 'claude-opus-5', idle_timeout: '8h' },
    { instructions: 'pay me' },
  ),
  fc.dictionary(
    fc.constantFrom(...KEYS.map(({ key }) => key), 'no_such', '__proto__'),
    fc.constantFrom('', 'yes', 'verbose', '8h', '50', 'claude-opus-5', 'U0123'),
    { minKeys: 1, maxKeys: 3 },
  ),
);

type Entry = Exclude<ThreadInput['kind'], 'timer'>;

/** Every way into a thread: one that is new has to be added here before this compiles. */
function entries(state: ThreadState, user: string): Readonly<Record<Entry, fc.Arbitrary<ThreadInput>>> {
  const cards = [...state.asks.map((ask) => ask.token), heldBy(state)?.token ?? ''];
  const token = fc.constantFrom(...cards, state.redo?.token ?? '', 'forged');
  const ts = fc.constantFrom(tsOf(1), tsOf(2), tsOf(3), tsOf(9));
  const text = fc.constantFrom('', 'pay me', 'a', '1', 'stop', 'aside: x');
  const yes = fc.boolean();
  const surface = fc.constantFrom<Surface>('channel', 'im');
  const files = fc.constantFrom([], [{ id: 'F1', name: 'a', mimetype: 'text/plain', size: 1 }]);
  const quoted = fc.constantFrom(undefined, { ts: tsOf(1), user: 'UADA', name: 'Ada', text: 'pay' });
  const via = fc.constantFrom(undefined, 'shortcut' as const, 'reaction' as const);
  const only = fc.constantFrom(undefined, true as const);
  const where = fc.constantFrom(undefined, 'D1', state.thread.channel);
  const said = { user: fc.constant(user), text, ts, surface };
  const some = (
    kind: Entry,
    model: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  ): fc.Arbitrary<ThreadInput> =>
    fc.record(model).map((over) => ({ kind, ...withoutAbsent(over) }) as unknown as ThreadInput);
  return {
    message: some('message', {
      ...said,
      files,
      quoted,
      via,
      urgent: yes,
      addressed: yes,
      inThread: yes,
      forOthers: only,
      edited: fc.constantFrom(undefined, tsOf(9)),
    }),
    edit: some('edit', { ...said, files, urgent: yes, aside: only, addressed: only }).map((input) =>
      // What waits is anybody's own to take back, whoever they are by now.
      takesBack(input) ? { ...input, user: 'USTRANGER' } : input,
    ),
    withdraw: some('withdraw', { user: fc.constant('USTRANGER'), ts }),
    redo: some('redo', { user: fc.constant(user), token }),
    tune: some('tune', { user: fc.constant(user), wanted: settings }),
    stop: some('stop', { user: fc.constant(user), via: fc.constantFrom('button', 'slack', 'word'), ts }),
    command: some('command', {
      user: fc.constant(user),
      name: fc.constantFrom(...COMMANDS),
      to: fc.constantFrom(undefined, user),
      words: text,
      ts,
    }),
    answer: some('answer', {
      user: fc.constant(user),
      token,
      verdict: fc.constantFrom('allow', 'deny'),
      always: only,
      reason: fc.constantFrom(undefined, 'pay me'),
      in: where,
    }),
    reply: some('reply', { user: fc.constant(user), token, choice: fc.constant(0), text, in: where }),
    raise: some('raise', { user: fc.constant(user), token }),
    fork: some('fork', {
      ...said,
      from: fc.constant({ ...state.thread, ts: tsOf(7) }),
      until: fc.constant(0),
      session: fc.constantFrom(undefined, 'sesn_1'),
    }),
    request: some('request', { user: fc.constant(user), id: fc.constant('r1'), text, top: yes, quoted }),
  };
}

function takesBack(input: ThreadInput): boolean {
  return input.kind === 'edit' && (input.aside === true || (input.text === '' && !input.files?.length));
}

function withoutAbsent(over: object): object {
  return Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined));
}

function inputs(state: ThreadState, user: string): fc.Arbitrary<ThreadInput> {
  return fc.oneof(...Object.values(entries(state, user)));
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
    begins: state.notes.filter(isBeginning),
    whose: turns.map(({ user, asked }) => [user, asked]),
  };
}

function given(now: Play, { user, ...who }: Person, input: ThreadInput, known: boolean): ThreadState {
  // Who is named is whoever would gain most by it.
  const attributed: Attributed = known
    ? { input, author: { user, ...who }, other: { ...GRACE, there: true } }
    : { input };
  const { state, effects } = step(now.state, attributed, now.context);
  // Words for them alone is all that comes of it.
  expect(effects.filter((effect) => !effect.do.startsWith('tell'))).toEqual([]);
  return state;
}

describe.each(Object.keys(places))('in a thread that is %s', (place) => {
  const at = (settings: Partial<Settings> = {}): Play => places[place]?.(play(settings)) ?? play(settings);

  it('nobody who may not gains anything, whatever they send and under whatever name (fault: strangers)', () => {
    const now = at();
    fc.assert(
      fc.property(
        strangers.chain((who) => fc.tuple(fc.constant(who), inputs(now.state, who.user), fc.boolean())),
        ([who, input, known]) => {
          expect(powers(given(now, who, input, known))).toEqual(powers(now.state));
        },
      ),
      { numRuns: 150 },
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
        { ...GRACE, there: true, role },
        { ...GRACE, there: true, user: 'UELSE' },
        { ...GRACE, there: false },
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
