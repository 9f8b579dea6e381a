/**
 * The playground's Managed Agents service: a real program on the real wire protocol. The product reaches it only
 * through `ANTHROPIC_BASE_URL`.
 *
 * The map
 * - `http.ts`, `router.ts`, `endpoint.ts`: one request; `limits.ts`, `faults.ts`, `problem.ts`: how it is refused
 * - `agents.ts`, `environments.ts`, `sessions.ts`, `resources.ts`, `events.ts`, `vaults.ts`, `memory-stores.ts`,
 *   `files.ts`: endpoints
 * - `schema.ts`, `schema-events.ts`, `send.ts`: what is accepted, and when
 * - `session.ts`, `log.ts`, `stream.ts`: a session, its history, who listens
 * - `turn.ts`, `effects.ts`, `calls.ts`, `progress.ts`, `speech.ts`, `status.ts`, `queue.ts`: how a turn goes
 * - `script*.ts`, `message.ts`, `scripts.ts`: what the agent does
 * - `world.ts`, `outbound.ts`, `journal.ts`: everything there is, the way out, the file it survives in
 * - `control.ts`, `control-http.ts`, `settings.ts`: what a test may do to it
 * - `webhooks.ts`: what it tells on its own; `standalone.ts`: the service without the rest of the playground
 */
import type { AddressInfo } from 'node:net';
import type { WireCall } from '../wire.ts';
import { agentEndpoints } from './agents.ts';
import { answerControl } from './control-http.ts';
import { createControl, type AgentsControl } from './control.ts';
import { environmentEndpoints } from './environments.ts';
import { eventEndpoints } from './events.ts';
import { fileEndpoints } from './files.ts';
import { createFace, read } from './http.ts';
import { openJournal } from './journal.ts';
import { relink } from './outputs.ts';
import { resourceEndpoints } from './resources.ts';
import { sessionEndpoints } from './sessions.ts';
import type { Settings } from './settings.ts';
import { resume } from './turn.ts';
import { memoryStoreEndpoints } from './memory-stores.ts';
import { vaultEndpoints } from './vaults.ts';
import { World } from './world.ts';

export type { AgentsControl, SessionView } from './control.ts';
export type { Fault } from './faults.ts';
export { keywords, type Keyword } from './script.ts';
export { request, type Script, type TurnPlan } from './scripts.ts';
export type { Settings } from './settings.ts';
export type { DropHow } from './stream.ts';
export type { Op, SessionEvent } from './types.ts';
export type { WebhookTarget } from './webhooks.ts';

export interface AgentsServerOptions {
  /** Default 0: any free port, on 127.0.0.1. */
  readonly port?: number;
  /** File that keeps everything over a kill -9; without it nothing is kept. */
  readonly journal?: string;
  /** Multiplier of script speed, default 1; 0 is as fast as possible. */
  readonly pace?: number;
  /** Pause between pings on a stream, default 15,000 ms; 0 for none. */
  readonly heartbeatMs?: number;
  readonly settings?: Partial<Settings>;
  readonly onCall?: (call: WireCall) => void;
  /** Told of every piece of text an agent says, the moment it is streamed. */
  readonly onText?: (session: string, text: string) => void;
}

export interface AgentsServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  readonly control: AgentsControl;
}

const endpoints = [
  ...eventEndpoints,
  ...sessionEndpoints,
  ...resourceEndpoints,
  ...agentEndpoints,
  ...environmentEndpoints,
  ...vaultEndpoints,
  ...memoryStoreEndpoints,
  ...fileEndpoints,
];

/**
 * Starts the service; with a journal, its sessions go on where they were.
 * @throws where the port is taken or the journal cannot be written.
 */
export async function startAgentsServer(options: AgentsServerOptions = {}): Promise<AgentsServer> {
  const { heartbeatMs } = options;
  const world = new World({
    pace: options.pace ?? 1,
    settings: { ...options.settings, ...(heartbeatMs === undefined ? {} : { heartbeatMs }) },
    onText: options.onText,
  });
  world.clock.coarse = world.settings.sameTimestamp;
  if (options.journal !== undefined) {
    const restore = (record: unknown[]): void => world.restore(record);
    world.outbound.journal = openJournal(options.journal, restore, () => world.snapshot());
    relink(world);
  }
  const control = createControl(world);
  const server = createFace({
    world,
    endpoints,
    control: (request, response) =>
      answerControl(control, request, response, (it) => read(it, 32 * 1024 * 1024)),
    onCall: options.onCall,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  for (const session of world.sessions.values()) resume(session);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    control,
    stop: async () => {
      if (!server.listening) return;
      for (const session of world.sessions.values()) session.cancel();
      world.webhooks.stop();
      world.outbound.flush();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      world.outbound.flush();
      world.outbound.journal.close();
    },
  };
}
