import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { narrowFrame, narrowListed } from '../../../src/adapters/anthropic/narrow.ts';

const at = '2026-11-20T10:00:00.123Z';
const event = (type: string, fields: object = {}) => ({ type, id: 'sevt_1', processed_at: at, ...fields });
const base = { id: 'sevt_1', at };

describe('events', () => {
  it.each([
    [event('user.interrupt', { processed_at: null }), { type: 'user.interrupt', id: 'sevt_1', at: null }],
    [
      { type: 'user.interrupt', id: 'sevt_1' },
      { type: 'user.interrupt', id: 'sevt_1', at: null },
    ],
    [
      event('user.message', {
        content: [{ type: 'text', text: 'a' }, { type: 'image' }, { type: 'text', text: 'b' }],
      }),
      { ...base, type: 'user.message', text: 'a\nb' },
    ],
    [
      event('user.tool_confirmation', { tool_use_id: 'sevt_0', result: 'allow' }),
      { ...base, type: 'user.tool_confirmation', toolUseId: 'sevt_0', result: 'allow' },
    ],
    [
      event('user.custom_tool_result', { custom_tool_use_id: 'sevt_0' }),
      { ...base, type: 'user.custom_tool_result', toolUseId: 'sevt_0' },
    ],
    [
      event('agent.message', {
        content: [{ type: 'text', text: 'One' }, { type: 'redacted' }, { type: 'text', text: ' two' }],
      }),
      { ...base, type: 'agent.message', text: 'One[redacted] two' },
    ],
    [event('agent.message', { content: null }), { ...base, type: 'agent.message', text: '' }],
    [event('agent.thinking'), { ...base, type: 'agent.thinking' }],
    [
      event('agent.tool_use', { name: 'bash', input: { command: 'ls' }, evaluated_permission: 'ask' }),
      {
        ...base,
        type: 'agent.tool_use',
        tool: 'builtin',
        name: 'bash',
        input: { command: 'ls' },
        permission: 'ask',
      },
    ],
    [
      event('agent.tool_use', { name: 'bash', input: {} }),
      { ...base, type: 'agent.tool_use', tool: 'builtin', name: 'bash', input: {}, permission: 'allow' },
    ],
    [
      event('agent.mcp_tool_use', {
        mcp_server_name: 'github',
        name: 'create_issue',
        evaluated_permission: 'perhaps',
        session_thread_id: 'sthr_1',
      }),
      {
        ...base,
        type: 'agent.tool_use',
        tool: 'mcp',
        server: 'github',
        name: 'create_issue',
        input: null,
        permission: 'unknown',
        sessionThreadId: 'sthr_1',
      },
    ],
    [
      event('agent.custom_tool_use', { name: 'lookup', input: { q: 'x' } }),
      {
        ...base,
        type: 'agent.tool_use',
        tool: 'custom',
        name: 'lookup',
        input: { q: 'x' },
        permission: 'allow',
      },
    ],
    [
      event('agent.tool_result', { tool_use_id: 'sevt_0', is_error: true }),
      { ...base, type: 'agent.tool_result', toolUseId: 'sevt_0', isError: true },
    ],
    [
      event('agent.mcp_tool_result', { mcp_tool_use_id: 'sevt_0', is_error: null }),
      { ...base, type: 'agent.tool_result', toolUseId: 'sevt_0', isError: false },
    ],
    [
      event('agent.tool_result', {
        tool_use_id: 'sevt_0',
        content: [{ type: 'text', text: 'one' }, { type: 'image' }, { type: 'redacted' }],
      }),
      {
        ...base,
        type: 'agent.tool_result',
        toolUseId: 'sevt_0',
        isError: false,
        result: { text: 'one\n[image]\n[redacted]', chars: 22 },
      },
    ],
    [
      event('user.custom_tool_result', {
        custom_tool_use_id: 'sevt_0',
        content: [{ type: 'text', text: 'x'.repeat(9_000) }],
      }),
      {
        ...base,
        type: 'user.custom_tool_result',
        toolUseId: 'sevt_0',
        result: { text: 'x'.repeat(8_000), chars: 9_000 },
      },
    ],
    [
      event('session.thread_created', { session_thread_id: 'sthr_1', agent_name: 'Critic' }),
      { ...base, type: 'session.thread_created', sessionThreadId: 'sthr_1', agentName: 'Critic' },
    ],
    [
      event('session.thread_status_idle', {
        session_thread_id: 'sthr_1',
        agent_name: 'Critic',
        stop_reason: { type: 'requires_action', event_ids: [] },
      }),
      {
        ...base,
        type: 'session.thread_status_idle',
        sessionThreadId: 'sthr_1',
        agentName: 'Critic',
        waits: true,
      },
    ],
    [event('session.status_running'), { ...base, type: 'session.status_running' }],
    [event('session.status_rescheduled'), { ...base, type: 'session.status_rescheduled' }],
    [event('session.status_terminated'), { ...base, type: 'session.status_terminated' }],
    [event('session.deleted'), { ...base, type: 'session.deleted' }],
    [
      event('session.usage', {
        usage: {
          input_tokens: 5000,
          output_tokens: 3200,
          cache_read_input_tokens: 20_000,
          cache_creation: { ephemeral_5m_input_tokens: 2000, ephemeral_1h_input_tokens: 1 },
          list_cost: { amount: '187', currency: 'USD' },
        },
      }),
      {
        ...base,
        type: 'session.usage',
        usage: { inputTokens: 27_001, outputTokens: 3200, listCostCents: 187 },
      },
    ],
    [
      event('span.model_request_end', {
        is_error: false,
        model_usage: {
          input_tokens: 3,
          output_tokens: 7,
          cache_creation_input_tokens: 1,
          cache_read_input_tokens: 6,
        },
      }),
      {
        ...base,
        type: 'span.model_request_end',
        isError: false,
        usage: { inputTokens: 10, outputTokens: 7 },
      },
    ],
    [event('agent.dreamt', { of: 'sheep' }), { ...base, type: 'other', name: 'agent.dreamt' }],
    [
      { type: 'agent.message', content: [] },
      { type: 'other', name: 'agent.message', id: '', at: null },
    ],
  ])('%j', (raw, expected) => {
    expect(narrowFrame(raw)).toEqual(expected);
    expect(narrowListed(raw)).toEqual(expected);
  });
});

