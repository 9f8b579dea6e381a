/** Lists what a session wrote to its outputs. */
import type { ProcessInput } from '../core/state.ts';
import { PortError } from '../errors.ts';
import type { AgentPort, Log } from '../ports.ts';
import { failureOf } from './calls.ts';

/** A listing that fails is one that found nothing: the next one is due in a moment, or with the next turn. */
export async function listOutputs(
  { agent }: { readonly agent: Pick<AgentPort, 'outputs'> },
  of: string,
  log: Log,
): Promise<ProcessInput> {
  try {
    return { kind: 'outputs', of, files: await agent.outputs(of) };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    log.info({ code: failureOf(error).code }, 'the outputs of a session could not be listed');
    return { kind: 'outputs', of, files: undefined };
  }
}
