/** `/v1/agents`: versions are kept, changes make a new one, archiving is permanent. */
import {
  bounds,
  json,
  limitOf,
  now,
  param,
  patched,
  within,
  type Ask,
  type Endpoint,
  type Reply,
} from './endpoint.ts';
import { newId } from './ids.ts';
import { pageOf } from './paging.ts';
import { conflict, invalid, notFound } from './problem.ts';
import { agentCreate, agentUpdate, parse, type ModelInput, type ToolInput } from './schema.ts';
import type { Json } from './types.ts';
import type { Doc, World } from './world.ts';

const beta = true;

export const agentEndpoints: readonly Endpoint[] = [
  { name: 'agents.create', method: 'POST', path: '/v1/agents', limit: 'create', beta, run: create },
  { name: 'agents.list', method: 'GET', path: '/v1/agents', limit: 'read', beta, run: list },
  { name: 'agents.retrieve', method: 'GET', path: '/v1/agents/:id', limit: 'read', beta, run: retrieve },
  { name: 'agents.update', method: 'POST', path: '/v1/agents/:id', limit: 'read', beta, run: update },
  {
    name: 'agents.archive',
    method: 'POST',
    path: '/v1/agents/:id/archive',
    limit: 'read',
    beta,
    run: archive,
  },
  {
    name: 'agents.versions.list',
    method: 'GET',
    path: '/v1/agents/:id/versions',
    limit: 'read',
    beta,
    run: versions,
  },
];

function create({ world, body }: Ask): Reply {
  return json(createAgent(world, body));
}

export function createAgent(world: World, body: unknown): Json {
  const input = parse(agentCreate, body);
  const at = now(world);
  const value: Json = {
    id: newId('agent'),
    type: 'agent',
    version: 1,
    name: input.name,
    description: input.description ?? null,
    ...configurationOf(input),
    multiagent: input.multiagent ?? null,
    execution_identity: input.execution_identity ?? { type: 'service_account' },
    metadata: input.metadata ?? {},
    archived_at: null,
    created_at: at,
    updated_at: at,
  };
  checkServers(value);
  world.save('agent', String(value['id']), { seq: world.nextSeq(), value, versions: [value] });
  return value;
}

interface Configuration {
  model: ModelInput;
  system?: string | null | undefined;
  tools?: readonly ToolInput[] | null | undefined;
  mcp_servers?: readonly Json[] | null | undefined;
  skills?: readonly Json[] | null | undefined;
}

/** Input with its defaults resolved, as the service returns it. */
export function configurationOf(input: Configuration): Json {
  return {
    model: resolveModel(input.model),
    system: input.system ?? null,
    tools: (input.tools ?? []).map(resolveTool),
    mcp_servers: input.mcp_servers ?? [],
    skills: input.skills ?? [],
  };
}

function resolveModel(model: ModelInput): Json {
  const given = typeof model === 'string' ? { id: model } : model;
  if (!given.id.startsWith('claude-')) throw invalid(`model: ${given.id} is not available`);
  const effort = 'effort' in given ? given.effort : null;
  return {
    id: given.id,
    effort: typeof effort === 'string' ? { type: effort } : (effort ?? { type: 'high' }),
    ...('inference_geo' in given && given.inference_geo ? { inference_geo: given.inference_geo } : {}),
    speed: ('speed' in given ? given.speed : null) ?? 'standard',
  };
}

/** Agent toolsets default to always_allow, MCP toolsets to always_ask. */
function resolveTool(tool: ToolInput): Json {
  if (tool.type === 'custom') return tool;
  const policy = { type: tool.type === 'mcp_toolset' ? 'always_ask' : 'always_allow' };
  const defaults = {
    enabled: tool.default_config?.enabled ?? true,
    permission_policy: tool.default_config?.permission_policy ?? policy,
  };
  const configs = (tool.configs ?? []).map((config) => ({
    ...config,
    enabled: config.enabled ?? defaults.enabled,
    permission_policy: config.permission_policy ?? defaults.permission_policy,
  }));
  return { ...tool, default_config: defaults, configs };
}

