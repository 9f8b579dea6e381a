/** `/v1/memory_stores`: the stores alone, not what is in them. They have a beta header of their own. */
import { z } from 'zod';
import { json, limitOf, now, param, type Ask, type Endpoint, type Reply } from './endpoint.ts';
import { newId } from './ids.ts';
import { pageOf } from './paging.ts';
import { notFound } from './problem.ts';
import { parse } from './schema.ts';
import type { Json } from './types.ts';
import type { Doc, World } from './world.ts';

const beta = false;
const one = '/v1/memory_stores/:id';

export const memoryStoreEndpoints: readonly Endpoint[] = [
  {
    name: 'memoryStores.create',
    method: 'POST',
    path: '/v1/memory_stores',
    limit: 'create',
    beta,
    run: create,
  },
  { name: 'memoryStores.list', method: 'GET', path: '/v1/memory_stores', limit: 'read', beta, run: list },
  { name: 'memoryStores.retrieve', method: 'GET', path: one, limit: 'read', beta, run: retrieve },
  { name: 'memoryStores.archive', method: 'POST', path: `${one}/archive`, limit: 'read', beta, run: archive },
];

const store = z.strictObject({
  name: z.string().min(1).max(256),
  description: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

export function memoryStoreDoc(world: World, id: string): Doc {
  const doc = world.docs.memory_store.get(id);
  if (!doc) throw notFound('Memory store', id);
  return doc;
}

function create({ world, body }: Ask): Reply {
  const { name, description = '', metadata = {} } = parse(store, body);
  const at = now(world);
  const id = newId('memstore');
  const value: Json = {
    id,
    type: 'memory_store',
    name,
    description,
    metadata,
    archived_at: null,
    created_at: at,
    updated_at: at,
  };
  world.save('memory_store', id, { seq: world.nextSeq(), value });
  return json(value);
}

function retrieve(ask: Ask): Reply {
  return json(memoryStoreDoc(ask.world, param(ask, 'id')).value);
}

function archive(ask: Ask): Reply {
  const doc = memoryStoreDoc(ask.world, param(ask, 'id'));
  const at = now(ask.world);
  const value = { ...doc.value, archived_at: doc.value['archived_at'] ?? at, updated_at: at };
  ask.world.save('memory_store', param(ask, 'id'), { ...doc, value });
  return json(value);
}

function list({ world, query }: Ask): Reply {
  const all = query.get('include_archived') === 'true';
  const docs = [...world.docs.memory_store.values()].filter(
    ({ value }) => all || value['archived_at'] === null,
  );
  const limit = limitOf(query, 20, 100);
  const found = pageOf(docs, ({ seq }) => seq, { order: 'desc', limit, page: query.get('page') });
  return json({ data: found.data.map(({ value }) => value), next_page: found.next_page });
}
