/** Holding the product at a moment: a call that is never answered, before or after it has taken effect. */
import type { Talk, World } from './world.ts';

export type Effect = 'not done' | 'done';

/** The next such call of Slack's Web API gets no answer. Resolves when it has come, and was or was not carried out. */
export async function holdSlack(
  { slack }: World,
  method: string,
  effect: Effect,
  which: { readonly channel?: string; readonly after?: number; readonly holds?: string } = {},
): Promise<void> {
  const { channel, after, holds = '' } = which;
  const fault = slack.control.faults.add({
    method,
    fault: { type: 'hang', commit: effect === 'done' },
    match: (args) => JSON.stringify(args).includes(holds),
    ...(channel === undefined ? {} : { channel }),
    ...(after === undefined ? {} : { after }),
  });
  await slack.control.waitFor(() => fault.hits() > 0, 30_000, `${method} held`);
}

/** The same for Managed Agents; `endpoint` as its `calls()` name it. */
export async function holdAgents(
  { agents }: World,
  endpoint: string,
  effect: Effect,
  session?: string,
): Promise<void> {
  const { control } = agents;
  const commit = effect === 'done' ? 'after' : 'before';
  const count = (): number => control.calls()[endpoint] ?? 0;
  const before = count();
  control.fault({ endpoint, kind: 'hang', commit, ...(session === undefined ? {} : { session }) });
  await control.until(() => count() > before, 30_000);
}

/** Resolves when these agents are at work, so that the next script is not theirs. */
export function working({ agents }: World, ...talks: readonly Talk[]): Promise<void> {
  const works = (talk: Talk): boolean =>
    talk.sessions()[0]?.events.some(({ type }) => type === 'session.status_running') ?? false;
  return agents.control.until(() => talks.every(works), 30_000);
}

/** Takes the obstacles away. */
export function clearHolds({ slack, agents }: World): void {
  slack.control.faults.clear();
  agents.control.clearFaults();
}
