import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentPortOptions } from '../../../src/adapters/anthropic/sessions.ts';
import { formatMark } from '../../../src/core/mark.ts';
import { hello, portOn, session } from './port.ts';
import { cut, failureOf, json, problem, startWire } from './wire.ts';
import type { Answer, Wire } from './wire.ts';

let wire: Wire;

beforeEach(async () => {
  wire = await startWire();
});

afterEach(() => wire.close());

const portTo = (more: Partial<AgentPortOptions> = {}) => portOn(wire, more);

const waiting =
  'Invalid user.message event at events[0]: waiting on responses to events [sevt_9]; only `user.tool_confirmation`, ' +
  '`user.custom_tool_result`, `user.tool_result`, or `user.interrupt` may be sent';

describe('usage', () => {
  it('counts tokens of every kind, and cents as dollars', async () => {
    const usage = {
      input_tokens: 12,
      output_tokens: 34,
      cache_read_input_tokens: 56,
      cache_creation: { ephemeral_5m_input_tokens: 7, ephemeral_1h_input_tokens: 8 },
      list_cost: { amount: '123', currency: 'USD' },
    };
    wire.answer(json({ ...session(), usage }));
    const expected = { input: 12, output: 34, cacheRead: 56, cacheWritten: 15, usd: 1.23 };
    expect(await portTo().usage('sesn_1')).toEqual(expected);
  });

  it('knows no dollars where the service names none', async () => {
    wire.answer(json({ ...session(), usage: { list_cost: null } }));
    expect(await portTo().usage('sesn_1')).toEqual({ input: 0, output: 0, cacheRead: 0, cacheWritten: 0 });
  });

  it('that is not there is tried again', async () => {
    wire.answer(json({ id: 'sesn_1' }));
    expect(await failureOf(portTo().usage('sesn_1'))).toMatchObject({ kind: 'retry', code: 'bad_answer' });
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
