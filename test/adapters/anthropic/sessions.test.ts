import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgentPort, plainTitle } from '../../../src/adapters/anthropic/sessions.ts';
import type { AgentPortOptions } from '../../../src/adapters/anthropic/sessions.ts';
import type { OutgoingEvent } from '../../../src/core/agent-event.ts';
import { formatMark } from '../../../src/core/mark.ts';
import { ConfigError } from '../../../src/errors.ts';
import { systemClock } from '../../../src/lib/time.ts';
import type { NewSession } from '../../../src/ports.ts';
import { cut, failureOf, hang, json, keptLog, problem, startWire } from './wire.ts';
import type { Answer, Wire } from './wire.ts';

let wire: Wire;

beforeEach(async () => {
  wire = await startWire();
});

afterEach(() => wire.close());

function portTo(more: Partial<AgentPortOptions> = {}) {
  return createAgentPort({
    apiKey: 'sk-ant-test',
    baseURL: wire.baseUrl,
    agent: { id: 'agent_1', version: 7 },
    environmentId: 'env_1',
    appId: 'A1',
    log: keptLog(),
    clock: systemClock,
    ...more,
  });
}

const thread = { team: 'T1', channel: 'C1', ts: '1790000000.000100' };
const asked: NewSession = { title: 'Why is the build red?', thread, gen: 2, budgetUsd: 10 };
const hello: OutgoingEvent = { type: 'user.message', texts: ['hello'] };
const session = (fields: object = {}) => ({
  type: 'session',
  id: 'sesn_1',
  status: 'idle',
  archived_at: null,
  metadata: { app: 'A1', thread: 'T1:C1:1790000000.000100', gen: '2' },
  ...fields,
});
const waiting =
  'Invalid user.message event at events[0]: waiting on responses to events [sevt_9]; only `user.tool_confirmation`, ' +
  '`user.custom_tool_result`, `user.tool_result`, or `user.interrupt` may be sent';

/** An answer whose headers arrive and whose body does not. */
const halfAnswered: Answer = (_asked, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"id":');
};

describe('create', () => {
  it('says agent, environment, thread, budget and title', async () => {
    wire.answer(json(session()));
    expect(await portTo().create(asked)).toBe('sesn_1');
    expect(wire.asked[0]?.body).toEqual({
      agent: { type: 'agent', id: 'agent_1', version: 7 },
      environment_id: 'env_1',
      metadata: {
        app: 'A1',
        team: 'T1',
        channel: 'C1',
        thread_ts: '1790000000.000100',
        thread: 'T1:C1:1790000000.000100',
        gen: '2',
      },
      title: 'Why is the build red?',
      budget: { type: 'limit', max_list_cost: { amount: '1000', currency: 'USD' } },
    });
  });

  it('an unpinned agent, no budget and an empty title are left out', async () => {
    wire.answer(json(session()));
    await portTo({ agent: { id: 'agent_1' } }).create({ ...asked, title: '\u200b \n', budgetUsd: 0 });
    expect(wire.asked[0]?.body).toMatchObject({ agent: 'agent_1' });
    expect(wire.asked[0]?.body).not.toHaveProperty('budget');
    expect(wire.asked[0]?.body).not.toHaveProperty('title');
  });

  it.each([
    [
      'the agent is archived',
      problem(400, 'invalid_request_error', 'Agent agent_1 is archived'),
      'fatal',
      'invalid_request_error',
    ],
    [
      'the environment is not there',
      problem(404, 'not_found_error', 'Environment not found: env_1'),
      'fatal',
      'not_found_error',
    ],
    [
      'the environment is archived',
      problem(400, 'invalid_request_error', 'no', { code: 'environment_archived' }),
      'fatal',
      'environment_archived',
    ],
    [
      'the model has no price',
      problem(400, 'invalid_request_error', 'no', { code: 'model_not_budgetable' }),
      'fatal',
      'model_not_budgetable',
    ],
    [
      'anything else is wrong',
      problem(400, 'invalid_request_error', 'metadata is too long'),
      'refused',
      'invalid_request_error',
    ],
    ['it is no session that comes back', json({ hello: 'world' }), 'unknown', 'bad_answer'],
    [
      'it is HTML that comes back',
      (_asked: unknown, response: ServerResponse) => response.end('<html>'),
      'unknown',
      'bad_answer',
    ],
  ] as const)('%s', async (_name, answer, kind, code) => {
    wire.answer(answer);
    expect(await failureOf(portTo().create(asked))).toMatchObject({ kind, code });
  });
});

