/** The agents that threads may be tied to, as `heddle.yaml` and `heddle.lock.json` name them. */
import type { Settings } from './settings.ts';

export interface KnownAgent {
  /** As `heddle.yaml` calls it; the id itself where it stands in no file. */
  readonly name: string;
  /** Absent where `heddle setup` has not created it yet. */
  readonly id?: string;
  /** Absent where no file says. */
  readonly model?: string;
  /** The version that new sessions are pinned to; absent: the newest. */
  readonly version?: number;
  /** New sessions take this one where no setting names another. */
  readonly isDefault: boolean;
}

/** The agent of new sessions under these settings: by name, by id, or by id and version (`agent_x@7`). */
export function agentHere(
  agents: readonly KnownAgent[],
  { agent: wanted }: Pick<Settings, 'agent'>,
): KnownAgent | undefined {
  if (wanted === '') return agents.find(({ isDefault }) => isDefault);
  const [id] = wanted.split('@');
  return agents.find(({ name }) => name === wanted) ?? agents.find((each) => each.id === id);
}
