/**
 * Agents and environments as `heddle.yaml` describes them, in the shapes the Managed Agents API takes
 * (`@anthropic-ai/sdk` 1.10.0, `AgentCreateParams` and `EnvironmentCreateParams`). Reading them gives exactly
 * what `heddle setup` sends; nothing is created from here.
 */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { nearest } from './lib/spelling.ts';

/** An object that refuses keys it does not know, and guesses which one was meant. */
export function keyed<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      return issue.keys.map((key) => unknownKey(key, Object.keys(shape))).join('; ');
    },
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const guess = nearest(key, known);
  const cure = guess ? `did you mean "${guess}"?` : `known here: ${known.join(', ')}`;
  return `has an unknown key "${key}" (${cure})`;
}

/** A mapping whose keys are names of the operator's choosing. */
export function named<V extends z.ZodType>(value: V) {
  return z.record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
      error: 'is no usable name: begin with a letter, then letters, digits, - and _, at most 64',
    }),
    value,
  );
}

/** Lets `word` stand for `{ type: word }`, as the API spells choices without particulars. */
function shorthand<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (typeof value === 'string' ? { type: value } : value), schema);
}

const metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, { error: 'has more than 16 entries' });

const permissionPolicy = shorthand(keyed({ type: z.enum(['always_allow', 'always_ask', 'auto']) }));

const toolSettings = {
  enabled: z.boolean().exactOptional(),
  permission_policy: permissionPolicy.exactOptional(),
};

const domains = {
  allowed_domains: z.array(z.string().min(1)).exactOptional(),
  blocked_domains: z.array(z.string().min(1)).exactOptional(),
};

const builtInTool = z.discriminatedUnion('name', [
  keyed({ name: z.enum(['bash', 'read', 'write', 'edit', 'glob', 'grep']), ...toolSettings }),
  keyed({
    name: z.literal('web_fetch'),
    max_content_tokens: z.int().positive().exactOptional(),
    ...domains,
    ...toolSettings,
  }),
  keyed({ name: z.literal('web_search'), ...domains, ...toolSettings }),
]);

const tool = z.discriminatedUnion('type', [
  keyed({
    type: z.literal('agent_toolset_20260401'),
    default_config: keyed(toolSettings).exactOptional(),
    configs: z.array(builtInTool).exactOptional(),
  }),
  keyed({
    type: z.literal('mcp_toolset'),
    mcp_server_name: z.string().min(1),
    default_config: keyed(toolSettings).exactOptional(),
    configs: z.array(keyed({ name: z.string().min(1), ...toolSettings })).exactOptional(),
  }),
  keyed({
    type: z.literal('custom'),
    name: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, { error: 'may hold letters, digits, - and _ only' }),
    description: z.string().min(1),
    input_schema: z.looseObject({ type: z.literal('object') }),
  }),
]);

const model = z.union(
  [
    z.string().min(1),
    keyed({
      id: z.string().min(1),
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).exactOptional(),
      inference_geo: z.string().exactOptional(),
      speed: z.enum(['standard', 'fast']).exactOptional(),
    }),
  ],
  {
    error: (issue) =>
      issue.input === undefined
        ? undefined
        : 'must be the name of a model, or { id, effort?, inference_geo?, speed? }',
  },
);

const mcpServer = keyed({
  type: z.literal('url').default('url'),
  name: z.string().min(1).max(255),
  url: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }),
});

const skill = keyed({
  type: z.enum(['anthropic', 'custom']),
  skill_id: z.string().min(1),
  version: z.string().exactOptional(),
});

/** One entry under `agents`. */
const agent = keyed({
  name: z.string().min(1).max(256).exactOptional(),
  description: z.string().max(2048).exactOptional(),
  model,
  system: z.string().max(100_000).exactOptional(),
  tools: z.array(tool).max(256).exactOptional(),
  mcp_servers: z.array(mcpServer).max(20).exactOptional(),
  skills: z.array(skill).exactOptional(),
  metadata: metadata.exactOptional(),
}).superRefine(checkToolReferences);

