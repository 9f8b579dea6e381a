/**
 * An event of a session as the SDK yields it, narrowed to what the core reads.
 *
 * The SDK passes on what the wire says, so nothing here trusts its types: fields are read one by one, an event
 * of another type or without an id becomes `other`, and nothing throws.
 * Source of the shapes: `@anthropic-ai/sdk` `resources/beta/sessions/events.d.ts` and `sessions.d.ts`.
 */
import type {
  AgentEvent,
  FeedItem,
  SessionErrorFact,
  StopReason,
  ToolResult,
  Usage,
} from '../../core/agent-event.ts';
import { parseMark } from '../../core/mark.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Persisted {
  readonly id: string;
  readonly at: string | null;
}

/** What stands in a text where the service took a block out. */
export const REDACTED = '[redacted]';

/** One frame of a stream: an event, a preview, or undefined for what is neither (no object, no type). */
export function narrowFrame(raw: unknown): FeedItem | undefined {
  const event = fieldsOf(raw);
  const type = event && textOf(event['type']);
  if (!event || !type) return undefined;
  if (type === 'event_start') return previewStart(event);
  if (type === 'event_delta') return previewDelta(event);
  return narrowEvent(event, type);
}

/** One event of a session's history. */
export function narrowListed(raw: unknown): AgentEvent | undefined {
  const event = fieldsOf(raw);
  const type = event && textOf(event['type']);
  return event && type ? narrowEvent(event, type) : undefined;
}

function previewStart(event: Fields): FeedItem | undefined {
  const of = fieldsOf(event['event']);
  const eventId = of && textOf(of['id']);
  const kind = of?.['type'];
  if (!eventId || (kind !== 'agent.message' && kind !== 'agent.thinking')) return undefined;
  return { type: 'event_start', eventId, of: kind };
}

function previewDelta(event: Fields): FeedItem | undefined {
  const delta = fieldsOf(event['delta']);
  const eventId = textOf(event['event_id']);
  const text = textOf(fieldsOf(delta?.['content'])?.['text']);
  if (!eventId || !text) return undefined;
  return { type: 'event_delta', eventId, index: numberOf(delta?.['index']), text };
}

function narrowEvent(event: Fields, type: string): AgentEvent {
  const id = textOf(event['id']);
  const persisted: Persisted = { id, at: textOf(event['processed_at']) || null };
  const make = id === '' ? undefined : NARROWED.get(type);
  return make?.(event, persisted) ?? { ...persisted, type: 'other', name: type };
}

type Narrow = (event: Fields, persisted: Persisted) => AgentEvent;

const bare =
  (
    type:
      | 'user.interrupt'
      | 'agent.thinking'
      | 'session.status_running'
      | 'session.status_rescheduled'
      | 'session.status_terminated'
      | 'session.deleted',
  ): Narrow =>
  (_event, persisted) => ({ ...persisted, type });

const toolUse =
  (tool: 'builtin' | 'mcp' | 'custom'): Narrow =>
  (event, persisted) => {
    const server = textOf(event['mcp_server_name']);
    const sessionThreadId = textOf(event['session_thread_id']);
    return {
      ...persisted,
      type: 'agent.tool_use',
      tool,
      name: textOf(event['name']),
      input: event['input'] ?? null,
      permission: tool === 'custom' ? 'allow' : permissionOf(event['evaluated_permission']),
      ...(server ? { server } : {}),
      ...(sessionThreadId ? { sessionThreadId } : {}),
    };
  };

const toolResult =
  (idField: 'tool_use_id' | 'mcp_tool_use_id'): Narrow =>
  (event, persisted) => ({
    ...persisted,
    type: 'agent.tool_result',
    toolUseId: textOf(event[idField]),
    isError: event['is_error'] === true,
    ...resultOf(event['content']),
  });

