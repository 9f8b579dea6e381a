/** `/v1/sessions/{id}/events` and the threads of a session: list, send, stream. */
import type { ServerResponse } from 'node:http';
import {
  bounds,
  json,
  limitOf,
  listOf,
  orderOf,
  param,
  sessionOf,
  type Ask,
  type Endpoint,
  type Reply,
} from './endpoint.ts';
import { notFound, invalid } from './problem.ts';
import { parse } from './schema.ts';
import { sendBody } from './schema-events.ts';
import { accept, check } from './send.ts';
import type { Session } from './session.ts';
import { Subscriber } from './stream.ts';
import type { Json, SessionEvent, Thread } from './types.ts';

const beta = true;
const session = '/v1/sessions/:id';
const thread = `${session}/threads/:tid`;

export const eventEndpoints: readonly Endpoint[] = [
  { name: 'events.list', method: 'GET', path: `${session}/events`, limit: 'read', beta, run: list },
  { name: 'events.send', method: 'POST', path: `${session}/events`, limit: 'send', beta, run: send },
  {
    name: 'events.stream',
    method: 'GET',
    path: `${session}/events/stream`,
    limit: 'read',
    beta,
    run: stream,
  },
  { name: 'threads.list', method: 'GET', path: `${session}/threads`, limit: 'read', beta, run: listThreads },
  { name: 'threads.retrieve', method: 'GET', path: thread, limit: 'read', beta, run: getThread },
  {
    name: 'threads.events.list',
    method: 'GET',
    path: `${thread}/events`,
    limit: 'read',
    beta,
    run: listOfThread,
  },
  {
    name: 'threads.events.stream',
    method: 'GET',
    path: `${thread}/stream`,
    limit: 'read',
    beta,
    run: streamOfThread,
  },
];

const PAGE = 1000;
const DELTA_TYPES: ReadonlySet<string> = new Set(['agent.message', 'agent.thinking']);

function list(ask: Ask): Reply {
  const types = listOf(ask.query, 'types');
  return json(
    sessionOf(ask).log.page({
      types: types.length > 0 ? new Set(types) : null,
      order: orderOf(ask.query, 'asc'),
      limit: limitOf(ask.query, PAGE, PAGE),
      page: ask.query.get('page'),
      unprocessed: ask.world.settings.unprocessedInList,
      ...bounds(ask.query),
    }),
  );
}

function send(ask: Ask): Reply {
  const target = sessionOf(ask);
  const { events } = parse(sendBody, ask.body);
  check(target, events);
  return json({ data: accept(target, events) });
}

function stream(ask: Ask): Reply {
  const target = sessionOf(ask);
  const deltas = deltasOf(ask);
  return { open: (response) => attach(target, response, deltas) };
}

function deltasOf(ask: Ask): ReadonlySet<string> {
  const wanted = listOf(ask.query, 'event_deltas');
  if (wanted.length > 100) throw invalid('event_deltas: at most 100 values are allowed');
  const unknown = wanted.find((type) => !DELTA_TYPES.has(type));
  if (unknown !== undefined) throw invalid(`event_deltas: unknown value ${unknown}`);
  return new Set(wanted);
}

/** Delivers what is emitted from now on. A session that has ended has nothing more to say. */
function attach(
  target: Session,
  response: ServerResponse,
  deltas: ReadonlySet<string>,
  wants?: (event: SessionEvent) => boolean,
): void {
  const { world } = target;
  const subscriber = new Subscriber(response, world.outbound, {
    deltas,
    heartbeatMs: world.settings.heartbeatMs,
    ...(wants ? { wants } : {}),
  });
  target.subscribers.add(subscriber);
  world.outbound.stir();
  response.once('close', () => {
    target.subscribers.delete(subscriber);
    world.outbound.stir();
  });
  if (target.state.status === 'terminated') subscriber.end();
}

function listThreads(ask: Ask): Reply {
  const target = sessionOf(ask);
  const statuses = new Set(listOf(ask.query, 'statuses'));
  const threads = target.state.threads.filter((one) => statuses.size === 0 || statuses.has(one.status));
  return json({ data: threads.map((one) => presentThread(target, one)), next_page: null });
}

function threadOf(ask: Ask): { target: Session; found: Thread } {
  const target = sessionOf(ask);
  const found = target.state.threads.find((one) => one.id === param(ask, 'tid'));
  if (!found) throw notFound('Thread', param(ask, 'tid'));
  return { target, found };
}

function presentThread(target: Session, one: Thread): Json {
  const { id, type, version, name, model, system, tools } = target.fixed.agent;
  const primary = one.parent === null;
  return {
    id: one.id,
    type: 'session_thread',
    session_id: target.id,
    parent_thread_id: one.parent,
    agent: { id, type, version, name: primary ? name : one.name, model, system, tools },
    status: primary ? target.reportedStatus : one.status,
    archived_at: one.archived_at,
    created_at: one.created_at,
    updated_at: target.state.updated_at,
    stats: primary ? { active_seconds: target.state.activeMs / 1000 } : null,
    usage: primary ? target.usageSnapshot() : null,
    workflow_run_id: null,
  };
}

function getThread(ask: Ask): Reply {
  const { target, found } = threadOf(ask);
  return json(presentThread(target, found));
}

/** A subagent's own events; the primary thread has everything that is not a subagent's. */
function belongs(target: Session, found: Thread): (event: SessionEvent) => boolean {
  const children = new Set(target.state.threads.filter((one) => one.parent !== null).map((one) => one.id));
  const of = (event: SessionEvent): unknown => event['session_thread_id'];
  if (found.parent === null) return (event) => !children.has(String(of(event)));
  return (event) =>
    of(event) === found.id ||
    event['to_session_thread_id'] === found.id ||
    event['from_session_thread_id'] === found.id;
}

function listOfThread(ask: Ask): Reply {
  const { target, found } = threadOf(ask);
  return json(
    target.log.page({
      types: null,
      order: 'asc',
      limit: limitOf(ask.query, PAGE, PAGE),
      page: ask.query.get('page'),
      unprocessed: ask.world.settings.unprocessedInList,
      from: 0,
      to: Infinity,
      where: belongs(target, found),
    }),
  );
}

function streamOfThread(ask: Ask): Reply {
  const { target, found } = threadOf(ask);
  const deltas = deltasOf(ask);
  return { open: (response) => attach(target, response, deltas, belongs(target, found)) };
}
