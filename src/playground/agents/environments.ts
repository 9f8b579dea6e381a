/** `/v1/environments`: unique names, no versions, deleted only when no session refers to them. */
import { json, limitOf, now, param, patched, type Ask, type Endpoint, type Reply } from './endpoint.ts';
import { newId } from './ids.ts';
import { pageOf } from './paging.ts';
import { conflict, invalid, notFound } from './problem.ts';
import { environmentCreate, environmentUpdate, parse, type EnvironmentConfig } from './schema.ts';
import type { Json } from './types.ts';
import type { Doc, World } from './world.ts';

const beta = true;
const path = '/v1/environments/:id';

export const environmentEndpoints: readonly Endpoint[] = [
  {
    name: 'environments.create',
    method: 'POST',
    path: '/v1/environments',
    limit: 'create',
    beta,
    run: create,
  },
  { name: 'environments.list', method: 'GET', path: '/v1/environments', limit: 'read', beta, run: list },
  { name: 'environments.retrieve', method: 'GET', path, limit: 'read', beta, run: retrieve },
  { name: 'environments.update', method: 'POST', path, limit: 'read', beta, run: update },
  { name: 'environments.delete', method: 'DELETE', path, limit: 'read', beta, run: remove },
  {
    name: 'environments.archive',
    method: 'POST',
    path: `${path}/archive`,
    limit: 'read',
    beta,
    run: archive,
  },
];

const NO_PACKAGES = { apt: [], cargo: [], gem: [], go: [], npm: [], pip: [] };

export function createEnvironment(world: World, body: unknown): Json {
  const input = parse(environmentCreate, body);
  checkName(world, input.name, null);
  const at = now(world);
  const value: Json = {
    id: newId('env'),
    type: 'environment',
    name: input.name,
    description: input.description ?? null,
    config: resolve(input.config ?? { type: 'cloud' }),
    metadata: input.metadata ?? {},
    scope: input.scope ?? 'organization',
    archived_at: null,
    created_at: at,
    updated_at: at,
  };
  world.save('environment', String(value['id']), { seq: world.nextSeq(), value });
  return value;
}

function resolve(config: EnvironmentConfig): Json {
  if (config.type === 'self_hosted') return { type: 'self_hosted' };
  const networking = config.networking ?? { type: 'unrestricted' as const };
  const wanted = Object.values(config.packages ?? {}).some(
    (names) => Array.isArray(names) && names.length > 0,
  );
  if (networking.type === 'limited' && wanted && networking.allow_package_managers !== true) {
    throw invalid('config.packages: limited networking needs allow_package_managers');
  }
  const limited = networking.type === 'limited';
  return {
    type: 'cloud',
    networking: limited
      ? {
          type: 'limited',
          allowed_hosts: networking.allowed_hosts ?? [],
          allow_mcp_servers: networking.allow_mcp_servers ?? false,
          allow_package_managers: networking.allow_package_managers ?? false,
        }
      : { type: 'unrestricted' },
    packages: { type: 'packages', ...NO_PACKAGES, ...config.packages },
  };
}

function checkName(world: World, name: string, self: string | null): void {
  for (const [id, doc] of world.docs.environment) {
    if (id !== self && doc.value['name'] === name)
      throw conflict(`An environment named ${name} already exists`);
  }
}

export function environmentDoc(world: World, id: string): Doc {
  const doc = world.docs.environment.get(id);
  if (!doc) throw notFound('Environment', id);
  return doc;
}

function create({ world, body }: Ask): Reply {
  return json(createEnvironment(world, body));
}

function retrieve(ask: Ask): Reply {
  return json(environmentDoc(ask.world, param(ask, 'id')).value);
}

function update(ask: Ask): Reply {
  const { world } = ask;
  const doc = environmentDoc(world, param(ask, 'id'));
  if (doc.value['archived_at'] !== null) throw invalid('Environment is archived', 'environment_archived');
  const input = parse(environmentUpdate, ask.body);
  const config = doc.value['config'] as Json;
  if (input.config && input.config.type !== config['type']) throw invalid('config.type cannot be changed');
  if (input.name !== undefined) checkName(world, input.name, param(ask, 'id'));
  const value: Json = {
    ...doc.value,
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.config === undefined ? {} : { config: resolve(input.config) }),
    metadata: patched(doc.value['metadata'] as Record<string, string>, input.metadata),
    updated_at: now(world),
  };
  world.save('environment', param(ask, 'id'), { ...doc, value });
  return json(value);
}

function remove(ask: Ask): Reply {
  const id = param(ask, 'id');
  environmentDoc(ask.world, id);
  for (const session of ask.world.sessions.values()) {
    if (session.fixed.environment_id === id) throw conflict('The environment is referenced by sessions');
  }
  ask.world.save('environment', id, null);
  return json({ id, type: 'environment_deleted' });
}

function archive(ask: Ask): Reply {
  const doc = environmentDoc(ask.world, param(ask, 'id'));
  if (doc.value['archived_at'] !== null) return json(doc.value);
  const at = now(ask.world);
  const value = { ...doc.value, archived_at: at, updated_at: at };
  ask.world.save('environment', param(ask, 'id'), { ...doc, value });
  return json(value);
}

function list({ world, query }: Ask): Reply {
  const archived = query.get('include_archived') === 'true';
  const docs = [...world.docs.environment.values()].filter(
    (doc) => archived || doc.value['archived_at'] === null,
  );
  const page = pageOf(docs, (doc) => doc.seq, {
    order: 'desc',
    limit: limitOf(query, 20, 100),
    page: query.get('page'),
  });
  return json({ data: page.data.map((doc) => doc.value), next_page: page.next_page });
}
