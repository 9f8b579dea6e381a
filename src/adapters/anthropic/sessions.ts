/**
 * `AgentPort` on the Managed Agents API: one session a thread.
 *
 * Nothing here repeats a write. Where the answer to one is lost the caller is told `unknown` and looks it up:
 * a session by its metadata (`find`), an event by the mark in its text (`history`).
 */
import type Anthropic from '@anthropic-ai/sdk';
import type {
  BetaManagedAgentsSession,
  SessionCreateParams,
} from '@anthropic-ai/sdk/resources/beta/sessions/sessions';
import type {
  BetaManagedAgentsDocumentBlock,
  BetaManagedAgentsEventParams,
  BetaManagedAgentsImageBlock,
} from '@anthropic-ai/sdk/resources/beta/sessions/events';
import type { AgentEvent, OutgoingEvent, SendFile } from '../../core/agent-event.ts';
import { threadKey } from '../../core/event.ts';
import type { ThreadRef } from '../../core/event.ts';
import { PortError } from '../../errors.ts';
import type { FailureKind } from '../../errors.ts';
import type { SystemClock } from '../../lib/time.ts';
import { CALL_MS } from '../../ports.ts';
import type { AgentPort, AgentSessionStatus, HistoryQuery, Log, NewSession, SentEvent } from '../../ports.ts';
import type { SessionList } from '../../ports-recovery.ts';
import type { SessionUsage } from '../../ports-usage.ts';
import { callsWithin, eachItem } from './calls.ts';
import type { Calls } from './calls.ts';
import { createClient } from './client.ts';
import type { AnthropicAccess } from './client.ts';
import { createFiles } from './files.ts';
import { saysGone, saysRunning } from './failure.ts';
import { openFeed } from './feed.ts';
import { createListing } from './listing.ts';
import { narrowListed } from './narrow.ts';
import { agentIdsOf, agentOf, agentParam, environmentOf, type Choices } from './chosen.ts';
import { explained, givenOf } from './given.ts';
import { rawStreams } from './raw-stream.ts';
import { typeWatch } from './platform-types.ts';

export interface AgentPortOptions extends AnthropicAccess, Choices {
  /** The Slack app's id: other installations may share the workspace at Anthropic. */
  readonly appId: string;
  readonly log: Log;
  readonly clock: SystemClock;
  /** Milliseconds for a call that writes; `CALL_MS`. */
  readonly writeMs?: number;
  /** Milliseconds for a call that reads, and until a stream has answered; 10 s. */
  readonly readMs?: number;
  /** Milliseconds without a byte after which a stream is given up; 45 s, two to three of the service's heartbeats. */
  readonly silentMs?: number | undefined;
  /** Bytes of the longest event that a stream may bring; 4 MB. */
  readonly maxEventBytes?: number;
}

/** What the calls share. */
interface Reach extends AgentPortOptions {
  readonly client: Anthropic;
  readonly calls: Calls;
}

export function createAgentPort(options: AgentPortOptions): AgentPort & SessionList {
  const { clock, writeMs = CALL_MS, readMs = 10_000, silentMs = 45_000 } = options;
  const { maxEventBytes = 4 * 1024 * 1024 } = options;
  const client = createClient(options);
  const reach: Reach = { ...options, client, calls: callsWithin({ clock, writeMs, readMs }) };
  const onUnknown = typeWatch(options.log);
  const streams = rawStreams(client);
  return {
    ...createListing({ ...options, client, calls: reach.calls, agentIds: agentIdsOf(options) }),
    ...createFiles({ client, binary: createClient(options, fetch), calls: reach.calls, clock }),
    create: (session) => create(reach, session),
    find: (thread, gen, of) => find(reach, thread, agentOf(reach, of).id, gen),
    send: (session, events) => send(reach, session, events),
    status: (session) => status(reach, session),
    usage: (session) => usage(reach, session),
    raiseBudget: (session, cents) => raiseBudget(reach, session, cents),
    archive: (session) => archive(reach, session),
    history: (session, query) => history(reach, session, query),
    attach: (session, signal) =>
      openFeed(streams, session, signal, { clock, connectMs: readMs, silentMs, maxEventBytes, onUnknown }),
  };
}

// ---------------------------------------------------------------------------------------------- create and find

async function create(reach: Reach, session: NewSession): Promise<string> {
  const { calls, client } = reach;
  const title = plainTitle(session.title);
  const params: SessionCreateParams = {
    agent: agentParam(agentOf(reach, session.of), session.of?.model ?? ''),
    environment_id: environmentOf(reach, session.of),
    metadata: metadataOf(reach.appId, session),
    ...givenOf(reach, session.of),
    ...(title ? { title } : {}),
    ...(session.budgetUsd > 0 ? { budget: budgetOf(session.budgetUsd * 100) } : {}),
  };
  const facts = { writes: true, names: 'setup' } as const;
  const made = await calls
    .write('creating a session', facts, (limits) => client.beta.sessions.create(params, limits))
    .catch(async (error: unknown) => {
      throw await explained(reach, session.of, error);
    });
  if (typeof made?.id !== 'string' || !made.id) throw badAnswer('sessions.create answered without an id');
  return made.id;
}