const threadStatus =
  (
    type: 'session.thread_status_running' | 'session.thread_status_idle' | 'session.thread_status_terminated',
  ): Narrow =>
  (event, persisted) => ({
    ...persisted,
    type,
    sessionThreadId: textOf(event['session_thread_id']),
    agentName: textOf(event['agent_name']),
    ...(fieldsOf(event['stop_reason'])?.['type'] === 'requires_action' ? { waits: true as const } : {}),
  });

const NARROWED: ReadonlyMap<string, Narrow> = new Map<string, Narrow>([
  ['user.message', userMessage],
  ['user.interrupt', bare('user.interrupt')],
  [
    'user.tool_confirmation',
    (event, persisted) => ({
      ...persisted,
      type: 'user.tool_confirmation',
      toolUseId: textOf(event['tool_use_id']),
      result: event['result'] === 'allow' ? 'allow' : 'deny',
    }),
  ],
  [
    'user.custom_tool_result',
    (event, persisted) => ({
      ...persisted,
      type: 'user.custom_tool_result',
      toolUseId: textOf(event['custom_tool_use_id']),
      ...resultOf(event['content']),
    }),
  ],
  [
    'agent.message',
    (event, persisted) => ({
      ...persisted,
      type: 'agent.message',
      text: textsOf(event['content']).join(''),
    }),
  ],
  ['agent.thinking', bare('agent.thinking')],
  ['agent.tool_use', toolUse('builtin')],
  ['agent.mcp_tool_use', toolUse('mcp')],
  ['agent.custom_tool_use', toolUse('custom')],
  ['agent.tool_result', toolResult('tool_use_id')],
  ['agent.mcp_tool_result', toolResult('mcp_tool_use_id')],
  [
    'session.thread_created',
    (event, persisted) => ({
      ...persisted,
      type: 'session.thread_created',
      sessionThreadId: textOf(event['session_thread_id']),
      agentName: textOf(event['agent_name']),
    }),
  ],
  ['session.thread_status_running', threadStatus('session.thread_status_running')],
  ['session.thread_status_idle', threadStatus('session.thread_status_idle')],
  ['session.thread_status_terminated', threadStatus('session.thread_status_terminated')],
  ['session.status_running', bare('session.status_running')],
  ['session.status_rescheduled', bare('session.status_rescheduled')],
  [
    'session.status_idle',
    (event, persisted) => ({ ...persisted, type: 'session.status_idle', reason: stopReason(event) }),
  ],
  ['session.status_terminated', bare('session.status_terminated')],
  ['session.deleted', bare('session.deleted')],
  [
    'session.error',
    (event, persisted) => ({ ...persisted, type: 'session.error', error: sessionError(event['error']) }),
  ],
  [
    'session.usage',
    (event, persisted) => ({
      ...persisted,
      type: 'session.usage',
      usage: usageOf(event['usage']),
      ...budgetOf(event['budget']),
    }),
  ],
  [
    'span.model_request_end',
    (event, persisted) => ({
      ...persisted,
      type: 'span.model_request_end',
      isError: event['is_error'] === true,
      usage: usageOf(event['model_usage']),
    }),
  ],
]);

/** Results can be large, and nobody reads more of one than this. */
const RESULT_MOST = 8_000;

/** What a tool brought that can be read; nothing where it brought nothing. */
function resultOf(content: unknown): { readonly result?: ToolResult } {
  const text = listOf(content)
    .map((raw) => {
      const block = fieldsOf(raw);
      const type = textOf(block?.['type']);
      if (type === 'text') return textOf(block?.['text']);
      return type === 'redacted' ? REDACTED : `[${type || 'unknown'}]`;
    })
    .join('\n');
  return text === '' ? {} : { result: { text: text.slice(0, RESULT_MOST), chars: text.length } };
}

/** The words without the mark that ends them; the mark apart. */
function userMessage(event: Fields, persisted: Persisted): AgentEvent {
  const texts = textsOf(event['content']);
  const mark = parseMark(texts.at(-1) ?? '');
  const words = mark ? texts.slice(0, -1) : texts;
  return { ...persisted, type: 'user.message', text: words.join('\n'), ...(mark ? { mark } : {}) };
}

