/**
 * Does not go on asking where only an operator can help: a revoked key, an archived agent, a bill. While it is open
 * calls are answered at once with the refusal that opened it, so that people are told without a wait and the
 * service is not stormed; now and then one call is let through to see whether it works again.
 *
 * B1  A refused login (401) stops every operation; any other refusal that only an operator can lift stops the
 *     operation that met it.
 * B2  Once the wait is over calls are let through again, and what they answer decides. What a person asked for, a new
 *     session or a message, is always tried: it is told at once, and works as soon as it can.
 * B3  What is not such a refusal never opens it: limits, outages and lost sessions have cures of their own.
 */
import { PortError } from '../errors.ts';
import type { AgentPort, Clock, Log } from '../ports.ts';

export interface Breaker {
  readonly agent: AgentPort;
  /** What is refused at the moment, one sentence each, for whoever runs this. */
  refusals(): readonly string[];
}

export interface BreakerOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/** So many refusals in a row open it: one alone may pass. */
const REFUSALS = 3;
/** Between two tries of what is refused, ms: doubling. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 30_000;

interface Refused {
  readonly error: PortError;
  readonly waitMs: number;
  /** From when on calls are let through again, monotonic ms. */
  readonly tryAt: number;
}

/** What a refusal covers: every operation, or one. */
const EVERYTHING = 'everything';
/** What people wait for. */
const ASKED_FOR: ReadonlySet<string> = new Set(['create', 'send']);

export function withBreaker(agent: AgentPort, { clock, log }: BreakerOptions): Breaker {
  const refused = new Map<string, Refused>();
  /** Refusals in a row, while it is closed. */
  const counts = new Map<string, number>();

  /** Throws where the call is not to be made. */
  function admit(operation: string): void {
    if (ASKED_FOR.has(operation)) return;
    for (const scope of [EVERYTHING, operation]) {
      const refusal = refused.get(scope);
      if (refusal && clock.monotonic() < refusal.tryAt) throw again(refusal.error);
    }
  }

  function failed(operation: string, error: unknown): void {
    const scope = scopeOf(operation, error);
    if (scope === undefined || !(error instanceof PortError)) return;
    const before = refused.get(scope);
    const count = (counts.get(scope) ?? 0) + 1;
    counts.set(scope, count);
    // Calls that left before it opened come back refused too: they are no further tries.
    if (before ? clock.monotonic() < before.tryAt : count < REFUSALS) return;
    const waitMs = before ? Math.min(LONGEST_WAIT_MS, before.waitMs * 2) : FIRST_WAIT_MS;
    refused.set(scope, { error, waitMs, tryAt: clock.monotonic() + waitMs });
    const facts = { operation, code: error.code, status: error.status };
    if (!before) log.error(facts, 'Managed Agents refuses this; an operator has to act');
  }

  function worked(operation: string): void {
    for (const scope of [EVERYTHING, operation]) {
      counts.delete(scope);
      if (refused.delete(scope)) log.info({ operation }, 'Managed Agents accepts this again');
    }
  }

  async function guarded<T>(operation: string, call: () => Promise<T>): Promise<T> {
    admit(operation);
    try {
      const result = await call();
      worked(operation);
      return result;
    } catch (error) {
      failed(operation, error);
      throw error;
    }
  }

  return {
    agent: {
      create: (session) => guarded('create', () => agent.create(session)),
      find: (thread, gen, of) => guarded('find', () => agent.find(thread, gen, of)),
      send: (session, events) => guarded('send', () => agent.send(session, events)),
      status: (session) => guarded('status', () => agent.status(session)),
      usage: (session) => guarded('usage', () => agent.usage(session)),
      raiseBudget: (session, cents) => guarded('raiseBudget', () => agent.raiseBudget(session, cents)),
      archive: (session) => guarded('archive', () => agent.archive(session)),
      history: (session, query) => guarded('history', () => agent.history(session, query)),
      attach: (session, signal) => guarded('attach', () => agent.attach(session, signal)),
      upload: (file, signal) => guarded('upload', () => agent.upload(file, signal)),
      discard: (file) => guarded('discard', () => agent.discard(file)),
      mount: (session, files, signal) => guarded('mount', () => agent.mount(session, files, signal)),
      outputs: (session) => guarded('outputs', () => agent.outputs(session)),
      openOutput: (file, signal) => guarded('openOutput', () => agent.openOutput(file, signal)),
    },
    refusals: () =>
      [...refused].map(([scope, { error }]) =>
        scope === EVERYTHING
          ? `Managed Agents refuses ANTHROPIC_API_KEY (${error.code})`
          : `Managed Agents refuses to ${scope} (${error.code})`,
      ),
  };
}

function scopeOf(operation: string, error: unknown): string | undefined {
  if (!(error instanceof PortError) || error.kind !== 'fatal') return undefined;
  return error.status === 401 ? EVERYTHING : operation;
}

/** The same refusal for another call; nothing was sent. */
function again(error: PortError): PortError {
  const { code, message, status } = error;
  return new PortError({ kind: 'fatal', code, message, ...(status === undefined ? {} : { status }) });
}
