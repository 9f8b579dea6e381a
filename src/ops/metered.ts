/** Counts the calls of a port: each by its name and what became of it. */
import { PortError } from '../errors.ts';
import type { AgentPort } from '../ports.ts';
import type { Metrics } from './metrics.ts';

async function counted<T>(metrics: Pick<Metrics, 'agentCall'>, name: string, call: Promise<T>): Promise<T> {
  try {
    const result = await call;
    metrics.agentCall(name, 'ok');
    return result;
  } catch (error) {
    const failure = error instanceof PortError ? error : undefined;
    metrics.agentCall(name, failure?.status === 429 ? 'limited' : (failure?.kind ?? 'unknown'));
    throw error;
  }
}

/** The agent port, with every call counted. */
export function meteredAgent(agent: AgentPort, metrics: Pick<Metrics, 'agentCall'>): AgentPort {
  const count = <T>(name: string, call: Promise<T>): Promise<T> => counted(metrics, name, call);
  return {
    create: (session) => count('create', agent.create(session)),
    find: (thread, gen, of) => count('find', agent.find(thread, gen, of)),
    send: (session, events) => count('send', agent.send(session, events)),
    status: (session) => count('status', agent.status(session)),
    usage: (session) => count('usage', agent.usage(session)),
    raiseBudget: (session, cents) => count('raiseBudget', agent.raiseBudget(session, cents)),
    archive: (session) => count('archive', agent.archive(session)),
    history: (session, query) => count('history', agent.history(session, query)),
    attach: (session, signal) => count('attach', agent.attach(session, signal)),
    upload: (file, signal) => count('upload', agent.upload(file, signal)),
    discard: (file) => count('discard', agent.discard(file)),
    mount: (session, files, signal) => count('mount', agent.mount(session, files, signal)),
    outputs: (session) => count('outputs', agent.outputs(session)),
    openOutput: (file, signal) => count('openOutput', agent.openOutput(file, signal)),
  };
}
