/** `/v1/vaults` and their credentials. Secrets are write-only: they are not even kept. */
import { json, limitOf, now, param, patched, type Ask, type Endpoint, type Reply } from './endpoint.ts';
import { newId } from './ids.ts';
import { pageOf } from './paging.ts';
import { conflict, invalid, notFound } from './problem.ts';
import { credential, parse, vault } from './schema.ts';
import type { Json } from './types.ts';
import type { Doc, World } from './world.ts';

const beta = true;
const one = '/v1/vaults/:id';
const many = `${one}/credentials`;

export const vaultEndpoints: readonly Endpoint[] = [
  { name: 'vaults.create', method: 'POST', path: '/v1/vaults', limit: 'create', beta, run: create },
  { name: 'vaults.list', method: 'GET', path: '/v1/vaults', limit: 'read', beta, run: list },
  { name: 'vaults.retrieve', method: 'GET', path: one, limit: 'read', beta, run: retrieve },
  { name: 'vaults.update', method: 'POST', path: one, limit: 'read', beta, run: update },
  { name: 'vaults.delete', method: 'DELETE', path: one, limit: 'read', beta, run: remove },
  { name: 'vaults.archive', method: 'POST', path: `${one}/archive`, limit: 'read', beta, run: archive },
  {
    name: 'vaults.credentials.create',
    method: 'POST',
    path: many,
    limit: 'create',
    beta,
    run: addCredential,
  },
  { name: 'vaults.credentials.list', method: 'GET', path: many, limit: 'read', beta, run: listCredentials },
  {
    name: 'vaults.credentials.retrieve',
    method: 'GET',
    path: `${many}/:cid`,
    limit: 'read',
    beta,
    run: getCredential,
  },
  {
    name: 'vaults.credentials.delete',
    method: 'DELETE',
    path: `${many}/:cid`,
    limit: 'read',
    beta,
    run: dropCredential,
  },
];

const SECRETS: ReadonlySet<string> = new Set([
  'token',
  'access_token',
  'secret_value',
  'refresh_token',
  'client_secret',
]);

export function vaultDoc(world: World, id: string): Doc {
  const doc = world.docs.vault.get(id);
  if (!doc) throw notFound('Vault', id);
  return doc;
}

function create({ world, body }: Ask): Reply {
  const input = parse(vault, body);
  const at = now(world);
  const value: Json = {
    id: newId('vlt'),
    type: 'vault',
    display_name: input.display_name,
    metadata: input.metadata ?? {},
    archived_at: null,
    created_at: at,
    updated_at: at,
  };
  world.save('vault', String(value['id']), { seq: world.nextSeq(), value });
  return json(value);
}

function retrieve(ask: Ask): Reply {
  return json(vaultDoc(ask.world, param(ask, 'id')).value);
}

function update(ask: Ask): Reply {
  const doc = vaultDoc(ask.world, param(ask, 'id'));
  const input = parse(vault.partial(), ask.body);
  const value = {
    ...doc.value,
    display_name: input.display_name ?? doc.value['display_name'],
    metadata: patched(doc.value['metadata'] as Record<string, string>, input.metadata),
    updated_at: now(ask.world),
  };
  ask.world.save('vault', param(ask, 'id'), { ...doc, value });
  return json(value);
}

function remove(ask: Ask): Reply {
  const id = param(ask, 'id');
  vaultDoc(ask.world, id);
  for (const [cid, doc] of ask.world.docs.credential) {
    if (doc.value['vault_id'] === id) ask.world.save('credential', cid, null);
  }
  ask.world.save('vault', id, null);
  return json({ id, type: 'vault_deleted' });
}

function archive(ask: Ask): Reply {
  const doc = vaultDoc(ask.world, param(ask, 'id'));
  const at = now(ask.world);
  const value = { ...doc.value, archived_at: doc.value['archived_at'] ?? at, updated_at: at };
  ask.world.save('vault', param(ask, 'id'), { ...doc, value });
  return json(value);
}

function list({ world, query }: Ask): Reply {
  const archived = query.get('include_archived') === 'true';
  return page(
    [...world.docs.vault.values()].filter((doc) => archived || doc.value['archived_at'] === null),
    query,
  );
}

function page(docs: readonly Doc[], query: URLSearchParams): Reply {
  const found = pageOf(docs, (doc) => doc.seq, {
    order: 'desc',
    limit: limitOf(query, 20, 100),
    page: query.get('page'),
  });
  return json({ data: found.data.map((doc) => doc.value), next_page: found.next_page });
}

function credentialsOf(world: World, vaultId: string): Doc[] {
  return [...world.docs.credential.values()].filter((doc) => doc.value['vault_id'] === vaultId);
}

function addCredential(ask: Ask): Reply {
  const { world } = ask;
  const vaultId = param(ask, 'id');
  vaultDoc(world, vaultId);
  const input = parse(credential, ask.body);
  const known = credentialsOf(world, vaultId);
  if (known.length >= 20) throw invalid('A vault holds at most 20 credentials');
  if (known.some((doc) => keyOf(doc.value['auth'] as Json) === keyOf(input.auth))) {
    throw conflict(`A credential for ${keyOf(input.auth)} already exists in this vault`);
  }
  const at = now(world);
  const value: Json = {
    id: newId('vcrd'),
    type: 'vault_credential',
    vault_id: vaultId,
    display_name: input.display_name ?? null,
    metadata: input.metadata ?? {},
    auth: withoutSecrets(input.auth),
    archived_at: null,
    created_at: at,
    updated_at: at,
  };
  world.save('credential', String(value['id']), { seq: world.nextSeq(), value });
  return json(value);
}

function keyOf(auth: Json): string {
  return String(auth['mcp_server_url'] ?? auth['secret_name']);
}

function withoutSecrets(value: Json): Json {
  const kept = Object.entries(value).filter(([key]) => !SECRETS.has(key));
  return Object.fromEntries(
    kept.map(([key, inner]) => [
      key,
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? withoutSecrets(inner as Json)
        : inner,
    ]),
  );
}

function credentialDoc(ask: Ask): Doc {
  const doc = ask.world.docs.credential.get(param(ask, 'cid'));
  if (!doc || doc.value['vault_id'] !== param(ask, 'id')) throw notFound('Credential', param(ask, 'cid'));
  return doc;
}

function listCredentials(ask: Ask): Reply {
  vaultDoc(ask.world, param(ask, 'id'));
  return page(credentialsOf(ask.world, param(ask, 'id')), ask.query);
}

function getCredential(ask: Ask): Reply {
  return json(credentialDoc(ask).value);
}

function dropCredential(ask: Ask): Reply {
  credentialDoc(ask);
  ask.world.save('credential', param(ask, 'cid'), null);
  return json({ id: param(ask, 'cid'), type: 'vault_credential_deleted' });
}