export function checkServers(agent: Json): void {
  const servers = (agent['mcp_servers'] as Json[]).map((server) => server['name'] as string);
  const tools = agent['tools'] as Json[];
  const used = new Set(
    tools.filter((tool) => tool['type'] === 'mcp_toolset').map((tool) => tool['mcp_server_name'] as string),
  );
  if (new Set(servers).size !== servers.length) throw invalid('mcp_servers: names must be unique');
  const idle = servers.find((name) => !used.has(name));
  if (idle !== undefined) throw invalid(`mcp_servers: ${idle} is not referenced by any mcp_toolset`);
  const unknown = [...used].find((name) => !servers.includes(name));
  if (unknown !== undefined) throw invalid(`tools: unknown mcp_server_name ${unknown}`);
}

export function agentDoc(world: World, id: string): Doc {
  const doc = world.docs.agent.get(id);
  if (!doc) throw notFound('Agent', id);
  return doc;
}

/** One version of an agent; the newest where none is named. */
export function agentVersion(world: World, id: string, version: number | null): Json {
  const doc = agentDoc(world, id);
  if (version === null) return doc.value;
  const found = doc.versions?.find((value) => value['version'] === version);
  if (!found) throw notFound('Agent version', `${id}@${version}`);
  return found;
}

function retrieve(ask: Ask): Reply {
  const version = ask.query.get('version');
  return json(agentVersion(ask.world, param(ask, 'id'), version === null ? null : Number(version)));
}

function update(ask: Ask): Reply {
  return json(updateAgent(ask.world, param(ask, 'id'), ask.body));
}

/** A change makes a new version; without one the newest stays. @throws Problem where it may not be changed. */
export function updateAgent(world: World, id: string, body: unknown): Json {
  const doc = agentDoc(world, id);
  const { version, metadata, ...input } = parse(agentUpdate, body);
  const old = doc.value;
  if (old['archived_at'] !== null) throw invalid('Agent is archived');
  if (version !== undefined && version !== old['version']) {
    throw conflict(`version ${version} is not the current version ${String(old['version'])}`);
  }
  const changes = Object.fromEntries(Object.entries(input).filter((pair) => pair[1] !== undefined));
  const merged = { ...old, ...changes } as Json & Configuration;
  const value: Json = {
    ...merged,
    ...configurationOf(merged),
    metadata: patched(old['metadata'] as Record<string, string>, metadata),
  };
  checkServers(value);
  return saveVersion(world, doc, value);
}

function saveVersion(world: World, doc: Doc, value: Json): Json {
  if (JSON.stringify(value) === JSON.stringify(doc.value)) return doc.value;
  const next = { ...value, version: Number(doc.value['version']) + 1, updated_at: now(world) };
  world.save('agent', String(value['id']), {
    ...doc,
    value: next,
    versions: [...(doc.versions ?? []), next],
  });
  return next;
}

function archive(ask: Ask): Reply {
  const doc = agentDoc(ask.world, param(ask, 'id'));
  if (doc.value['archived_at'] !== null) return json(doc.value);
  const at = now(ask.world);
  const value = { ...doc.value, archived_at: at, updated_at: at };
  ask.world.save('agent', param(ask, 'id'), { ...doc, value });
  return json(value);
}

function list({ world, query }: Ask): Reply {
  const range = bounds(query);
  const archived = query.get('include_archived') === 'true';
  const docs = [...world.docs.agent.values()].filter(
    (doc) =>
      (archived || doc.value['archived_at'] === null) && within(String(doc.value['created_at']), range),
  );
  const page = pageOf(docs, (doc) => doc.seq, {
    order: 'desc',
    limit: limitOf(query, 20, 100),
    page: query.get('page'),
  });
  return json({ data: page.data.map((doc) => doc.value), next_page: page.next_page });
}

function versions(ask: Ask): Reply {
  const doc = agentDoc(ask.world, param(ask, 'id'));
  const query = { order: 'desc' as const, limit: limitOf(ask.query, 20, 100), page: ask.query.get('page') };
  const page = pageOf(doc.versions ?? [], (value) => Number(value['version']), query);
  return json({ data: page.data, next_page: page.next_page });
}
