/** Folding events into a turn: T1 idempotent, T2 in the order of `processed_at`, T3 split stays split. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/core/agent-event.ts';
import {
  before,
  fold,
  hasText,
  itemsOf,
  keepPartial,
  openTurn,
  splitAfter,
  type Turn,
} from '../../src/core/turn.ts';
import { Events } from './support/inputs.ts';

const fresh = openTurn(1, 'UADA', '1.1', 0);
const foldAll = (events: readonly AgentEvent[], turn: Turn = fresh): Turn => events.reduce(fold, turn);
const textsOf = (turn: Turn): readonly string[] =>
  itemsOf(turn).flatMap((item) => (item.is === 'text' ? [item.text] : []));
const stepsOf = (turn: Turn): readonly string[] =>
  itemsOf(turn).flatMap((item) => (item.is === 'step' ? [`${item.name}: ${item.state}`] : []));

/** Histories as a session may write them: texts, tools that end well, badly or not at all, denials, errors. */
const histories = fc
  .array(
    fc.record({
      what: fc.constantFrom('text', 'tool', 'failing', 'open', 'denied', 'confirmed', 'error', 'other'),
      text: fc.string({ maxLength: 5 }),
    }),
    { maxLength: 15 },
  )
  .map((plan): readonly AgentEvent[] => {
    const ev = new Events();
    return plan.flatMap(({ what, text }, at): readonly AgentEvent[] => {
      const use = (permission: 'allow' | 'ask' = 'allow'): ReturnType<Events['tool']> =>
        ev.tool(`tool${at}`, { permission });
      switch (what) {
        case 'text':
          return [ev.text(`${at} ${text}`)];
        case 'tool':
        case 'failing': {
          const used = use();
          return [used, ev.result(used.id, what === 'failing')];
        }
        case 'open':
          return [use()];
        case 'denied':
        case 'confirmed': {
          const used = use('ask');
          const denied = what === 'denied';
          return [used, ev.confirmed(used.id, denied ? 'deny' : 'allow'), ev.result(used.id, denied)];
        }
        case 'error':
          return [ev.error('model_overloaded_error'), ev.requestEnd()];
        default:
          return [ev.other()];
      }
    });
  });

describe('folding', () => {
  it('T1: what is seen again changes nothing (fault: event-twice)', () => {
    fc.assert(
      fc.property(histories, fc.nat(), fc.nat(), (events, from, to) => {
        const once = foldAll(events);
        expect(foldAll(events, once)).toEqual(once);
        const tail = events.slice(from % (events.length + 1));
        expect(foldAll(tail, once)).toEqual(once);
        const part = foldAll(events.slice(0, to % (events.length + 1)));
        expect(foldAll(events, part)).toEqual(once);
      }),
    );
  });

  it('T2: in whatever order they come, texts stand in the order of the session (fault: event-order)', () => {
    const shuffled = histories.chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray([...events], { minLength: events.length })),
    );
    fc.assert(
      fc.property(shuffled, ([events, order]) => {
        const turn = foldAll(order);
        expect(textsOf(turn)).toEqual(textsOf(foldAll(events)));
        expect(itemsOf(turn).map(({ id }) => id)).toEqual(itemsOf(foldAll(events)).map(({ id }) => id));
      }),
    );
  });

  it('T2: equal times keep the order of arrival', () => {
    const at = '2026-11-20T10:00:00Z';
    const text = (id: string): AgentEvent => ({ type: 'agent.message', id, at, text: id });
    expect(textsOf(foldAll(['c', 'a', 'b'].map(text)))).toEqual(['c', 'a', 'b']);
  });

  it.each([
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00.001Z', true],
    ['2026-11-20T10:00:00.1Z', '2026-11-20T10:00:00.10Z', false],
    ['2026-11-20T10:00:00.000100Z', '2026-11-20T10:00:00.000200Z', true],
    ['2026-11-20T10:00:00.000200Z', '2026-11-20T10:00:00.0001Z', false],
    ['2026-11-20T10:00:00.000000001Z', '2026-11-20T10:00:00.000000002Z', true],
    ['2026-11-20T12:00:00+02:00', '2026-11-20T10:00:00.000Z', false],
    ['2026-11-20T12:00:00+02:00', '2026-11-20T10:00:01Z', true],
    ['', '2026-11-20T10:00:00Z', false],
  ])('compares %s with %s as moments: earlier %s', (a, b, earlier) => {
    expect(before(a, b)).toBe(earlier);
  });

  it('T3: a reply splits once, and what stands above it stays', () => {
    const ev = new Events();
    const above = foldAll([ev.text('one')]);
    const split = splitAfter(above, '2.2');
    const below = foldAll([ev.text('two')], split);
    expect(below.segments.map(({ after, items }) => [after, items.length])).toEqual([
      ['1.1', 1],
      ['2.2', 1],
    ]);
    expect(splitAfter(below, '2.2')).toBe(below);
    expect(splitAfter(splitAfter(below, '3.3'), '4.4').segments.map(({ after }) => after)).toEqual([
      '1.1',
      '2.2',
      '4.4',
    ]);
  });
});

