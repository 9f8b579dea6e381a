/** The step is total: any inputs, in any order and any number, also such as make no sense (I2). */
import fc from 'fast-check';
import { describe, it, expect } from 'vitest';
import type { AgentEvent } from '../../src/core/agent-event.ts';
import { encodeState } from '../../src/core/record.ts';
import { step, type ActorInput } from '../../src/core/session.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { newThread, type Effect, type Failure, type ThreadState } from '../../src/core/state.ts';
import { timersOf } from '../../src/core/rest.ts';
import {
  ADA,
  GRACE,
  GUEST,
  NOBODY,
  THREAD,
  answers,
  commands,
  deletes,
  edits,
  markOf,
  redoes,
  says,
  stops,
  timer,
  tunes,
} from './support/inputs.ts';

const failures = fc.record<Failure>({
  kind: fc.constantFrom('retry', 'gone', 'refused', 'fatal', 'unknown'),
  code: fc.constantFrom('requires_action', 'budget_reached', 'session_running', 'other'),
});
const marks = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 2 }))
  .map(([n, resent]) => markOf(n, ADA, resent));
const toolIds = fc.constantFrom('tool1', 'tool2', 'tool3');
const moments = fc.integer({ min: 0, max: 9 }).map((n) => `2026-11-20T10:00:00.00${n}Z`);
const ids = fc.integer({ min: 1, max: 30 }).map((n) => `sevt_${n}`);

const plain = fc.constantFrom(
  { type: 'session.status_running' },
  { type: 'session.status_rescheduled' },
  { type: 'session.status_terminated' },
  { type: 'session.deleted' },
  { type: 'user.interrupt' },
  { type: 'agent.thinking' },
  { type: 'session.status_idle', reason: { type: 'end_turn' } },
  { type: 'session.status_idle', reason: { type: 'retries_exhausted' } },
  { type: 'session.status_idle', reason: { type: 'budget_reached' } },
  { type: 'session.status_idle', reason: { type: 'unknown', name: 'x' } },
  { type: 'session.status_idle', reason: { type: 'refusal', category: null, explanation: null } },
  { type: 'other', name: 'x' },
  { type: 'session.error', error: { type: 'x', message: '', retry: 'retrying' } },
);
const particular = fc.oneof(
  marks.map((mark) => ({ type: 'user.message', text: 'x', mark })),
  fc.constant({ type: 'user.message', text: 'x' }),
  fc.string().map((text) => ({ type: 'agent.message', text })),
  fc
    .tuple(fc.constantFrom('builtin', 'mcp', 'custom'), fc.constantFrom('allow', 'ask', 'deny', 'unknown'))
    .map(([tool, permission]) => ({ type: 'agent.tool_use', tool, permission, name: 't', input: {} })),
  toolIds.map((toolUseId) => ({ type: 'agent.tool_result', toolUseId, isError: false })),
  toolIds.map((toolUseId) => ({ type: 'user.tool_confirmation', toolUseId, result: 'deny' })),
  toolIds.map((toolUseId) => ({ type: 'user.custom_tool_result', toolUseId })),
  fc
    .array(toolIds)
    .map((eventIds) => ({ type: 'session.status_idle', reason: { type: 'requires_action', eventIds } })),
);
const events = fc.array(
  fc
    .tuple(fc.oneof(plain, particular), fc.oneof(ids, toolIds), fc.option(moments))
    .map(([event, id, at]) => ({ ...event, id, at }) as AgentEvent),
  { maxLength: 5 },
);
const sessions = fc.constantFrom('sesn_1', 'sesn_2');
const people = fc.constantFrom(ADA, ADA, GRACE, GUEST, NOBODY);

const inputs: fc.Arbitrary<
  ActorInput | { readonly timer: 'idle' | 'doubt' | 'retry' | 'watch' } | { readonly press: number }
> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom('words', ''), people, fc.boolean())
    .map(([n, text, who, urgent]) => says(n, text, who, { urgent })),
  people.map((who) => stops(who)),
  fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom('words', 'others', ''), people, fc.boolean())
    .map(([n, text, who, urgent]) => edits(n, text, who, { urgent })),
  fc.tuple(fc.integer({ min: 1, max: 5 }), people).map(([n, who]) => deletes(n, who)),
  people.map((who) => redoes('token', who)),
  fc
    .tuple(fc.integer({ min: 1, max: 5 }), people, fc.boolean())
    .map(([n, who, forOthers]) =>
      says(n, 'words', who, { addressed: false, ...(forOthers ? { forOthers } : {}) }),
    ),
  fc
    .tuple(fc.constantFrom('mute' as const, 'unmute' as const), people)
    .map(([name, who]) => commands(name, who)),
  people.map((who) => commands('close', who)),
  people.map((who) => tunes({ verbosity: 'quiet', model: '' }, who)),
  fc
    .constantFrom('idle' as const, 'doubt' as const, 'retry' as const, 'watch' as const)
    .map((name) => ({ timer: name })),
  fc.nat({ max: 3 }).map((press) => ({ press })),
  events.chain((some) =>
    fc.constantFrom<ActorInput>(
      { kind: 'events', events: some, source: 'live' },
      { kind: 'events', events: some, source: 'history' },
      { kind: 'looked', events: some },
    ),
  ),
  fc.constantFrom<ActorInput>(
    { kind: 'taken-over' },
    { kind: 'recalled', before: '1790000000.009900', messages: 1, leftOut: 0, missing: false, text: 'B' },
    { kind: 'interrupted' },
    { kind: 'checked', status: 'idle' },
    { kind: 'checked', status: 'running' },
    { kind: 'checked', status: 'terminated' },
    { kind: 'session-lost', how: 'deleted' },
    { kind: 'archived' },
    { kind: 'plainer' },
    { kind: 'settled', turns: [], asks: [], notes: [1, 2] },
  ),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), sessions)
    .map(([gen, session]): ActorInput => ({ kind: 'created', gen, session })),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.option(sessions, { nil: undefined }))
    .map(([gen, session]): ActorInput => ({ kind: 'found', gen, session })),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), failures)
    .map(([gen, failure]): ActorInput => ({ kind: 'create-failed', gen, failure })),
  fc.array(marks).map((sent): ActorInput => ({ kind: 'sent', marks: sent, ids: [] })),
  fc
    .tuple(fc.array(marks), failures)
    .map(([sent, failure]): ActorInput => ({ kind: 'send-failed', marks: sent, failure, at: 0 })),
  failures.map((failure): ActorInput => ({ kind: 'interrupt-failed', failure, at: 0 })),
  fc
    .tuple(fc.array(toolIds), failures)
    .map(([given, failure]): ActorInput => ({ kind: 'answers-failed', ids: given, failure, at: 0 })),
  fc.array(toolIds).map((given): ActorInput => ({ kind: 'answers-sent', ids: given })),
  failures.map((failure): ActorInput => ({ kind: 'archive-failed', failure })),
  fc
    .tuple(fc.constantFrom('look' as const, 'feed' as const, 'find' as const, 'check' as const), failures)
    .map(([what, failure]): ActorInput => ({ kind: 'read-failed', what, failure })),
);

/** What no step may do, whatever it was given. */
class Watch {
  private readonly creating = new Map<number, boolean>();

  see(before: ThreadState, after: ThreadState, effects: readonly Effect[], input: ActorInput): void {
    for (const effect of effects) {
      if (effect.do === 'create') {
        // One create a generation, and another only after a look or a certain failure.
        expect(this.creating.get(effect.gen) ?? false, `a second create of ${effect.gen}`).toBe(false);
        this.creating.set(effect.gen, true);
      }
      if (effect.do === 'find') this.creating.set(effect.gen, false);
    }
    if (!('input' in input) && input.kind === 'create-failed' && input.failure.kind === 'retry')
      this.creating.set(input.gen, false);
    if (effects.filter((effect) => effect.do === 'send').length > 1) throw new Error('two requests at once');
    for (const ask of before.asks) {
      const now = after.asks.find(({ toolUseId }) => toolUseId === ask.toolUseId);
      if (now && ask.step.is !== 'open') expect(now.step.is).not.toBe('open');
    }
    const text = encodeState(after);
    if (text !== null) expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(after));
  }
}

describe('the step, whatever it is given', () => {
  it('never throws, never creates or sends twice, reopens no question, and stays plain JSON', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(inputs, fc.nat({ max: 20_000 })), { maxLength: 60, size: 'max' }),
        (given) => {
          let state = newThread(THREAD, 'channel');
          let now = 1_790_000_000_000;
          const watch = new Watch();
          given.forEach(([what, ms], at) => {
            now += ms;
            const input: ActorInput =
              'timer' in what
                ? timer(what.timer, state.armed[what.timer] ?? 0)
                : 'press' in what
                  ? answers(state.asks[what.press]?.token ?? 'none', 'allow')
                  : 'kind' in what && what.kind === 'settled'
                    ? { ...what, turns: state.turns, asks: state.asks }
                    : what;
            const context = {
              now,
              settings: DEFAULT_SETTINGS,
              settleMs: 8_000,
              token: `token${at}.`,
              draining: ms % 17 === 0,
            };
            const { state: after, effects } = step(state, input, context);
            watch.see(state, after, effects, input);
            state = { ...after, armed: timersOf(after, context) };
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});
