/** What goes over the wires, in short words: a bot message, a request to Managed Agents, an event of a session. */
import type { SessionEvent } from '../../../src/playground/agents/types.ts';
import type { WireCall } from '../../../src/playground/wire.ts';
import type { Names } from './names.ts';
import { said, textsOf } from './thread.ts';

type Json = Record<string, unknown>;

const LONG = 300;

/** How long a turn took and what it cost differ from run to run, and stand below every answer. */
const SPENT =
  /(?:^| · )\d+ (?:s|min|h)(?: · [\d.]+[kM]? tokens?)?(?: · (?:under )?\$[\d.]+(?: of \$[\d.]+)?)?(?: \((?:under )?\$[\d.]+ of \$[\d.]+\))?$/;

/** So does what everything before it cost. */
const TODAY = /^\*Today\* \(UTC\): .*/;

/** A text as it stands, or its beginning and its size where it is long. */
export function brief(text: string, most = LONG): string {
  const line = text.trim();
  if (line.length <= most) return line;
  return `${line
    .slice(0, 60)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()} … (${line.length} characters)`;
}

/** In one line. */
export function quoted(text: string, most = 160): string {
  return `“${brief(text, most).replace(/\s*\n\s*/g, ' ⏎ ')}”`;
}

/**
 * The words of a bot message. What still grows depends on when an edit was due, so only its shape is told: `✎` for
 * words of the agent, `⏳` for the rest.
 */
export function messageLines(blocks: readonly Json[], text: string, names: Names): string[] {
  if (blocks.length === 0) return brief(names.in(text)).split('\n');
  return isLive(blocks) ? blocks.flatMap(liveLines) : blocks.flatMap((block) => blockLines(block, names));
}

export function isLive(blocks: readonly Json[]): boolean {
  return JSON.stringify(blocks).includes('heddle.stop');
}

function liveLines(block: Json): string[] {
  if (block['type'] === 'markdown') return ['✎'];
  return block['type'] === 'actions' ? ['⏳ [Stop]'] : [];
}

function blockLines(block: Json, names: Names): string[] {
  switch (block['type']) {
    case 'markdown':
      return brief(names.in(String(block['text']))).split('\n');
    case 'context':
      return names
        .in(elements(block).map(plain).join(' '))
        .split('\n')
        .map((line) => line.replace(SPENT, '').replace(TODAY, ''))
        .filter((line) => line !== '')
        .map((line) => `‹${line}›`);
    // They stand below every answer.
    case 'context_actions':
      return [];
    case 'actions':
      return [
        elements(block)
          .map((element) => `[${plain(element['text'] as Json)}]`)
          .join(' '),
      ];
    case 'section': {
      const button = block['accessory'] as Json | undefined;
      const label = button ? ` [${plain(button['text'] as Json)}]` : '';
      return `${names.in(plain(block['text'] as Json))}${label}`.split('\n');
    }
    default:
      return [`(${String(block['type'])})`];
  }
}

function elements(block: Json): readonly Json[] {
  return (block['elements'] as readonly Json[] | undefined) ?? [];
}

function plain(element: Json | undefined): string {
  return text(element?.['text']);
}

/** What is a string, else nothing. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** One request to Managed Agents; undefined for what only reads. */
export function requestLines(call: WireCall, names: Names): string[] | undefined {
  const path = call.path.split('?')[0] ?? '';
  const [, , what = '', id = '', rest = '', last = ''] = path.split('/');
  if (what !== 'sessions') return undefined;
  const body = (call.request ?? {}) as Json;
  const answer = (call.response ?? {}) as Json;
  const failed = call.status >= 400 ? ` ✗ ${call.status}` : '';
  // Lists all sessions: no conversation's business.
  if (call.method === 'GET' && id === '') return undefined;
  if (call.method === 'POST' && id === '') return [createLine(body, text(answer['id']), names) + failed];
  const session = names.of('s', id);
  if (rest === 'events' && last === 'stream') return [`events.stream ${session}${failed}`];
  if (rest === 'events' && call.method === 'GET') return [`events.list ${session}${failed}`];
  if (rest === '' && call.method === 'POST')
    return [`sessions.update ${session}${budgetWords(body)}${failed}`];
  if (rest === 'archive') return [`sessions.archive ${session}${failed}`];
  if (rest !== 'events') return undefined;
  const events = (body['events'] as readonly SessionEvent[] | undefined) ?? [];
  return [`events.send ${session}${failed}`, ...events.flatMap((event) => sentLines(event, names))];
}