/** An unknown reason keeps its name; the core ends the turn on it. */
function stopReason(event: Fields): StopReason {
  const reason = fieldsOf(event['stop_reason']);
  const type = textOf(reason?.['type']);
  switch (type) {
    case 'end_turn':
    case 'retries_exhausted':
    case 'budget_reached':
      return { type };
    case 'requires_action':
      return { type, eventIds: listOf(reason?.['event_ids']).map(textOf).filter(Boolean) };
    case 'refusal': {
      const details = fieldsOf(event['stop_details']) ?? fieldsOf(reason?.['stop_details']);
      const category = textOf(details?.['category']) || null;
      return { type, category, explanation: textOf(details?.['explanation']) || null };
    }
    default:
      return { type: 'unknown', name: type };
  }
}

function sessionError(raw: unknown): SessionErrorFact {
  const error = fieldsOf(raw);
  const retry = textOf(fieldsOf(error?.['retry_status'])?.['type']);
  const subject = textOf(error?.['mcp_server_name']) || textOf(error?.['repository_url']);
  return {
    type: textOf(error?.['type']) || 'unknown_error',
    message: textOf(error?.['message']),
    retry: retry === 'retrying' || retry === 'exhausted' || retry === 'terminal' ? retry : 'unknown',
    ...(subject ? { subject } : {}),
  };
}

/** Cached input counts as input: it is what the model read. */
function usageOf(raw: unknown): Usage {
  const usage = fieldsOf(raw);
  const cost = fieldsOf(usage?.['list_cost'])?.['amount'];
  const cents = typeof cost === 'string' || typeof cost === 'number' ? Number(cost) : NaN;
  return {
    inputTokens: inputTokens(usage),
    outputTokens: numberOf(usage?.['output_tokens']),
    ...(Number.isFinite(cents) ? { listCostCents: cents } : {}),
  };
}

/** Whole cents as text; a budget in another currency is none that could be shown. */
function budgetOf(raw: unknown): { readonly budgetCents?: number } {
  const most = fieldsOf(fieldsOf(raw)?.['max_list_cost']);
  const cents = most?.['currency'] === 'USD' ? Number(most['amount']) : Number.NaN;
  return Number.isFinite(cents) && cents > 0 ? { budgetCents: cents } : {};
}

/** The stream of a session counts new cache entries by lifetime, that of one model request in one number. */
function inputTokens(usage: Fields | undefined): number {
  const byLifetime = fieldsOf(usage?.['cache_creation']);
  return (
    numberOf(usage?.['input_tokens']) +
    numberOf(usage?.['cache_read_input_tokens']) +
    numberOf(usage?.['cache_creation_input_tokens']) +
    numberOf(byLifetime?.['ephemeral_5m_input_tokens']) +
    numberOf(byLifetime?.['ephemeral_1h_input_tokens'])
  );
}

/** Absent means allowed for the tools that the service runs (`SessionToolRunner`); a new word is nobody's leave. */
function permissionOf(raw: unknown): 'allow' | 'ask' | 'deny' | 'unknown' {
  if (raw === undefined || raw === null) return 'allow';
  return raw === 'allow' || raw === 'ask' || raw === 'deny' ? raw : 'unknown';
}

function textsOf(content: unknown): string[] {
  return listOf(content).flatMap((raw) => {
    const block = fieldsOf(raw);
    if (block?.['type'] === 'redacted') return [REDACTED];
    return block?.['type'] === 'text' ? [textOf(block['text'])] : [];
  });
}

function fieldsOf(raw: unknown): Fields | undefined {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Fields) : undefined;
}

function listOf(raw: unknown): readonly unknown[] {
  return Array.isArray(raw) ? raw : [];
}

function textOf(raw: unknown): string {
  return typeof raw === 'string' ? raw : '';
}

function numberOf(raw: unknown): number {
  return typeof raw === 'number' && Number.isFinite(raw) ? raw : 0;
}