describe('why a turn ended', () => {
  const reasonOf = (stop_reason: unknown, stop_details: unknown = null) => {
    const narrowed = narrowListed(event('session.status_idle', { stop_reason, stop_details }));
    return narrowed?.type === 'session.status_idle' ? narrowed.reason : undefined;
  };
  it.each([
    [{ type: 'end_turn' }, null, { type: 'end_turn' }],
    [{ type: 'retries_exhausted' }, null, { type: 'retries_exhausted' }],
    [{ type: 'budget_reached' }, null, { type: 'budget_reached' }],
    [
      { type: 'requires_action', event_ids: ['sevt_7', 3, 'sevt_8'] },
      null,
      { type: 'requires_action', eventIds: ['sevt_7', 'sevt_8'] },
    ],
    [{ type: 'requires_action' }, null, { type: 'requires_action', eventIds: [] }],
    [
      { type: 'refusal' },
      { type: 'refusal', category: 'cyber', explanation: 'no' },
      { type: 'refusal', category: 'cyber', explanation: 'no' },
    ],
    [{ type: 'refusal' }, null, { type: 'refusal', category: null, explanation: null }],
    [{ type: 'bored' }, null, { type: 'unknown', name: 'bored' }],
    [null, null, { type: 'unknown', name: '' }],
  ])('%j', (reason, details, expected) => {
    expect(reasonOf(reason, details)).toEqual(expected);
  });
});

describe('errors of a session', () => {
  it.each([
    [
      { type: 'model_overloaded_error', message: 'm', retry_status: { type: 'retrying' } },
      { type: 'model_overloaded_error', message: 'm', retry: 'retrying' },
    ],
    [
      {
        type: 'mcp_authentication_failed_error',
        message: 'm',
        mcp_server_name: 'github',
        retry_status: { type: 'exhausted' },
      },
      { type: 'mcp_authentication_failed_error', message: 'm', retry: 'exhausted', subject: 'github' },
    ],
    [
      {
        type: 'repository_clone_error',
        message: 'm',
        repository_url: 'https://x',
        retry_status: { type: 'terminal' },
      },
      { type: 'repository_clone_error', message: 'm', retry: 'terminal', subject: 'https://x' },
    ],
    [{ retry_status: { type: 'later' } }, { type: 'unknown_error', message: '', retry: 'unknown' }],
    [undefined, { type: 'unknown_error', message: '', retry: 'unknown' }],
  ])('%j', (error, expected) => {
    expect(narrowListed(event('session.error', { error }))).toEqual({
      ...base,
      type: 'session.error',
      error: expected,
    });
  });
});

describe('whatever comes', () => {
  const names = fc.constantFrom(
    'user.message',
    'agent.message',
    'agent.tool_use',
    'session.status_idle',
    'session.error',
    'session.usage',
    'span.model_request_end',
    'event_start',
    'event_delta',
  );
  const fields = [
    'content',
    'stop_reason',
    'stop_details',
    'error',
    'usage',
    'model_usage',
    'event',
    'delta',
    'id',
  ];

  it('nothing throws', () => {
    fc.assert(
      fc.property(names, fc.dictionary(fc.constantFrom(...fields), fc.jsonValue()), (type, rest) => {
        const narrowed = narrowFrame({ ...rest, type });
        if (!type.startsWith('event_')) expect(narrowed).toBeDefined();
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => narrowFrame(value) === undefined || typeof value === 'object'),
    );
  });
});
