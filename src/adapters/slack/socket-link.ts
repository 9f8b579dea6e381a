/** One Socket Mode connection, with Bolt's own receiver, from `apps.connections.open` to its end. */
import { SocketModeReceiver, type App } from '@slack/bolt';
import { withTimeout } from '../../lib/time.ts';
import { messageOf } from '../../errors.ts';
import type { Clock, Log } from '../../ports.ts';
import { failureOf } from './failures.ts';
import { guardSocket, type SocketClient } from './socket-gate.ts';
import { bridge, webOptions } from './web.ts';

export interface LinkOptions {
  /** `xapp-…` with `connections:write`. */
  readonly appToken: string;
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** A connection that has said hello. */
export interface Link {
  /** Slack is about to end it, or it has ended. */
  readonly ending: Promise<'announced' | 'closed'>;
  /** It has ended, however. */
  readonly ended: Promise<void>;
  /** Lets an announced end happen. */
  letGo(): void;
  /** Ends it; resolves when the other side agrees, which a dead one does not for half a minute. */
  close(): Promise<void>;
}

const HELLO_MS = 10_000;
const OPEN_MS = 5_000;
/** A pong later than this ends a connection; Slack's own pings come far more often than 30 s. */
const PONG_MS = 5_000;
const PING_MS = 30_000;

/** Rejects with `PortError` where no connection comes about. */
export async function openLink(
  app: App | undefined,
  options: LinkOptions,
  signal: AbortSignal,
): Promise<Link> {
  const { clock, log } = options;
  const receiver = boltReceiver(options);
  if (app) receiver.init(app);
  const { client } = receiver;
  let letGo = (): void => undefined;
  const ended = new Promise<void>((resolve) => client.once('disconnected', () => resolve()));
  const announced = new Promise<'announced'>((resolve) => {
    guardSocket({
      client,
      log,
      onDisconnect(reason, goOn) {
        log.info({ reason }, 'Slack is about to close the Socket Mode connection');
        letGo = goOn;
        resolve('announced');
      },
    });
  });
  try {
    await withTimeout('the Socket Mode hello', HELLO_MS, () => client.start(), signal, clock);
  } catch (error) {
    disconnect(client).catch((cause: unknown) => {
      log.debug({ why: messageOf(cause) }, 'a connection did not end well');
    });
    throw failureOf(error, 'apps.connections.open', 'read');
  }
  const closed = ended.then((): 'closed' => 'closed');
  return {
    ending: Promise.race([announced, closed]),
    ended,
    letGo: () => letGo(),
    close: () => disconnect(client),
  };
}

async function disconnect(client: SocketClient): Promise<void> {
  await client.disconnect();
}

/** Each has options of its own: the client writes into the object that it is given. */
function boltReceiver({ appToken, apiUrl, log }: LinkOptions): SocketModeReceiver {
  return new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    clientPingTimeout: PONG_MS,
    serverPingTimeout: PING_MS,
    logger: bridge(log),
    installerOptions: { clientOptions: webOptions({ apiUrl, timeoutMs: OPEN_MS, log }) },
    // Not acknowledged, whatever went wrong: Slack delivers it again.
    processEventErrorHandler: () => Promise.resolve(false),
  });
}