/** The API refuses an MCP server no toolset names, and a toolset that names none. */
function checkToolReferences(
  { tools = [], mcp_servers: servers = [] }: { tools?: Tool[]; mcp_servers?: { name: string }[] },
  context: z.core.$RefinementCtx,
): void {
  const say = (path: PropertyKey[], message: string): void => {
    context.addIssue({ code: 'custom', path, message });
  };
  const used = tools.flatMap((tool) => (tool.type === 'mcp_toolset' ? [tool.mcp_server_name] : []));
  servers.forEach(({ name }, i) => {
    if (servers.findIndex((other) => other.name === name) !== i) {
      say(['mcp_servers', i, 'name'], `stands twice ("${name}")`);
    } else if (!used.includes(name)) {
      say(
        ['mcp_servers', i],
        `("${name}") is used by no tool; add { type: mcp_toolset, mcp_server_name: ${name} }`,
      );
    }
  });
  tools.forEach((tool, i) => {
    if (tool.type !== 'mcp_toolset' || servers.some(({ name }) => name === tool.mcp_server_name)) return;
    say(['tools', i, 'mcp_server_name'], `names no entry of mcp_servers ("${tool.mcp_server_name}")`);
  });
}

type Tool = z.output<typeof tool>;

const networking = shorthand(
  z.discriminatedUnion('type', [
    keyed({ type: z.literal('unrestricted') }),
    keyed({
      type: z.literal('limited'),
      allowed_hosts: z.array(z.string().min(1)).exactOptional(),
      allow_mcp_servers: z.boolean().exactOptional(),
      allow_package_managers: z.boolean().exactOptional(),
    }),
  ]),
);

const packageList = z.array(z.string().min(1)).exactOptional();

const packages = keyed({
  apt: packageList,
  cargo: packageList,
  gem: packageList,
  go: packageList,
  npm: packageList,
  pip: packageList,
});

/** One entry under `environments`. Networking is limited unless something else is written out. */
const filledEnvironment = keyed({
  name: z.string().min(1).max(256).exactOptional(),
  description: z.string().exactOptional(),
  networking: networking.default({ type: 'limited' }),
  packages: packages.exactOptional(),
  metadata: metadata.exactOptional(),
}).superRefine(({ networking, packages }, context) => {
  if (!packages || networking.type !== 'limited' || networking.allow_package_managers) return;
  context.addIssue({
    code: 'custom',
    path: ['packages'],
    message: 'needs networking: { type: limited, allow_package_managers: true }',
  });
});

/** `main:` with nothing after it is an environment with nothing special. */
const environment = z.preprocess((value) => value ?? {}, filledEnvironment);

/** `agents` of `heddle.yaml`, by name; each as the API's create call takes it. */
export const agentsSchema = named(agent).transform((entries) =>
  Object.fromEntries(
    Object.entries(entries).map(([key, entry]) => [key, { ...entry, name: entry.name ?? key }]),
  ),
);

/** `environments` of `heddle.yaml`, by name; each as the API's create call takes it. */
export const environmentsSchema = named(environment).transform((entries) =>
  Object.fromEntries(
    Object.entries(entries).map(([key, { networking, packages, ...entry }]) => {
      const config = { type: 'cloud' as const, networking, ...(packages ? { packages } : {}) };
      return [key, { ...entry, name: entry.name ?? key, config }];
    }),
  ),
);

/** What `client.beta.agents.create` takes. */
export type AgentDefinition = z.output<typeof agentsSchema>[string];

/** What `client.beta.environments.create` takes. */
export type EnvironmentDefinition = z.output<typeof environmentsSchema>[string];

/**
 * A hash of a definition, the same whatever order its keys stand in. `heddle.lock.json` keeps it, so that
 * `setup` and `start` can tell whether `heddle.yaml` has changed since.
 */
export function definitionHash(definition: AgentDefinition | EnvironmentDefinition): string {
  return createHash('sha256').update(canonical(definition)).digest('hex').slice(0, 32);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const pairs = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return `{${pairs
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`)
    .join(',')}}`;
}
