/**
 * `/v1/files`, generally available: no beta header, except for listing by `scope_id`. Uploads cannot be
 * downloaded again; what a session wrote can.
 */
import { now, json, limitOf, listOf, param, type Ask, type Endpoint, type Reply } from './endpoint.ts';
import { BETA } from './beta.ts';
import { newId } from './ids.ts';
import { fileOf, type StoredFile } from './outputs.ts';
import { pageOf } from './paging.ts';
import { invalid, notFound } from './problem.ts';
import type { Json } from './types.ts';
import type { Doc, World } from './world.ts';

const one = '/v1/files/:id';
const common = { limit: 'none', beta: false } as const;

export const fileEndpoints: readonly Endpoint[] = [
  { name: 'files.upload', method: 'POST', path: '/v1/files', ...common, run: upload },
  { name: 'files.list', method: 'GET', path: '/v1/files', ...common, run: list },
  { name: 'files.retrieveMetadata', method: 'GET', path: one, ...common, run: retrieve },
  { name: 'files.download', method: 'GET', path: `${one}/content`, ...common, run: download },
  { name: 'files.delete', method: 'DELETE', path: one, ...common, run: remove },
];

async function upload(ask: Ask): Promise<Reply> {
  const { world } = ask;
  const form = await formOf(ask);
  const file = form.get('file');
  if (file === null || typeof file === 'string') throw invalid('file: Field required');
  const content = Buffer.from(await file.arrayBuffer());
  const metadata: Json = {
    id: newId('file'),
    type: 'file',
    filename: file.name.split('/').at(-1) || 'unnamed',
    mime_type: file.type || 'application/octet-stream',
    size_bytes: content.length,
    created_at: now(world),
    downloadable: false,
    expires_at: expiry(world, form.get('expires_in_seconds')),
  };
  return json(store(world, metadata, content.toString('base64')));
}

async function formOf(ask: Ask): Promise<FormData> {
  const type = ask.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) throw invalid('expected multipart/form-data');
  try {
    return await new Response(new Uint8Array(ask.raw), { headers: { 'content-type': type } }).formData();
  } catch {
    throw invalid('malformed multipart body');
  }
}

function expiry(world: World, field: ReturnType<FormData['get']>): string | null {
  if (field === null) return null;
  const seconds = Number(field);
  if (!Number.isInteger(seconds) || seconds < 3600 || seconds > 7_776_000) {
    throw invalid('expires_in_seconds: must be from 3600 to 7776000');
  }
  return new Date(world.clock.now() + seconds * 1000).toISOString();
}

function store(world: World, metadata: Json, content: string): Json {
  const file: StoredFile = { metadata, content, visibleAt: 0 };
  world.save('file', String(metadata['id']), { seq: world.nextSeq(), value: file as unknown as Json });
  return metadata;
}

/** A mounted file is a copy with an id of its own. */
export function copyFile(world: World, id: string, sessionId: string): Json {
  const file = fileOf(fileDoc(world, id));
  const metadata = {
    ...file.metadata,
    id: newId('file'),
    created_at: now(world),
    downloadable: false,
    scope: { type: 'session', id: sessionId },
  };
  return store(world, metadata, file.content);
}

export function fileDoc(world: World, id: string): Doc {
  const doc = world.docs.file.get(id);
  if (!doc) throw notFound('File', id);
  return doc;
}

function list({ world, query, headers }: Ask): Reply {
  const scope = query.get('scope_id');
  if (scope !== null && !String(headers['anthropic-beta'] ?? '').includes(BETA)) {
    throw invalid(`scope_id: requires the ${BETA} beta header`);
  }
  const ids = listOf(query, 'ids');
  if (ids.length > 100) throw invalid('ids: at most 100 are allowed');
  const docs = [...world.docs.file.values()].filter((doc) => {
    const file = fileOf(doc);
    const mine = scope === null || (file.metadata['scope'] as Json | undefined)?.['id'] === scope;
    const listed = file.visibleAt !== null && file.visibleAt <= world.clock.now();
    return listed && mine && (ids.length === 0 || ids.includes(String(file.metadata['id'])));
  });
  const page = pageOf(docs, (doc) => doc.seq, {
    order: 'desc',
    limit: limitOf(query, 20, 1000),
    page: query.get('page'),
  });
  return json({ data: page.data.map((doc) => fileOf(doc).metadata), next_page: page.next_page });
}

function retrieve(ask: Ask): Reply {
  return json(fileOf(fileDoc(ask.world, param(ask, 'id'))).metadata);
}

function download(ask: Ask): Reply {
  const { metadata, content } = fileOf(fileDoc(ask.world, param(ask, 'id')));
  if (metadata['downloadable'] !== true)
    throw invalid('This file cannot be downloaded', 'file_not_downloadable');
  return { bytes: Buffer.from(content, 'base64'), mime: String(metadata['mime_type']) };
}

function remove(ask: Ask): Reply {
  const id = param(ask, 'id');
  fileDoc(ask.world, id);
  ask.world.save('file', id, null);
  return json({ id, type: 'file_deleted' });
}
