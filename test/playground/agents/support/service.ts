/** A running emulator with the real SDK in front of it, for one test. */
import Anthropic from '@anthropic-ai/sdk';
import type {
  BetaManagedAgentsStreamSessionEvents,
  BetaManagedAgentsSendSessionEvents,
} from '@anthropic-ai/sdk/resources/beta/sessions/events';
import { onTestFinished } from 'vitest';
import {
  startAgentsServer,
  type AgentsServer,
  type AgentsServerOptions,
} from '../../../../src/playground/agents/index.ts';

export type StreamEvent = BetaManagedAgentsStreamSessionEvents;
export type Sent = NonNullable<BetaManagedAgentsSendSessionEvents['data']>[number];

export interface Service {
  readonly server: AgentsServer;
  readonly client: Anthropic;
  readonly agentId: string;
  readonly environmentId: string;
}

export function clientOf(server: { readonly url: string }, maxRetries = 0): Anthropic {
  return new Anthropic({ apiKey: 'test-key', baseURL: server.url, maxRetries });
}

export async function startService(options: AgentsServerOptions = {}): Promise<Service> {
  const server = await startAgentsServer({ pace: 0, heartbeatMs: 0, ...options });
  onTestFinished(() => server.stop());
  const ids = server.control.seed();
  return { server, client: clientOf(server), ...ids };
}

export async function newSession(service: Service, extra: Record<string, unknown> = {}): Promise<string> {
  const session = await service.client.beta.sessions.create({
    agent: service.agentId,
    environment_id: service.environmentId,
    ...extra,
  });
  return session.id;
}

export function message(text: string): { type: 'user.message'; content: { type: 'text'; text: string }[] } {
  return { type: 'user.message', content: [{ type: 'text', text }] };
}

export async function say(service: Service, session: string, text: string): Promise<Sent> {
  const sent = await service.client.beta.sessions.events.send(session, { events: [message(text)] });
  const [first] = sent.data ?? [];
  if (!first) throw new Error('nothing was echoed');
  return first;
}

/** An open stream that collects in the background. */
export interface Collector {
  readonly events: StreamEvent[];
  /** How the stream ended: null while it is open, `'end'`, or what it threw. */
  readonly ended: () => unknown;
  /** Resolves with the event for which `is` holds, looking at those that came already as well. */
  until(is: (event: StreamEvent) => boolean): Promise<StreamEvent>;
  untilEnd(): Promise<unknown>;
  types(): string[];
}

export async function listen(
  service: Service,
  session: string,
  deltas: ('agent.message' | 'agent.thinking')[] = [],
): Promise<Collector> {
  const stream = await service.client.beta.sessions.events.stream(
    session,
    deltas.length > 0 ? { event_deltas: deltas } : {},
  );
  onTestFinished(() => stream.controller.abort());
  const events: StreamEvent[] = [];
  const looks = new Set<() => void>();
  let ended: unknown = null;
  const collect = async (): Promise<void> => {
    try {
      for await (const event of stream) {
        events.push(event);
        for (const look of looks) look();
      }
      ended = 'end';
    } catch (error) {
      ended = error;
    }
    for (const look of looks) look();
  };
  const collecting = collect();
  return {
    events,
    ended: () => ended,
    until: (is) =>
      wait(
        looks,
        () => events.find(is),
        () => `${events.map((e) => e.type).join(' ')} / ${String(ended)}`,
      ),
    untilEnd: async () => {
      await collecting;
      return ended;
    },
    types: () => events.map((event) => event.type),
  };
}

function wait<T>(looks: Set<() => void>, find: () => T | undefined, seen: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      looks.delete(look);
      reject(new Error(`not seen in time; came: ${seen()}`));
    }, 8000);
    const look = (): void => {
      const found = find();
      if (found === undefined) return;
      clearTimeout(timer);
      looks.delete(look);
      resolve(found);
    };
    looks.add(look);
    look();
  });
}

export function isIdle(event: StreamEvent, reason?: string): boolean {
  return event.type === 'session.status_idle' && (reason === undefined || event.stop_reason.type === reason);
}

/** All text the agent said, from final events. */
export function spoken(events: readonly StreamEvent[]): string {
  return events
    .flatMap((event) => (event.type === 'agent.message' ? event.content : []))
    .map((block) => (block.type === 'text' ? block.text : ''))
    .join('\n');
}
