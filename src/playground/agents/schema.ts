/**
 * Request bodies, as strict as the service: unknown fields are refused. Limits are those stated in the doc
 * comments of `resources/beta/**` in @anthropic-ai/sdk 1.10.0 and in the public reference.
 */
import { z } from 'zod';
import { invalid } from './problem.ts';

export const metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'at most 16 pairs are allowed');
export const metadataPatch = z.record(z.string().min(1).max(64), z.string().max(512).nullable()).nullable();

const policy = z.strictObject({ type: z.enum(['always_allow', 'always_ask', 'auto']) });
const toolConfig = z.looseObject({
  name: z.string(),
  enabled: z.boolean().nullish(),
  permission_policy: policy.nullish(),
});
const defaultConfig = z.strictObject({ enabled: z.boolean().nullish(), permission_policy: policy.nullish() });

const tool = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('agent_toolset_20260401'),
    default_config: defaultConfig.nullish(),
    configs: z.array(toolConfig).nullish(),
  }),
  z.strictObject({
    type: z.literal('mcp_toolset'),
    mcp_server_name: z.string().min(1),
    default_config: defaultConfig.nullish(),
    configs: z.array(toolConfig).nullish(),
  }),
  z.strictObject({
    type: z.literal('custom'),
    name: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
    description: z.string().min(1),
    input_schema: z.looseObject({}),
  }),
]);
export type ToolInput = z.infer<typeof tool>;

const effort = z.enum(['low', 'medium', 'high', 'xhigh', 'max']);
const model = z.union([
  z.string().min(1),
  z.strictObject({
    id: z.string().min(1),
    effort: z.union([effort, z.strictObject({ type: effort })]).nullish(),
    inference_geo: z.string().nullish(),
    speed: z.enum(['standard', 'fast']).nullish(),
  }),
]);
export type ModelInput = z.infer<typeof model>;

const configuration = {
  model,
  system: z.string().max(100_000).nullish(),
  tools: z.array(tool).max(256).nullish(),
  mcp_servers: z
    .array(z.strictObject({ type: z.literal('url'), name: z.string().min(1), url: z.string().min(1) }))
    .max(20)
    .nullish(),
  skills: z
    .array(z.looseObject({ type: z.string() }))
    .max(500)
    .nullish(),
};
const agentFields = {
  ...configuration,
  name: z.string().min(1).max(256),
  description: z.string().max(2048).nullish(),
  multiagent: z.looseObject({ type: z.string() }).nullish(),
  execution_identity: z.looseObject({ type: z.enum(['service_account', 'aws_role']) }).nullish(),
};
export const agentCreate = z.strictObject({ ...agentFields, metadata: metadata.optional() });
export const agentUpdate = z
  .strictObject({ ...agentFields, metadata: metadataPatch, version: z.number().int().min(1) })
  .partial();

const hosts = z.array(z.string());
const packages = z.looseObject({}).nullish();
const networking = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('unrestricted') }),
  z.strictObject({
    type: z.literal('limited'),
    allowed_hosts: hosts.nullish(),
    allow_mcp_servers: z.boolean().nullish(),
    allow_package_managers: z.boolean().nullish(),
  }),
]);
const environmentConfig = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('cloud'), networking: networking.nullish(), packages }),
  z.strictObject({ type: z.literal('self_hosted') }),
]);
export type EnvironmentConfig = z.infer<typeof environmentConfig>;
export const environmentCreate = z.strictObject({
  name: z.string().min(1).max(256),
  description: z.string().nullish(),
  config: environmentConfig.nullish(),
  metadata: metadata.optional(),
  scope: z.enum(['organization', 'account']).nullish(),
});
export const environmentUpdate = z
  .strictObject({
    name: z.string().min(1).max(256),
    description: z.string().nullable(),
    config: environmentConfig,
    metadata: metadataPatch,
    scope: z.enum(['organization', 'account']).nullable(),
  })
  .partial();

const budget = z.strictObject({
  type: z.literal('limit'),
  max_list_cost: z.strictObject({ amount: z.string().regex(/^\d+$/), currency: z.literal('USD') }),
});
/** The cookbook's limits: 80 characters, no control or format characters. */
const title = z
  .string()
  .max(80)
  .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'must not contain control or format characters');

export const resource = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('file'), file_id: z.string(), mount_path: z.string().nullish() }),
  z.strictObject({
    type: z.literal('github_repository'),
    url: z.string().min(1),
    authorization_token: z.string().optional(),
    checkout: z.looseObject({ type: z.enum(['branch', 'commit']) }).nullish(),
    mount_path: z.string().nullish(),
  }),
  z.strictObject({
    type: z.literal('memory_store'),
    memory_store_id: z.string(),
    access: z.enum(['read_write', 'read_only']).nullish(),
    instructions: z.string().max(4096).nullish(),
  }),
]);
export type ResourceInput = z.infer<typeof resource>;
export const resourceAdd = z.strictObject({
  type: z.literal('file'),
  file_id: z.string(),
  mount_path: z.string().nullish(),
});

export const sessionCreate = z.strictObject({
  agent: z.union([
    z.string(),
    z.strictObject({ type: z.literal('agent'), id: z.string(), version: z.number().int().optional() }),
    z.strictObject({
      type: z.literal('agent_with_overrides'),
      id: z.string(),
      version: z.number().int().optional(),
      ...configuration,
      model: model.optional(),
    }),
  ]),
  environment_id: z.string(),
  title: title.nullish(),
  metadata: metadata.optional(),
  vault_ids: z.array(z.string()).max(50).optional(),
  resources: z.array(resource).max(500).optional(),
  budget: budget.optional(),
  initial_events: z
    .array(z.looseObject({ type: z.string() }))
    .max(50)
    .optional(),
});
export type SessionCreate = z.infer<typeof sessionCreate>;
export const sessionUpdate = z
  .strictObject({
    title: title.nullable(),
    metadata: metadataPatch,
    budget: budget.nullable(),
    agent: z.strictObject({ tools: configuration.tools, mcp_servers: configuration.mcp_servers }).partial(),
    vault_ids: z.array(z.string()),
  })
  .partial();

export const vault = z.strictObject({
  display_name: z.string().min(1).max(256),
  metadata: metadata.optional(),
});
export const credential = z.strictObject({
  auth: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('static_bearer'), mcp_server_url: z.string(), token: z.string() }),
    z.strictObject({
      type: z.literal('mcp_oauth'),
      mcp_server_url: z.string(),
      access_token: z.string(),
      expires_at: z.string().nullish(),
      refresh: z.looseObject({}).nullish(),
    }),
    z.strictObject({
      type: z.literal('environment_variable'),
      secret_name: z.string(),
      secret_value: z.string(),
      networking: z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('unrestricted') }),
        z.strictObject({ type: z.literal('limited'), allowed_hosts: hosts.max(16) }),
      ]),
      injection_location: z.looseObject({}).nullish(),
    }),
  ]),
  display_name: z.string().nullish(),
  metadata: metadata.optional(),
});

/** @throws Problem 400 in the service's words for the first thing that is wrong. */
export function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw invalid(words(parsed.error.issues[0]));
}

function words(issue: z.core.$ZodIssue | undefined): string {
  if (!issue) return 'invalid request';
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return `${[...path, issue.keys[0] ?? ''].join('.')}: Extra inputs are not permitted`;
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return `${path.join('.') || 'body'}: ${missing ? 'Field required' : issue.message}`;
}
