/** What Managed Agents says of agent and environment, asked once and for `heddle doctor` only. */
import type Anthropic from '@anthropic-ai/sdk';
import { APIError } from '@anthropic-ai/sdk';
import { PortError } from '../../errors.ts';
import type { SystemClock } from '../../lib/time.ts';
import { callsWithin } from './calls.ts';
import type { RequestLimits } from './calls.ts';
import { createClient } from './client.ts';
import type { AnthropicAccess } from './client.ts';

export interface AgentProbeOptions {
  readonly anthropic: AnthropicAccess;
  readonly agent?: { readonly id: string; readonly version?: number | undefined } | undefined;
  readonly environment?: { readonly id: string } | undefined;
  readonly clock: SystemClock;
  readonly timeoutMs: number;
}

export type ResourceFacts =
  | {
      readonly is: 'there';
      readonly name: string;
      readonly archived: boolean;
      /** The newest; agents only. */
      readonly version: number | undefined;
    }
  | { readonly is: 'absent' }
  | { readonly is: 'failed'; readonly error: PortError };

export interface AgentFacts {
  /** Whether the key is taken: undefined, or why not. */
  readonly key: PortError | undefined;
  readonly agent: ResourceFacts | undefined;
  /** The pinned version, where one is pinned. */
  readonly pinned: ResourceFacts | undefined;
  readonly environment: ResourceFacts | undefined;
  /** How far this machine's clock is ahead of the service's, milliseconds; the header counts whole seconds. */
  readonly aheadMs: number | undefined;
}

export async function probeAnthropic(options: AgentProbeOptions): Promise<AgentFacts> {
  const { clock, timeoutMs, agent, environment } = options;
  const { beta } = createClient(options.anthropic);
  const calls = callsWithin({ clock, writeMs: timeoutMs, readMs: timeoutMs });
  const look = (what: string, work: (limits: RequestLimits) => Promise<unknown>): Promise<ResourceFacts> =>
    factsOf(calls.read(what, work));
  const [key, newest, pinned, place] = await Promise.all([
    keyFacts(beta, calls, clock),
    agent && look('reading the agent', (limits) => beta.agents.retrieve(agent.id, {}, limits)),
    agent?.version !== undefined
      ? look('reading the pinned version', (limits) =>
          beta.agents.retrieve(agent.id, pinOf(agent.version), limits),
        )
      : undefined,
    environment &&
      look('reading the environment', (limits) => beta.environments.retrieve(environment.id, {}, limits)),
  ]);
  return { ...key, agent: newest, pinned, environment: place };
}

function pinOf(version: number | undefined): { version?: number } {
  return version === undefined ? {} : { version };
}

async function keyFacts(
  beta: Anthropic['beta'],
  calls: ReturnType<typeof callsWithin>,
  clock: SystemClock,
): Promise<Pick<AgentFacts, 'key' | 'aheadMs'>> {
  const ahead = (headers: Headers | undefined): number | undefined => {
    const date = Date.parse(headers?.get('date') ?? '');
    return Number.isNaN(date) ? undefined : clock.now() - date;
  };
  try {
    const { response } = await calls.read('listing agents', (limits) =>
      beta.agents.list({ limit: 1 }, limits).withResponse(),
    );
    return { key: undefined, aheadMs: ahead(response.headers) };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { key: error, aheadMs: error.cause instanceof APIError ? ahead(error.cause.headers) : undefined };
  }
}

async function factsOf(reading: Promise<unknown>): Promise<ResourceFacts> {
  try {
    const raw = ((await reading) ?? {}) as Readonly<Record<string, unknown>>;
    const { name, version, archived_at } = raw;
    return {
      is: 'there',
      name: typeof name === 'string' ? name : '',
      archived: archived_at !== undefined && archived_at !== null,
      version: typeof version === 'number' ? version : undefined,
    };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return error.kind === 'gone' ? { is: 'absent' } : { is: 'failed', error };
  }
}