/**
 * 16 pairs of 64 and 512 characters are allowed (`SessionCreateParams`). `thread` is what `find` compares; the
 * other names of the thread are for whoever looks at the session elsewhere.
 */
function metadataOf(app: string, { thread, gen }: NewSession): Record<string, string> {
  const { team, channel, ts } = thread;
  return { app, team, channel, thread_ts: ts, thread: threadKey(thread), gen: String(gen) };
}

/** Whole cents as text (`BetaMonetaryAmount`); what is less than a cent becomes one. */
function budgetOf(cents: number): NonNullable<SessionCreateParams['budget']> {
  const amount = String(Math.max(1, Math.round(cents)));
  return { type: 'limit', max_list_cost: { amount, currency: 'USD' } };
}

const TITLE_CHARS = 80;

/** One line without control or formatting characters, of at most 80 characters, none cut in half. */
export function plainTitle(title: string): string {
  const line = title
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (line.length <= TITLE_CHARS) return line;
  let cut = '';
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (cut.length + segment.length >= TITLE_CHARS) break;
    cut += segment;
  }
  return `${cut.trimEnd()}…`;
}

/** A session is not older than the thread it is for; clocks may differ by so much, milliseconds. */
const CLOCK_SLACK_MS = 10 * 60_000;

/** There is no filter by metadata, so the agent's sessions since the thread began are looked through. */
async function find(
  reach: Reach,
  thread: ThreadRef,
  agentId: string,
  gen: number,
): Promise<string | undefined> {
  const { appId, calls, client } = reach;
  const began = Number(thread.ts.split('.')[0]) * 1000 - CLOCK_SLACK_MS;
  const since = began > 0 ? { 'created_at[gte]': new Date(began).toISOString() } : {};
  const listing = eachItem<BetaManagedAgentsSession>((page) =>
    calls.read('listing sessions', (limits) =>
      client.beta.sessions.list(
        { agent_id: agentId, order: 'asc', limit: 100, ...since, ...(page ? { page } : {}) },
        limits,
      ),
    ),
  );
  const key = threadKey(thread);
  for await (const { id, metadata, archived_at } of listing) {
    const ours = metadata?.['app'] === appId && metadata['thread'] === key && metadata['gen'] === String(gen);
    if (ours && !archived_at) return id;
  }
  return undefined;
}

// ---------------------------------------------------------------------------------------------- one session

async function send(
  reach: Reach,
  session: string,
  events: readonly OutgoingEvent[],
): Promise<readonly SentEvent[]> {
  const facts = { writes: true, names: 'resource' } as const;
  const params = { events: events.map(toParams) };
  let answer;
  try {
    answer = await reach.calls.write('sending events', facts, (limits) =>
      reach.client.beta.sessions.events.send(session, params, limits),
    );
  } catch (error) {
    throw await checked(reach, session, error);
  }
  return paired(events, Array.isArray(answer?.data) ? answer.data : []);
}

/**
 * What was sent with the ids it was given. An interrupt that has nothing to interrupt may be accepted and never
 * appear: it has no id then. A message without one is a doubt.
 */
function paired(
  sent: readonly OutgoingEvent[],
  answered: readonly { readonly type: string; readonly id: string }[],
): readonly SentEvent[] {
  const left = [...answered];
  return sent.map(({ type }) => {
    const at = left.findIndex((event) => event.type === type);
    const [event] = at === -1 ? [] : left.splice(at, 1);
    if (!event && type === 'user.message')
      throw badAnswer('events.send did not answer with the message sent');
    return { id: event?.id ?? '' };
  });
}

/**
 * A refusal that sounds like the end of the session is believed only after asking for its status: 400, 404 and
 * 409 all stand for other things too, and declaring a living session gone would start a second one (I7).
 */
async function checked(reach: Reach, session: string, error: unknown): Promise<unknown> {
  if (!(error instanceof PortError)) return error;
  const locked = error.status === 409 && error.kind !== 'refused';
  if (error.kind !== 'gone' && !locked) return error;
  const alive = await isAlive(reach, session);
  if (alive === false) return retold(error, 'gone', error.code);
  return alive && !locked ? retold(error, 'refused', error.code) : retold(error, 'retry', 'conflict');
}

/** Undefined where that could not be found out. */
async function isAlive(reach: Reach, session: string): Promise<boolean | undefined> {
  try {
    return (await status(reach, session)) !== 'terminated';
  } catch (error) {
    return error instanceof PortError && error.kind === 'gone' ? false : undefined;
  }
}

/** The same failure with another meaning. */
function retold(error: PortError, kind: FailureKind, code: string): PortError {
  const { message, status, cause } = error;
  return new PortError({ kind, code, message, cause, ...(status === undefined ? {} : { status }) });
}