describe('a write without an answer may have happened, and is made once (F1)', () => {
  const writes = {
    create: () => portTo({ writeMs: 80 }).create(asked),
    send: () => portTo({ writeMs: 80 }).send('sesn_1', [hello]),
  };
  it.each(
    (['create', 'send'] as const).flatMap((call) => [
      { call, name: 'cut after it was read', answer: cut, code: 'connection_lost' },
      { call, name: 'never answered', answer: hang, code: 'timeout' },
      { call, name: 'answered with half a body', answer: halfAnswered, code: 'timeout' },
      { call, name: '500', answer: problem(500, 'api_error', 'oh'), code: 'api_error' },
      { call, name: '503', answer: problem(503, 'api_error', 'oh'), code: 'api_error' },
      { call, name: '504', answer: problem(504, 'timeout_error', 'oh'), code: 'timeout_error' },
      { call, name: '529', answer: problem(529, 'overloaded_error', 'Overloaded'), code: 'overloaded_error' },
    ]),
  )('$call: $name', async ({ call, answer, code }) => {
    wire.answer(answer);
    expect(await failureOf(writes[call]())).toMatchObject({ kind: 'unknown', code });
    expect(wire.asked).toHaveLength(1);
  });

  it('a connection that was never opened had no effect', async () => {
    const port = portTo();
    await wire.close();
    expect(await failureOf(port.send('sesn_1', [hello]))).toMatchObject({
      kind: 'retry',
      code: 'unreachable',
    });
    wire = await startWire();
  });
});

