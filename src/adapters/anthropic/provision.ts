/**
 * Agents and environments at the service: looked up, created, updated. `setup.ts` decides, nothing else calls it.
 *
 * What Heddle makes carries two metadata entries: the name it has in `heddle.yaml`, and the hash of the
 * definition it was made from. By both a resource is found again that was created just before a crash, and two
 * projects that use the same name do not take each other's.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { AgentCreateParams, AgentUpdateParams } from '@anthropic-ai/sdk/resources/beta/agents/agents';
import type { EnvironmentCreateParams } from '@anthropic-ai/sdk/resources/beta/environments/environments';
import type { AgentDefinition, EnvironmentDefinition } from '../../config-agents.ts';
import { PortError } from '../../errors.ts';
import type { Calls } from './calls.ts';
import { eachItem } from './calls.ts';

/** Entries of a resource's metadata that are ours. */
const NAME_KEY = 'heddle_name';
const HASH_KEY = 'heddle_hash';

/** Pairs the service allows (`AgentCreateParams.metadata`), less ours. */
export const OWN_METADATA_PAIRS = 14;

/** What stands at the service. */
export interface Resource {
  readonly id: string;
  /** Agents only. */
  readonly version: number | undefined;
  readonly archived: boolean;
  readonly name: string;
  /** By which of our names and from which definition it was made, where Heddle made it. */
  readonly heddleName: string | undefined;
  readonly heddleHash: string | undefined;
  /** Everything, as the service says it. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One entry of `heddle.yaml`, with the hash that pins it. */
export interface Wanted<D> {
  readonly name: string;
  readonly hash: string;
  readonly definition: D;
}

/** What `setup` does with one kind of resource. Calls reject with `PortError`. */
export interface Shelf<D> {
  readonly kind: 'agent' | 'environment';
  /** Undefined where there is no such resource. */
  read(id: string): Promise<Resource | undefined>;
  /** Everything that is not archived. */
  list(): Promise<readonly Resource[]>;
  create(wanted: Wanted<D>): Promise<Resource>;
  /** Refused with status 409 where `seen` is not what stands there any more. */
  update(seen: Resource, wanted: Wanted<D>): Promise<Resource>;
  /** The fields that a create or update sends, in full, to be compared with what stands there. */
  fieldsOf(definition: D): Readonly<Record<string, unknown>>;
}

export function agentShelf(client: Anthropic, calls: Calls): Shelf<AgentDefinition> {
  const { agents } = client.beta;
  return {
    kind: 'agent',
    read: (id) => unlessGone(calls.read('reading an agent', (limits) => agents.retrieve(id, {}, limits))),
    list: () =>
      collected(
        eachItem((page) =>
          calls.read('listing agents', (limits) =>
            agents.list({ limit: 100, ...(page ? { page } : {}) }, limits),
          ),
        ),
      ),
    async create(wanted) {
      const params: AgentCreateParams = { ...wanted.definition, metadata: metadataOf(wanted) };
      return resource(
        await calls.write('creating an agent', CREATES, (limits) => agents.create(params, limits)),
      );
    },
    async update(seen, wanted) {
      const params: AgentUpdateParams = {
        ...agentFields(wanted.definition),
        metadata: metadataPatch(seen, wanted),
        ...(seen.version === undefined ? {} : { version: seen.version }),
      };
      return resource(
        await calls.write('updating an agent', UPDATES, (limits) => agents.update(seen.id, params, limits)),
      );
    },
    fieldsOf: (definition) => ({ ...agentFields(definition) }),
  };
}

/** An update keeps what it does not name (`AgentUpdateParams`): what heddle.yaml no longer says is cleared. */
function agentFields(definition: AgentDefinition) {
  const { name, model, description, system, tools, mcp_servers, skills } = definition;
  return {
    name,
    model: typeof model === 'string' ? { id: model } : model,
    description: description ?? null,
    system: system ?? null,
    tools: tools ?? [],
    mcp_servers: mcp_servers ?? [],
    skills: skills ?? [],
  };
}

export function environmentShelf(client: Anthropic, calls: Calls): Shelf<EnvironmentDefinition> {
  const { environments } = client.beta;
  return {
    kind: 'environment',
    read: (id) =>
      unlessGone(calls.read('reading an environment', (limits) => environments.retrieve(id, {}, limits))),
    list: () =>
      collected(
        eachItem((page) =>
          calls.read('listing environments', (limits) =>
            environments.list({ limit: 100, ...(page ? { page } : {}) }, limits),
          ),
        ),
      ),
    async create(wanted) {
      const params: EnvironmentCreateParams = {
        ...environmentFields(wanted.definition),
        metadata: metadataOf(wanted),
      };
      return resource(
        await calls.write('creating an environment', CREATES, (limits) =>
          environments.create(params, limits),
        ),
      );
    },
    async update(seen, wanted) {
      const params = { ...environmentFields(wanted.definition), metadata: metadataPatch(seen, wanted) };
      return resource(
        await calls.write('updating an environment', UPDATES, (limits) =>
          environments.update(seen.id, params, limits),
        ),
      );
    },
    fieldsOf: (definition) => ({ ...environmentFields(definition) }),
  };
}

/** Every field written out: what is left out of an update would stay as it is, an opened network for instance. */
function environmentFields({ name, description, config }: EnvironmentDefinition) {
  const { networking, packages } = config;
  const none = { apt: [], cargo: [], gem: [], go: [], npm: [], pip: [] };
  return {
    name,
    description: description ?? null,
    config: {
      type: config.type,
      networking:
        networking.type === 'limited'
          ? {
              type: networking.type,
              allowed_hosts: networking.allowed_hosts ?? [],
              allow_mcp_servers: networking.allow_mcp_servers ?? false,
              allow_package_managers: networking.allow_package_managers ?? false,
            }
          : { type: networking.type },
      packages: { ...none, ...packages },
    },
  };
}

const CREATES = { writes: true, names: 'setup' } as const;
/** Sent again with the same content an update changes nothing more. */
const UPDATES = { writes: false, names: 'resource' } as const;

async function unlessGone(reading: Promise<unknown>): Promise<Resource | undefined> {
  try {
    return resource(await reading);
  } catch (error) {
    if (error instanceof PortError && error.kind === 'gone') return undefined;
    throw error;
  }
}

async function collected(listing: AsyncIterable<unknown>): Promise<readonly Resource[]> {
  const all: Resource[] = [];
  for await (const raw of listing) all.push(resource(raw));
  return all.filter(({ archived }) => !archived);
}

function resource(raw: unknown): Resource {
  const fields = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
  const { id, version, name, archived_at } = fields;
  if (typeof id !== 'string' || id === '') {
    throw new PortError({
      kind: 'unknown',
      code: 'bad_answer',
      message: 'the service answered without an id',
    });
  }
  const metadata = (fields['metadata'] ?? {}) as Record<string, string | undefined>;
  return {
    id,
    version: typeof version === 'number' ? version : undefined,
    archived: archived_at !== undefined && archived_at !== null,
    name: typeof name === 'string' ? name : '',
    heddleName: metadata[NAME_KEY],
    heddleHash: metadata[HASH_KEY],
    fields,
  };
}

type AnyDefinition = AgentDefinition | EnvironmentDefinition;

function metadataOf({ name, hash, definition }: Wanted<AnyDefinition>): Record<string, string> {
  return { ...definition.metadata, [NAME_KEY]: name, [HASH_KEY]: hash };
}

/** An update patches metadata: a key that heddle.yaml no longer has is deleted with null. */
function metadataPatch(seen: Resource, wanted: Wanted<AnyDefinition>): Record<string, string | null> {
  const old = Object.keys(seen.fields['metadata'] ?? {});
  return { ...Object.fromEntries(old.map((key) => [key, null])), ...metadataOf(wanted) };
}
