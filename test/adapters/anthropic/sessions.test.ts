import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plainTitle } from '../../../src/adapters/anthropic/sessions.ts';
import type { AgentPortOptions } from '../../../src/adapters/anthropic/sessions.ts';
import { ConfigError } from '../../../src/errors.ts';
import { systemClock } from '../../../src/lib/time.ts';
import { asked, hello, portOn, session, thread } from './port.ts';
import { cut, failureOf, hang, json, problem, startWire } from './wire.ts';
import type { Answer, Wire } from './wire.ts';

let wire: Wire;

beforeEach(async () => {
  wire = await startWire();
});

afterEach(() => wire.close());

const portTo = (more: Partial<AgentPortOptions> = {}) => portOn(wire, more);

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
