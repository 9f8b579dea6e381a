/** Whether the agent and the environment that are set exist: asked once, when the product starts. */
import { probeAnthropic, type ResourceFacts } from '../adapters/anthropic/probe.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { systemClock } from '../lib/time.ts';
import type { Log } from '../ports.ts';

/** An agent or environment that is not there is a setting's problem; a service that does not answer is not. */
export async function checkAgent(config: Config, log: Log): Promise<void> {
  const { anthropic, agent, environment } = config;
  const facts = await probeAnthropic({ anthropic, agent, environment, clock: systemClock, timeoutMs: 3_000 });
  const problems = [
    ...missing('The agent', agent.id, 'HEDDLE_AGENT_ID', facts.agent),
    ...missing(
      'The pinned version of the agent',
      `${agent.id}@${agent.version}`,
      'HEDDLE_AGENT_ID',
      facts.pinned,
    ),
    ...missing('The environment', environment.id, 'HEDDLE_ENVIRONMENT_ID', facts.environment),
  ];
  if (facts.key?.status === 401) {
    problems.unshift(
      'ANTHROPIC_API_KEY is refused by Anthropic; create one at https://platform.claude.com/settings/keys and set it.',
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  if (facts.key) log.warn({ code: facts.key.code }, 'Managed Agents could not be asked; going on');
}

function missing(
  what: string,
  id: string,
  variable: string,
  facts: ResourceFacts | undefined,
): readonly string[] {
  const cure = `set ${variable} to one that exists, or run \`npm run heddle -- setup\`.`;
  if (facts?.is === 'absent') return [`${what} ${id} does not exist; ${cure}`];
  if (facts?.is === 'there' && facts.archived) return [`${what} ${id} is archived; ${cure}`];
  return [];
}
