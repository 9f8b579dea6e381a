/** `/v1/sessions/{id}/resources`: files are added while a session lives, everything else only at creation. */
import { memoryStoreDoc } from './memory-stores.ts';
import { json, limitOf, now, param, sessionOf, type Ask, type Endpoint, type Reply } from './endpoint.ts';
import { copyFile } from './files.ts';
import { newId } from './ids.ts';
import { invalid, notFound } from './problem.ts';
import { parse, resourceAdd, type ResourceInput } from './schema.ts';
import type { Json } from './types.ts';
import type { World } from './world.ts';

const beta = true;
const many = '/v1/sessions/:id/resources';
const one = `${many}/:rid`;

export const resourceEndpoints: readonly Endpoint[] = [
  { name: 'resources.add', method: 'POST', path: many, limit: 'create', beta, run: add },
  { name: 'resources.list', method: 'GET', path: many, limit: 'read', beta, run: list },
  { name: 'resources.retrieve', method: 'GET', path: one, limit: 'read', beta, run: retrieve },
  { name: 'resources.delete', method: 'DELETE', path: one, limit: 'read', beta, run: remove },
];

const UPLOADS = '/mnt/session/uploads';

/** Mounts a resource; a file gets a new id, a memory store keeps its own. */
export function mount(world: World, sessionId: string, input: ResourceInput): Json {
  const at = now(world);
  const times = { created_at: at, updated_at: at };
  if (input.type === 'file') {
    const copy = copyFile(world, input.file_id, sessionId);
    const mount_path = `${UPLOADS}/${(input.mount_path ?? String(copy['id'])).replace(/^\/+/, '').replace(/^mnt\/session\/uploads\//, '')}`;
    return { id: newId('sesrsc'), type: 'file', file_id: copy['id'], mount_path, ...times };
  }
  if (input.type === 'github_repository') {
    const name =
      input.url
        .replace(/\.git$/, '')
        .split('/')
        .at(-1) ?? 'repository';
    return {
      id: newId('sesrsc'),
      type: 'github_repository',
      url: input.url,
      checkout: input.checkout ?? null,
      mount_path: input.mount_path ?? `/workspace/${name}`,
      ...times,
    };
  }
  const { memory_store_id, access, instructions } = input;
  const { name, description, archived_at } = memoryStoreDoc(world, memory_store_id).value;
  if (archived_at !== null) throw invalid(`Memory store ${memory_store_id} is archived`);
  return {
    type: 'memory_store',
    memory_store_id,
    access: access ?? 'read_write',
    instructions: instructions ?? null,
    name,
    description,
    mount_path: `/mnt/memory/${String(name)}`,
  };
}

function add(ask: Ask): Reply {
  const session = sessionOf(ask);
  if (session.state.status === 'terminated') throw invalid('Session is terminated');
  if (session.state.resources.length >= 500) throw invalid('A session holds at most 500 files');
  const input = parse(resourceAdd, ask.body);
  if (typeof input.mount_path === 'string' && !input.mount_path.startsWith('/'))
    throw invalid('mount_path: must be absolute');
  const resource = mount(ask.world, session.id, input);
  const isTaken = session.state.resources.some((other) => other['mount_path'] === resource['mount_path']);
  if (isTaken) throw invalid(`mount_path: ${String(resource['mount_path'])} is in use`);
  session.state.resources.push(resource);
  session.touch('state');
  return json(resource);
}

function list(ask: Ask): Reply {
  const { resources } = sessionOf(ask).state;
  return json({ data: resources.slice(0, limitOf(ask.query, 500, 1000)), next_page: null });
}

function find(ask: Ask): Json {
  const found = sessionOf(ask).state.resources.find((resource) => resource['id'] === param(ask, 'rid'));
  if (!found) throw notFound('Resource', param(ask, 'rid'));
  return found;
}

function retrieve(ask: Ask): Reply {
  return json(find(ask));
}

function remove(ask: Ask): Reply {
  const session = sessionOf(ask);
  const found = find(ask);
  session.state.resources = session.state.resources.filter((resource) => resource !== found);
  session.touch('state');
  return json({ id: found['id'], type: 'session_resource_deleted' });
}
