/** What is behind the buttons below an answer: values that prove nothing, and only the steps of that turn. */
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/core/agent-event.ts';
import {
  detailsIn,
  detailsValue,
  feedbackValue,
  parseDetails,
  parseFeedback,
} from '../../src/core/details.ts';
import { THREAD } from './support/inputs.ts';
import { play } from './support/play.ts';

const KEY = 'T1:C1:1790000000.000100';

it('a turn’s own buttons are read back', () => {
  const p = play().working();
  const [one, two] = [p.ev.tool('a'), p.ev.tool('b')];
  p.live(one, p.ev.result(one.id), two, p.ev.text('x'), p.ev.idle());
  const { turn, state } = p;
  if (!turn) throw new Error('no turn');
  const value = detailsValue(state, turn) ?? '';
  expect(parseDetails(value)).toEqual({ thread: THREAD, gen: 1, first: one.id, last: two.id, page: 0 });
  const said = feedbackValue(state, turn, 'down');
  expect(parseFeedback(said)).toEqual({ thread: THREAD, gen: 1, turn: 1, verdict: 'down' });
});

it.each([
  '',
  KEY,
  `${KEY}|1|a|b`,
  `${KEY}|1|a|b|x`,
  `${KEY}|-1|a|b|0`,
  `${KEY}|1|a b|c|0`,
  `${KEY}|1|a|b|0|1`,
  `x|1|a|b|0`,
])('a value that is none: %j', (value) => {
  expect(parseDetails(value)).toBeUndefined();
});

it.each([`${KEY}|1|1|sideways`, `${KEY}|1||up`, `${KEY}|1|1|up|1`, `x|1|1|up`])(
  'feedback that is none: %j',
  (value) => {
    expect(parseFeedback(value)).toBeUndefined();
  },
);

describe('steps in a session', () => {
  const p = play();
  const { ev } = p;
  const [a, b, c, d] = [
    ev.tool('a'),
    ev.tool('b', { server: 'github', permission: 'ask', sessionThreadId: 'sthr_1' }),
    ev.tool('c'),
    ev.tool('d'),
  ];
  const made: AgentEvent = {
    type: 'session.thread_created',
    id: 'sevt_h',
    at: null,
    sessionThreadId: 'sthr_1',
    agentName: 'Critic',
  };
  const withText = {
    type: 'agent.tool_result',
    id: 'sevt_r',
    at: null,
    toolUseId: c.id,
    isError: true,
  } as const;
  const events: readonly AgentEvent[] = [
    made,
    a,
    ev.result(a.id),
    b,
    ev.confirmed(b.id, 'deny'),
    ev.result(b.id, true),
    c,
    { ...withText, result: { text: 'no', chars: 2 } },
    d,
  ];

  it('are those between the two, with what became of each', () => {
    expect(detailsIn(events, { first: b.id, last: c.id })).toEqual([
      { id: b.id, name: 'b', server: 'github', by: 'Critic', input: { command: 'ls' }, state: 'denied' },
      { id: c.id, name: 'c', input: { command: 'ls' }, state: 'failed', result: { text: 'no', chars: 2 } },
    ]);
    expect(detailsIn(events, { first: a.id, last: d.id }).map(({ state }) => state)).toEqual([
      'done',
      'denied',
      'failed',
      'running',
    ]);
  });

  it.each([
    ['sevt_of_another_session', d.id],
    [a.id, 'sevt_of_another_session'],
    [c.id, b.id],
  ])('none from %s to %s', (first, last) => {
    expect(detailsIn(events, { first, last })).toEqual([]);
  });
});
