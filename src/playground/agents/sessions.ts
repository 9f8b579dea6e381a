/** `/v1/sessions`: the record of a session. What happens in it is in `turn.ts`, its history in `events.ts`. */
import { agentVersion, checkServers, configurationOf } from './agents.ts';
import { iso, micros } from './clock.ts';
import {
  bounds,
  json,
  limitOf,
  listOf,
  now,
  orderOf,
  patched,
  sessionOf,
  type Ask,
  type Endpoint,
  type Reply,
} from './endpoint.ts';
import { environmentDoc } from './environments.ts';
import { newId } from './ids.ts';
import { limitMicros } from './money.ts';
import { pageOf } from './paging.ts';
import { invalid } from './problem.ts';
import { mount } from './resources.ts';
import { parse, sessionCreate, sessionUpdate, type SessionCreate } from './schema.ts';
import { defineOutcome, sendable, userMessage, type Sendable } from './schema-events.ts';
import { accept, checkDocuments } from './send.ts';
import { Session } from './session.ts';
import { archived } from './status.ts';
import { begin, budgetRaised } from './turn.ts';
import type { Budget, Json, SessionState } from './types.ts';
import { vaultDoc } from './vaults.ts';
import type { World } from './world.ts';

const beta = true;
const path = '/v1/sessions/:id';

export const sessionEndpoints: readonly Endpoint[] = [
  { name: 'sessions.create', method: 'POST', path: '/v1/sessions', limit: 'create', beta, run: create },
  { name: 'sessions.list', method: 'GET', path: '/v1/sessions', limit: 'read', beta, run: list },
  { name: 'sessions.retrieve', method: 'GET', path, limit: 'read', beta, run: retrieve },
  { name: 'sessions.update', method: 'POST', path, limit: 'read', beta, run: update },
  { name: 'sessions.archive', method: 'POST', path: `${path}/archive`, limit: 'read', beta, run: archive },
  { name: 'sessions.delete', method: 'DELETE', path, limit: 'read', beta, run: remove },
];

/** The session as the API shows it. */
export function present(session: Session): Json {
  const { fixed, state, world } = session;
  const end = state.status === 'terminated' ? (micros(state.updated_at) ?? 0) / 1000 : world.clock.now();
  return {
    id: fixed.id,
    type: 'session',
    status: session.reportedStatus,
    agent: fixed.agent,
    environment_id: fixed.environment_id,
    title: state.title,
    metadata: state.metadata,
    vault_ids: state.vault_ids,
    resources: state.resources,
    budget: state.budget,
    usage: session.usageSnapshot(),
    stats: {
      active_seconds: state.activeMs / 1000,
      duration_seconds: Math.max(0, (end - (micros(fixed.created_at) ?? 0) / 1000) / 1000),
    },
    outcome_evaluations: state.outcomes.map((outcome) => ({
      type: 'outcome_evaluation',
      outcome_id: outcome.outcome_id,
      description: outcome.description,
      iteration: outcome.iteration,
      result: outcome.result,
      explanation: outcome.explanation,
      completed_at: outcome.completed_at,
    })),
    deployment_id: null,
    archived_at: state.archived_at,
    created_at: fixed.created_at,
    updated_at: state.updated_at,
  };
}

function create({ world, body }: Ask): Reply {
  const input = parse(sessionCreate, body);
  const first = (input.initial_events ?? []).map(checkInitial);
  if (first.filter((event) => event.type === 'user.define_outcome').length > 1) {
    throw invalid('initial_events: at most one user.define_outcome is allowed');
  }
  checkDocuments(first);
  const session = build(world, input);
  world.addSession(session);
  if (first.length > 0) {
    accept(session, first);
    session.cancel();
    begin(session);
  }
  return json(present(session));
}

function checkInitial(event: { readonly type: string }, index: number): Sendable {
  if (event.type === 'user.message') return parse(userMessage, event);
  if (event.type === 'user.define_outcome') return parse(defineOutcome, event);
  parse(sendable, event);
  throw invalid(`initial_events[${index}]: ${event.type} is not supported here`);
}

