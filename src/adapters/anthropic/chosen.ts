/** Which agent and environment a session is made of: names and ids of the settings, as the service takes them. */
import type { SessionCreateParams } from '@anthropic-ai/sdk/resources/beta/sessions/sessions';
import { readTrial, type SessionOf } from '../../core/session-of.ts';
import { PortError } from '../../errors.ts';

export interface AgentChoice {
  readonly id: string;
  /** Absent: the newest at the time. */
  readonly version?: number | undefined;
}

export interface Choices {
  /** Of sessions for which the settings name no other. */
  readonly agent: AgentChoice;
  readonly environmentId: string;
  /** Agents by their names in `heddle.yaml`; one without an id was not set up yet. */
  readonly agents?: readonly { readonly name: string; readonly id?: string; readonly version?: number }[];
  /** Environments by their names there: to ids. */
  readonly environments?: Readonly<Record<string, string>>;
  /** Tokens for private repositories: by owner, or by `owner/name`. */
  readonly githubTokens?: Readonly<Record<string, string>>;
}

/** Of all agents that are named, the one of new sessions first. */
export function agentIdsOf({ agent, agents = [] }: Choices): readonly string[] {
  return [agent.id, ...agents.flatMap(({ id }) => id ?? [])];
}

/**
 * The agent, or its version on trial: a trial of another agent than the one that answers here is none.
 * @throws {PortError} `refused`, code `no_such_agent`, where the name is none and no id either
 */
export function agentOf(choices: Choices, of: SessionOf | undefined): AgentChoice {
  const chosen = named(choices, of?.agent ?? '');
  const trial = readTrial(of?.trial ?? '');
  if (!trial || idOf(choices, trial.agent) !== chosen.id) return chosen;
  return { id: chosen.id, version: trial.version };
}

function idOf({ agents = [] }: Choices, name: string): string {
  return agents.find((each) => each.name === name)?.id ?? name;
}

function named({ agent, agents = [] }: Choices, wanted: string): AgentChoice {
  if (wanted === '') return agent;
  const named = agents.find(({ name }) => name === wanted);
  if (named?.id !== undefined) return { id: named.id, version: named.version };
  const [, id, version] = /^(agent_[A-Za-z0-9_-]{1,100})(?:@(\d{1,9}))?$/.exec(wanted) ?? [];
  if (id === undefined) throw new PortError({ kind: 'refused', code: 'no_such_agent' });
  return { id, version: version === undefined ? undefined : Number(version) };
}

/** @throws {PortError} `refused`, code `no_such_environment`, where the name is none and no id either */
export function environmentOf(
  { environmentId, environments = {} }: Choices,
  of: SessionOf | undefined,
): string {
  const wanted = of?.environment ?? '';
  if (wanted === '') return environmentId;
  const named = Object.hasOwn(environments, wanted) ? environments[wanted] : undefined;
  if (named !== undefined) return named;
  if (/^env_[A-Za-z0-9_-]{1,100}$/.test(wanted)) return wanted;
  throw new PortError({ kind: 'refused', code: 'no_such_environment' });
}

/** `agent_with_overrides` lets one session have another model (`SessionCreateParams`). */
export function agentParam({ id, version }: AgentChoice, model: string): SessionCreateParams['agent'] {
  const pinned = version === undefined ? {} : { version };
  if (model !== '') return { type: 'agent_with_overrides', id, ...pinned, model };
  return version === undefined ? id : { type: 'agent', id, version };
}
