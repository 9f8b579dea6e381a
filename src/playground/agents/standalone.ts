/** The emulated service on its own, so that other people's programs can be tried against it. */
import { startAgentsServer, type AgentsServerOptions } from './index.ts';

/**
 * Serves until `signal` aborts. `write` gets plain lines for people: the address, and how to use it.
 * @throws as `startAgentsServer` does.
 */
export async function runAgentsAlone(
  options: AgentsServerOptions & { readonly signal: AbortSignal; readonly write: (line: string) => void },
): Promise<void> {
  const { signal, write, ...rest } = options;
  const server = await startAgentsServer(rest);
  const { agentId, environmentId } = server.control.seed();
  write(`Managed Agents emulator: ${server.url}`);
  write(`  ANTHROPIC_BASE_URL=${server.url} ANTHROPIC_API_KEY=any`);
  write(`  HEDDLE_AGENT_ID=${agentId} HEDDLE_ENVIRONMENT_ID=${environmentId}`);
  write(`  control plane: ${server.url}/__emu/ (settings, script, faults, drop, emit, sessions, calls, …)`);
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await server.stop();
}