function build(world: World, input: SessionCreate): Session {
  const agent = agentFor(world, input.agent);
  const environment = environmentDoc(world, input.environment_id).value;
  if (environment['archived_at'] !== null) throw invalid('Environment is archived', 'environment_archived');
  for (const id of input.vault_ids ?? []) {
    if (vaultDoc(world, id).value['archived_at'] !== null) throw invalid(`Vault ${id} is archived`);
  }
  const id = newId('sesn');
  const resources = (input.resources ?? []).map((resource) => mount(world, id, resource));
  const at = now(world);
  const primary = newId('sthr');
  const fixed = {
    id,
    seq: world.nextSeq(),
    created_at: at,
    environment_id: input.environment_id,
    selfHosted: (environment['config'] as Json)['type'] === 'self_hosted',
    primary,
    agent,
  };
  const thread = { id: primary, key: null, name: String(agent['name']), parent: null, created_at: at };
  const state: SessionState = {
    ...emptyState(at),
    title: input.title ?? null,
    metadata: input.metadata ?? {},
    vault_ids: input.vault_ids ?? [],
    resources,
    budget: input.budget ?? null,
    threads: [{ ...thread, status: 'idle', archived_at: null }],
  };
  return new Session(fixed, state, world);
}

function emptyState(at: string): SessionState {
  return {
    status: 'idle',
    title: null,
    metadata: {},
    vault_ids: [],
    resources: [],
    budget: null,
    archived_at: null,
    updated_at: at,
    outcomes: [],
    threads: [],
    queue: [],
    interrupts: [],
    calls: [],
    answers: {},
    stop: null,
    idleAt: 0,
    answeredAt: 0,
    usage: { input: 0, output: 0, cacheRead: 0, searches: 0, costMicros: 0 },
    activeMs: 0,
    runningSince: null,
  };
}

/** The snapshot a session keeps; later versions of the agent do not affect it. */
function agentFor(world: World, given: SessionCreate['agent']): Json {
  const reference = typeof given === 'string' ? { type: 'agent' as const, id: given } : given;
  const {
    metadata: _metadata,
    archived_at,
    created_at: _c,
    updated_at: _u,
    ...agent
  } = agentVersion(world, reference.id, reference.version ?? null);
  if (archived_at !== null) throw invalid(`Agent ${reference.id} is archived`);
  if (reference.type !== 'agent_with_overrides') return agent;
  const { type: _t, id: _i, version: _v, ...overrides } = reference;
  const given2 = Object.fromEntries(Object.entries(overrides).filter((pair) => pair[1] !== undefined));
  const merged = { ...agent, ...given2 } as Parameters<typeof configurationOf>[0] & Json;
  const resolved = { ...merged, ...configurationOf(merged) };
  checkServers(resolved);
  return resolved;
}

function retrieve(ask: Ask): Reply {
  return json(present(sessionOf(ask)));
}

function update(ask: Ask): Reply {
  const session = sessionOf(ask);
  const input = parse(sessionUpdate, ask.body);
  if (input.vault_ids !== undefined) throw invalid('vault_ids: not yet supported');
  if (session.state.status === 'terminated') throw invalid('Session is terminated');
  if (input.agent && session.reportedStatus !== 'idle')
    throw invalid('Session is running; interrupt it first');
  if (input.budget !== undefined) checkBudget(session, input.budget);
  const changed = apply(session, input);
  if (Object.keys(changed).length > 0) {
    session.state.updated_at = now(ask.world);
    session.touch('state');
    session.emit('session.updated', changed);
    if ('budget' in changed) budgetRaised(session);
  }
  return json(present(session));
}

function checkBudget(session: Session, budget: Budget | null): void {
  if (session.state.budget === null) {
    throw invalid('A budget can only be set when the session is created', 'budget_create_only');
  }
  if (budget !== null && limitMicros(budget) <= session.state.usage.costMicros) {
    throw invalid('max_list_cost must be above what the session has already cost', 'budget_not_raised');
  }
}