function createLine(body: Json, id: string, names: Names): string {
  const metadata = body['metadata'] as Record<string, string>;
  return `sessions.create ${names.of('s', id)}: generation ${metadata['gen']}${budgetWords(body)}, title ${quoted(text(body['title']))}`;
}

function budgetWords(body: Json): string {
  const budget = (body['budget'] as Json | undefined)?.['max_list_cost'] as Json | undefined;
  return budget ? `, budget ${String(budget['amount'])} ${String(budget['currency'])}` : '';
}

function sentLines(event: SessionEvent, names: Names): string[] {
  switch (event.type) {
    case 'user.message':
      return [
        ...textsOf(event).flatMap((text) => contextLines(text, names)),
        `  user.message ${author(event)}: ${quoted(names.in(said(event)))}`,
      ];
    case 'user.tool_confirmation':
      return [`  user.tool_confirmation ${named(event['tool_use_id'], names)}: ${String(event['result'])}`];
    case 'user.custom_tool_result':
      return [
        `  user.custom_tool_result ${named(event['custom_tool_use_id'], names)}: ${quoted(textsOf(event).join())}`,
      ];
    default:
      return [`  ${event.type}`];
  }
}

function contextLines(text: string, names: Names): string[] {
  const head = /^[^<\n]+it is context[^\n]*/.exec(text)?.[0];
  const blocks = [...text.matchAll(/<context [^>]*name="([^"]*)">([\s\S]*?)<\/context>/g)];
  return [
    ...(head === undefined ? [] : [`  ${head}`]),
    ...blocks.map(([, name, words]) => `    context ${name}: ${quoted(names.in(words ?? ''))}`),
  ];
}

function author(event: SessionEvent): string {
  const mark = textsOf(event).find((text) => text.startsWith('<slack ')) ?? '';
  const at = (key: string): string => new RegExp(`\\b${key}="([^"]*)"`).exec(mark)?.[1] ?? '?';
  return `of ${at('name')} (${at('role')}${at('n') === '1' ? '' : `, again: ${at('n')}`})`;
}

function named(id: unknown, names: Names): string {
  return names.of('use', String(id));
}

/** One event of a session's history; undefined for what only accounts for tokens and threads. */
export function eventLine(event: SessionEvent, names: Names): string | undefined {
  const { type } = event;
  if (/^(span|session\.thread_|session\.usage)/.test(type)) return undefined;
  switch (type) {
    case 'user.message':
      return `${type} taken: ${quoted(names.in(said(event)), 60)}`;
    case 'agent.message':
      return `${type} ${quoted(names.in(textsOf(event).join(' ⏎ ')))}`;
    case 'agent.tool_use':
    case 'agent.mcp_tool_use':
    case 'agent.custom_tool_use': {
      const asks = event['evaluated_permission'] === 'ask' ? ' (asks)' : '';
      return `${type} ${named(event.id, names)}: ${String(event['name'])}${asks}`;
    }
    case 'agent.tool_result':
    case 'agent.mcp_tool_result': {
      const id = event['tool_use_id'] ?? event['mcp_tool_use_id'];
      return `${type} ${named(id, names)}${event['is_error'] === true ? ' (error)' : ''}`;
    }
    case 'user.tool_confirmation':
      return `${type} taken: ${named(event['tool_use_id'], names)}`;
    case 'user.custom_tool_result':
      return `${type} taken: ${named(event['custom_tool_use_id'], names)}`;
    case 'session.status_idle':
      return `${type}: ${String((event['stop_reason'] as Json | undefined)?.['type'])}`;
    case 'session.error': {
      const error = event['error'] as Json;
      return `${type}: ${String(error['type'])}, ${String((error['retry_status'] as Json)['type'])}`;
    }
    case 'user.interrupt':
      return `${type} taken`;
    default:
      return type;
  }
}