describe('steps', () => {
  it.each<[string, (ev: Events) => readonly AgentEvent[], string]>([
    ['that runs', (ev) => [ev.tool('bash')], 'running'],
    ['that the service denies', (ev) => [ev.tool('bash', { permission: 'deny' })], 'denied'],
  ])('a tool %s', (_, events, state) => {
    expect(stepsOf(foldAll(events(new Events())))).toEqual([`bash: ${state}`]);
  });

  it.each([
    [false, undefined, 'done'],
    [true, undefined, 'failed'],
    [true, 'deny', 'denied'],
    [false, 'allow', 'done'],
    [true, 'allow', 'failed'],
  ] as const)('a result (error: %s) after %s makes it %s', (isError, verdict, state) => {
    const ev = new Events();
    const use = ev.tool('bash');
    const turn = foldAll([
      use,
      ...(verdict ? [ev.confirmed(use.id, verdict)] : []),
      ev.result(use.id, isError),
    ]);
    expect(stepsOf(turn)).toEqual([`bash: ${state}`]);
    expect(turn.settled).toEqual([use.id]);
  });

  it('a result that comes before its tool settles it all the same', () => {
    const ev = new Events();
    const use = ev.tool('bash');
    expect(stepsOf(foldAll([ev.result(use.id), use]))).toEqual(['bash: done']);
  });

  it('keep neither inputs nor results', () => {
    const ev = new Events();
    const use = ev.tool('bash', { input: { secret: 'hunter2' } });
    expect(JSON.stringify(foldAll([use, ev.result(use.id)]))).not.toContain('hunter2');
  });
});

describe('trouble', () => {
  it('is the newest, until a model request goes well', () => {
    const ev = new Events();
    const turn = foldAll([ev.error('a'), ev.error('b')]);
    expect(turn.trouble).toMatchObject({ type: 'b' });
    expect(fold(turn, ev.requestEnd(true)).trouble).toMatchObject({ type: 'b' });
    expect(fold(turn, ev.requestEnd()).trouble).toBeUndefined();
  });
});

describe('what was cut off', () => {
  it('stays until the whole message comes, and never beside it', () => {
    const ev = new Events();
    const whole = ev.text('a whole sentence');
    const partial = keepPartial(fresh, whole.id, 'a whole', '2026-11-20T10:00:00Z');
    expect(textsOf(partial)).toEqual(['a whole']);
    expect(textsOf(fold(partial, whole))).toEqual(['a whole sentence']);
    expect(keepPartial(fold(fresh, whole), whole.id, 'a whole', '')).toEqual(fold(fresh, whole));
    expect(keepPartial(fresh, 'x', '  ', '')).toBe(fresh);
  });

  it('moves to its place in time once it is whole', () => {
    const ev = new Events();
    const whole = ev.text('first');
    const later = ev.text('second');
    const partial = keepPartial(fold(fresh, later), whole.id, 'fir', ev.idle().at ?? '');
    expect(textsOf(partial)).toEqual(['second', 'fir']);
    expect(textsOf(fold(partial, whole))).toEqual(['first', 'second']);
  });

  it('counts as a text only where there is one to read', () => {
    const ev = new Events();
    expect(hasText(fresh)).toBe(false);
    expect(hasText(fold(fresh, ev.text(' \n ')))).toBe(false);
    expect(hasText(fold(fresh, ev.text('a')))).toBe(true);
  });
});