/** Applies an update and returns the fields that changed. */
function apply(session: Session, input: ReturnType<typeof sessionUpdate.parse>): Json {
  const { state } = session;
  const changed: Json = {};
  if (input.title !== undefined && input.title !== state.title) changed['title'] = state.title = input.title;
  if (input.metadata !== undefined) {
    const metadata = patched(state.metadata, input.metadata);
    if (JSON.stringify(metadata) !== JSON.stringify(state.metadata))
      changed['metadata'] = state.metadata = metadata;
  }
  if (input.budget !== undefined && JSON.stringify(input.budget) !== JSON.stringify(state.budget)) {
    changed['budget'] = state.budget = input.budget;
  }
  if (input.agent) changed['agent'] = replaceTools(session, input.agent);
  return changed;
}

function replaceTools(session: Session, given: Json): Json {
  const wanted = Object.fromEntries(Object.entries(given).filter((pair) => pair[1] !== undefined));
  const merged = { ...session.fixed.agent, ...wanted } as Parameters<typeof configurationOf>[0] & Json;
  const agent = { ...merged, ...configurationOf(merged) };
  checkServers(agent);
  session.fixed.agent = agent;
  session.world.outbound.record(JSON.stringify(['session', session.fixed, session.state]));
  return agent;
}

function checkStill(session: Session, verb: 'archive' | 'delete'): void {
  const status = session.reportedStatus;
  if (status !== 'running' && status !== 'rescheduling') return;
  throw invalid(
    `Cannot ${verb} session while it is running. Send a user.interrupt event and wait for the session to become idle.`,
  );
}

function archive(ask: Ask): Reply {
  const session = sessionOf(ask);
  checkStill(session, 'archive');
  if (session.state.archived_at === null) archived(session);
  return json(present(session));
}

function remove(ask: Ask): Reply {
  const session = sessionOf(ask);
  checkStill(session, 'delete');
  dropSession(session);
  return json({ id: session.id, type: 'session_deleted' });
}

/** Ends the streams with `session.deleted`; the record, its events and its files are gone afterwards. */
export function dropSession(session: Session): void {
  const { world } = session;
  const event = { type: 'session.deleted', id: newId('sevt'), processed_at: iso(world.clock.stamp()) };
  session.broadcast(event);
  world.webhooks.notice(session.id, event);
  session.endStreams();
  for (const [fileId, doc] of world.docs.file) {
    const metadata = doc.value['metadata'] as Json;
    if ((metadata['scope'] as Json | null | undefined)?.['id'] === session.id)
      world.save('file', fileId, null);
  }
  world.removeSession(session);
}

function list({ world, query }: Ask): Reply {
  const range = bounds(query);
  const statuses = new Set(listOf(query, 'statuses'));
  const archivedToo = query.get('include_archived') === 'true';
  const agentId = query.get('agent_id');
  const version = query.get('agent_version');
  const store = query.get('memory_store_id');
  const wanted = (session: Session): boolean => {
    const { fixed, state } = session;
    const at = micros(fixed.created_at) ?? 0;
    return (
      (archivedToo || state.archived_at === null) &&
      at >= range.from &&
      at <= range.to &&
      (agentId === null || fixed.agent['id'] === agentId) &&
      (agentId === null || version === null || fixed.agent['version'] === Number(version)) &&
      (store === null || state.resources.some((resource) => resource['memory_store_id'] === store)) &&
      (statuses.size === 0 || statuses.has(session.reportedStatus))
    );
  };
  const sessions = query.get('deployment_id') === null ? [...world.sessions.values()].filter(wanted) : [];
  const order = orderOf(query, 'desc');
  const page = pageOf(sessions, (session) => session.fixed.seq, {
    order,
    limit: limitOf(query, 20, 100),
    page: query.get('page'),
  });
  return json({ ...page, data: page.data.map(present) });
}