describe('what every call can meet', () => {
  it.each([
    ['401', problem(401, 'authentication_error', 'no'), { kind: 'fatal', code: 'authentication_error' }],
    ['403', problem(403, 'permission_error', 'no'), { kind: 'fatal', code: 'permission_error' }],
    ['402', problem(402, 'billing_error', 'no'), { kind: 'fatal', code: 'billing_error' }],
    ['413', problem(413, 'request_too_large', 'no'), { kind: 'refused', code: 'request_too_large' }],
    [
      '429 with seconds',
      problem(429, 'rate_limit_error', 'slow down', { headers: { 'retry-after': '7' } }),
      { kind: 'retry', code: 'rate_limit_error', retryAfterMs: 7000, status: 429 },
    ],
    [
      '429 with milliseconds',
      problem(429, 'rate_limit_error', 'slow down', {
        headers: { 'retry-after-ms': '250', 'retry-after': '1' },
      }),
      { kind: 'retry', retryAfterMs: 250 },
    ],
    [
      '429 without a time',
      problem(429, 'rate_limit_error', 'slow down'),
      { kind: 'retry', retryAfterMs: undefined },
    ],
    [
      '429 of a spending cap by its code',
      problem(429, 'rate_limit_error', 'no', { code: 'enforced_spend_limit_reached' }),
      { kind: 'fatal', code: 'enforced_spend_limit_reached' },
    ],
    [
      '429 of a spending cap by its words',
      problem(429, 'rate_limit_error', 'This request would exceed your monthly spend limit'),
      { kind: 'fatal', code: 'spend_limit' },
    ],
    [
      '400 of an organization on hold',
      problem(400, 'invalid_request_error', 'no', { code: 'organization_on_hold' }),
      { kind: 'fatal', code: 'organization_on_hold' },
    ],
  ] as const)('%s', async (_name, answer, expected) => {
    wire.answer(answer);
    expect(await failureOf(portTo().send('sesn_1', [hello]))).toMatchObject(expected);
    expect(await failureOf(portTo().status('sesn_1'))).toMatchObject(expected);
    expect(await failureOf(portTo().create(asked))).toMatchObject(expected);
  });

  it('a retry-after that is a date', async () => {
    const clock = { ...systemClock, now: () => Date.parse('2026-11-20T10:00:00Z') };
    wire.answer(
      problem(429, 'rate_limit_error', 'x', { headers: { 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT' } }),
    );
    expect(await failureOf(portTo({ clock }).status('sesn_1'))).toMatchObject({ retryAfterMs: 30_000 });
  });

  it('no credential is a setting that is missing', () => {
    expect(() => portTo({ apiKey: '' })).toThrow(ConfigError);
  });

  it('a bearer token goes in place of the key', async () => {
    wire.answer(json(session()));
    await portTo({ apiKey: undefined, authToken: 'tok' }).status('sesn_1');
    expect(wire.asked[0]?.headers.authorization).toBe('Bearer tok');
    expect(wire.asked[0]?.headers['x-api-key']).toBeUndefined();
  });
});

describe('send', () => {
  const echoed = json({
    data: [
      { type: 'user.interrupt', id: 'sevt_1' },
      { type: 'user.message', id: 'sevt_2' },
    ],
  });

  it('sends everything in one request, in order, and answers with the ids', async () => {
    wire.answer(echoed);
    const sent = await portTo().send('sesn_1', [
      { type: 'user.interrupt' },
      { type: 'user.message', texts: ['<context/>', '', 'words', '<slack/>'] },
    ]);
    expect(sent).toEqual([{ id: 'sevt_1' }, { id: 'sevt_2' }]);
    const texts = ['<context/>', 'words', '<slack/>'].map((text) => ({ type: 'text', text }));
    expect(wire.asked[0]?.body).toEqual({
      events: [{ type: 'user.interrupt' }, { type: 'user.message', content: texts }],
    });
  });

  it('answers to tools', async () => {
    wire.answer(json({ data: [] }));
    await portTo().send('sesn_1', [
      { type: 'user.tool_confirmation', toolUseId: 'sevt_7', result: 'deny', denyMessage: 'no' },
      { type: 'user.tool_confirmation', toolUseId: 'sevt_8', result: 'allow', denyMessage: 'ignored' },
      { type: 'user.custom_tool_result', toolUseId: 'sevt_9', text: '42', isError: false },
    ]);
    expect(wire.asked[0]?.body).toEqual({
      events: [
        { type: 'user.tool_confirmation', tool_use_id: 'sevt_7', result: 'deny', deny_message: 'no' },
        { type: 'user.tool_confirmation', tool_use_id: 'sevt_8', result: 'allow' },
        {
          type: 'user.custom_tool_result',
          custom_tool_use_id: 'sevt_9',
          is_error: false,
          content: [{ type: 'text', text: '42' }],
        },
      ],
    });
  });

  it('an interrupt that had nothing to interrupt has no id; a message without one is a doubt', async () => {
    wire.answer(json({ data: [] }));
    expect(await portTo().send('sesn_1', [{ type: 'user.interrupt' }])).toEqual([{ id: '' }]);
    expect(await failureOf(portTo().send('sesn_1', [hello]))).toMatchObject({
      kind: 'unknown',
      code: 'bad_answer',
    });
  });

  it.each([
    ['it waits for an answer', problem(400, 'invalid_request_error', waiting), 'refused', 'requires_action'],
    [
      'the budget is reached',
      problem(
        400,
        'invalid_request_error',
        'session budget reached; only user.tool_confirmation, user.tool_result, user.custom_tool_result, user.interrupt may be sent',
      ),
      'refused',
      'budget_reached',
    ],
    [
      'the event is wrong',
      problem(400, 'invalid_request_error', 'events[0]: redacted blocks are not allowed'),
      'refused',
      'invalid_request_error',
    ],
  ] as const)('%s', async (_name, answer, kind, code) => {
    wire.answer(answer);
    expect(await failureOf(portTo().send('sesn_1', [hello]))).toMatchObject({ kind, code });
    expect(wire.asked).toHaveLength(1);
  });

  const endings: readonly [string, Answer][] = [
    ['409', problem(409, 'invalid_request_error', 'Cannot send events to an archived session')],
    ['409 in other words', problem(409, 'conflict_error', 'no')],
    ['404', problem(404, 'not_found_error', 'session has been archived')],
    ['400', problem(400, 'invalid_request_error', 'Session sesn_1 does not exist')],
    ['400 terminated', problem(400, 'invalid_request_error', 'Session sesn_1 is terminated')],
  ];
  it.each(endings)('%s is believed when the session is gone (F2)', async (_name, answer) => {
    wire.answer(answer, json(session({ status: 'terminated', archived_at: '2026-11-20T10:00:00Z' })));
    expect(await failureOf(portTo().send('sesn_1', [hello]))).toMatchObject({ kind: 'gone' });
    wire.answer(answer, problem(404, 'not_found_error', 'Session not found: sesn_1'));
    expect(await failureOf(portTo().send('sesn_1', [hello]))).toMatchObject({ kind: 'gone' });
  });

  it.each(endings)('%s is not believed while the session lives', async (_name, answer) => {
    wire.answer(answer, json(session({ status: 'running' })));
    const failure = await failureOf(portTo().send('sesn_1', [hello]));
    expect(failure).toMatchObject({ kind: _name.startsWith('409') ? 'retry' : 'refused' });
  });

  it('an ending that cannot be verified is tried again', async () => {
    wire.answer(problem(404, 'not_found_error', 'gone'), problem(500, 'api_error', 'oh'));
    expect(await failureOf(portTo().send('sesn_1', [hello]))).toMatchObject({
      kind: 'retry',
      code: 'conflict',
    });
  });

  it("a proxy's 404 says nothing about the session", async () => {
    wire.answer((_asked, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>404</h1>'),
    );
    expect(await failureOf(portTo().send('sesn_1', [hello]))).toMatchObject({
      kind: 'retry',
      code: 'not_the_api',
    });
  });
});

describe('find', () => {
  const list = (data: readonly object[], next_page: string | null = null) =>
    json({ data, next_page, prev_page: null });

  it('is the oldest match by app, thread and generation, since the thread began', async () => {
    wire.answer(
      list([
        session({
          id: 'sesn_other_app',
          metadata: { app: 'A2', thread: 'T1:C1:1790000000.000100', gen: '2' },
        }),
        session({
          id: 'sesn_other_gen',
          metadata: { app: 'A1', thread: 'T1:C1:1790000000.000100', gen: '1' },
        }),
        session({ id: 'sesn_none', metadata: {} }),
        session({ id: 'sesn_archived', archived_at: '2026-11-20T10:00:00Z' }),
        session({ id: 'sesn_first' }),
        session({ id: 'sesn_second' }),
      ]),
    );
    expect(await portTo().find(thread, 2)).toBe('sesn_first');
    const query = wire.asked[0]?.query;
    expect(query?.get('agent_id')).toBe('agent_1');
    expect(query?.get('order')).toBe('asc');
    expect(query?.get('created_at[gte]')).toBe(new Date((1790000000 - 600) * 1000).toISOString());
    expect(query?.get('include_archived')).toBeNull();
  });

  it('goes through every page, an empty one too', async () => {
    wire.answer(
      list([], 'p2'),
      list([session({ metadata: {} })], 'p3'),
      list([session({ id: 'sesn_last' })]),
    );
    expect(await portTo().find(thread, 2)).toBe('sesn_last');
    expect(wire.asked.map(({ query }) => query.get('page'))).toEqual([null, 'p2', 'p3']);
    expect(wire.asked[2]?.query.get('agent_id')).toBe('agent_1');
  });

  it('nothing is nothing; a failed listing is an error (I7)', async () => {
    wire.answer(list([]));
    expect(await portTo().find(thread, 2)).toBeUndefined();
    wire.answer(list([], 'p2'), problem(500, 'api_error', 'oh'));
    expect(await failureOf(portTo().find(thread, 2))).toMatchObject({ kind: 'retry', code: 'api_error' });
    wire.answer(list([], 'p2'));
    expect(await failureOf(portTo().find(thread, 2))).toMatchObject({ kind: 'retry', code: 'endless_list' });
  });
});

describe('status', () => {
  it.each([
    ['idle', {}, 'idle'],
    ['running', { status: 'running' }, 'running'],
    ['rescheduling', { status: 'rescheduling' }, 'rescheduling'],
    ['terminated', { status: 'terminated' }, 'terminated'],
    ['archived', { archived_at: '2026-11-20T10:00:00Z' }, 'terminated'],
    ['a word this version does not know', { status: 'pondering' }, 'running'],
  ])('%s', async (_name, fields, expected) => {
    wire.answer(json(session(fields)));
    expect(await portTo().status('sesn_1')).toBe(expected);
  });

  it('a session that was deleted is gone', async () => {
    wire.answer(problem(404, 'not_found_error', 'Session not found: sesn_1'));
    expect(await failureOf(portTo().status('sesn_1'))).toMatchObject({ kind: 'gone' });
  });

  it('one lost answer is asked again, a second one is told', async () => {
    wire.answer(cut, json(session()));
    expect(await portTo().status('sesn_1')).toBe('idle');
    wire.answer(cut, cut, json(session()));
    expect(await failureOf(portTo().status('sesn_1'))).toMatchObject({
      kind: 'retry',
      code: 'connection_lost',
    });
  });
});

describe('archive', () => {
  it.each([
    ['archived', json(session({ archived_at: '2026-11-20T10:00:00Z' }))],
    ['archived already (400)', problem(400, 'invalid_request_error', 'Session sesn_1 is already archived')],
    ['archived already (409)', problem(409, 'conflict_error', 'Session has been archived')],
    ['deleted', problem(404, 'not_found_error', 'Session not found: sesn_1')],
  ])('%s is success', async (_name, answer) => {
    wire.answer(answer);
    await portTo().archive('sesn_1');
    expect(wire.asked[0]).toMatchObject({ method: 'POST', path: '/v1/sessions/sesn_1/archive' });
  });

  it.each([
    [
      'while it runs',
      problem(
        400,
        'invalid_request_error',
        'Cannot archive session while it is running. Send a user.interrupt first.',
      ),
      'session_running',
    ],
    [
      'with an open workflow run',
      problem(400, 'invalid_request_error', 'workflow_run_open: a run is open'),
      'session_running',
    ],
    ['a lost answer, which is no doubt', cut, 'connection_lost'],
    ['500', problem(500, 'api_error', 'oh'), 'api_error'],
  ])('%s is for later', async (_name, answer, code) => {
    wire.answer(answer);
    expect(await failureOf(portTo().archive('sesn_1'))).toMatchObject({ kind: 'retry', code });
  });
});

describe('history', () => {
  it('is every page in order, narrowed, with the mark read from a message', async () => {
    const mark = {
      ts: '1790000000.000100',
      channel: 'C1',
      user: 'U1',
      name: 'Ada',
      role: 'member',
      n: 1,
    } as const;
    wire.answer(
      json({
        data: [
          { type: 'session.status_running', id: 'sevt_1', processed_at: '2026-11-20T10:00:00Z' },
          {
            type: 'user.message',
            id: 'sevt_2',
            processed_at: null,
            content: [
              { type: 'text', text: 'hello' },
              { type: 'text', text: formatMark(mark) },
            ],
          },
        ],
        next_page: 'p2',
      }),
      json({ data: [{ type: 'agent.dreamt', id: 'sevt_3', processed_at: null }], next_page: null }),
    );
    const events = await portTo().history('sesn_1', {
      since: '2026-11-20T09:59:00Z',
      types: ['user.message', 'agent.message'],
    });
    expect(events).toEqual([
      { type: 'session.status_running', id: 'sevt_1', at: '2026-11-20T10:00:00Z' },
      { type: 'user.message', id: 'sevt_2', at: null, text: 'hello', mark },
      { type: 'other', id: 'sevt_3', at: null, name: 'agent.dreamt' },
    ]);
    for (const { query } of wire.asked) {
      expect(query.getAll('types[]')).toEqual(['user.message', 'agent.message']);
      expect(query.get('created_at[gte]')).toBe('2026-11-20T09:59:00Z');
      expect(query.get('order')).toBe('asc');
    }
    expect(wire.asked[1]?.query.get('page')).toBe('p2');
  });

  it('a page that fails fails the whole (I7)', async () => {
    wire.answer(json({ data: [], next_page: 'p2' }), problem(404, 'not_found_error', 'Session not found'));
    expect(await failureOf(portTo().history('sesn_1', {}))).toMatchObject({ kind: 'gone' });
  });
});

describe('titles', () => {
  it.each([
    ['plain', 'plain'],
    ['  two\n\tlines \u0007 ', 'two lines'],
    ['a\u202Eb\u200Dc', 'a b c'],
    ['half \ud83d', 'half'],
    ['x'.repeat(80), 'x'.repeat(80)],
    ['x'.repeat(81), `${'x'.repeat(79)}…`],
    [`${'x'.repeat(78)}🎉🎉`, `${'x'.repeat(78)}…`],
  ])('%j', (title, expected) => {
    expect(plainTitle(title)).toBe(expected);
  });
});