function toParams(event: OutgoingEvent): BetaManagedAgentsEventParams {
  switch (event.type) {
    case 'user.message':
      return {
        type: event.type,
        // Pictures before words is what the model reads best (platform.claude.com/docs/build-with-claude/vision).
        content: [
          ...(event.files ?? []).map(fileBlock),
          ...event.texts.filter(Boolean).map((text) => ({ type: 'text' as const, text })),
        ],
      };
    case 'user.interrupt':
      return { type: event.type };
    case 'user.tool_confirmation': {
      const { type, toolUseId: tool_use_id, result, denyMessage } = event;
      const reason = result === 'deny' && denyMessage ? { deny_message: denyMessage } : {};
      return { type, tool_use_id, result, ...reason };
    }
    default: {
      const { type, toolUseId: custom_tool_use_id, text, isError: is_error } = event;
      return { type, custom_tool_use_id, is_error, content: [{ type: 'text', text: text || '(empty)' }] };
    }
  }
}

function fileBlock({ as, file: file_id, name }: SendFile): FileBlock {
  const source = { type: 'file' as const, file_id };
  return as === 'image' ? { type: as, source } : { type: as, source, title: name };
}

type FileBlock = BetaManagedAgentsImageBlock | BetaManagedAgentsDocumentBlock;

const STATUSES: readonly AgentSessionStatus[] = ['idle', 'running', 'rescheduling', 'terminated'];

/** A status of which this version knows nothing is taken as running: that is looked at again. */
async function status({ client, calls }: Reach, session: string): Promise<AgentSessionStatus> {
  const found = await calls.read('reading a session', (limits) =>
    client.beta.sessions.retrieve(session, {}, limits),
  );
  if (typeof found?.status !== 'string') throw unreadable('sessions.retrieve did not answer with a session');
  if (found.archived_at) return 'terminated';
  return STATUSES.find((known) => known === found.status) ?? 'running';
}

/** What it has used so far; numbers that the service leaves out are none. `list_cost` is whole cents as text. */
async function usage({ client, calls }: Reach, session: string): Promise<SessionUsage> {
  const found = await calls.read('reading what a session used', (limits) =>
    client.beta.sessions.retrieve(session, {}, limits),
  );
  const used = found?.usage;
  if (!used) throw unreadable('sessions.retrieve did not answer with a usage');
  const { cache_creation: written, list_cost: cost } = used;
  const cents = cost?.currency === 'USD' ? Number(cost.amount) : Number.NaN;
  return {
    input: used.input_tokens ?? 0,
    output: used.output_tokens ?? 0,
    cacheRead: used.cache_read_input_tokens ?? 0,
    cacheWritten: (written?.ephemeral_1h_input_tokens ?? 0) + (written?.ephemeral_5m_input_tokens ?? 0),
    ...(Number.isFinite(cents) ? { usd: cents / 100 } : {}),
  };
}

async function raiseBudget({ client, calls }: Reach, session: string, cents: number): Promise<void> {
  // The same value twice changes nothing: a lost answer is found out by telling it again.
  const facts = { writes: true, names: 'resource' } as const;
  await calls.write('raising a budget', facts, (limits) =>
    client.beta.sessions.update(session, { budget: budgetOf(cents) }, limits),
  );
}

/** Archived already, deleted or terminated: what was wanted is so. */
async function archive({ client, calls }: Reach, session: string): Promise<void> {
  // Archiving twice changes nothing, so a lost answer is no doubt: it is simply done again.
  const facts = { writes: false, names: 'resource' } as const;
  try {
    await calls.write('archiving a session', facts, (limits) =>
      client.beta.sessions.archive(session, {}, limits),
    );
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    // The status lags behind `session.status_idle`; asked again a little later, the archive is accepted.
    if (saysRunning(error.cause)) throw retold(error, 'retry', 'session_running');
    if (error.kind === 'gone' || saysGone(error.cause)) return;
    throw error;
  }
}

/** `events.list`: by `processed_at`, oldest first; where events stand that have none is the service's choice. */
async function history(
  { client, calls }: Reach,
  session: string,
  { since, types }: HistoryQuery,
): Promise<readonly AgentEvent[]> {
  const query = {
    order: 'asc' as const,
    limit: 1000,
    ...(since === undefined ? {} : { 'created_at[gte]': since }),
    ...(types === undefined ? {} : { types: [...types] as SessionEventTypes }),
  };
  const events: AgentEvent[] = [];
  const listing = eachItem<unknown>((page) =>
    calls.read('listing events', (limits) =>
      client.beta.sessions.events.list(session, { ...query, ...(page ? { page } : {}) }, limits),
    ),
  );
  for await (const raw of listing) {
    const event = narrowListed(raw);
    if (event) events.push(event);
  }
  return events;
}

type SessionEventTypes = NonNullable<
  NonNullable<Parameters<Anthropic['beta']['sessions']['events']['list']>[1]>['types']
>;

/** The write was answered with success, but not with what it made: whether it happened must be looked up. */
function badAnswer(message: string): PortError {
  return new PortError({ kind: 'unknown', code: 'bad_answer', message });
}

function unreadable(message: string): PortError {
  return new PortError({ kind: 'retry', code: 'bad_answer', message });
}
