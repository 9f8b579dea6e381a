/**
 * Socket Mode with Bolt's own receiver for each connection, and the connections' succession here.
 *
 * The client's own reconnecting is turned off: it leaves a gap of its ping timeout at every `disconnect`, and a
 * call that fails while it reconnects ends the process as an unhandled rejection (socket-mode 3.1.0). Instead:
 *
 * C1  An announced end is no gap: the successor stands before the predecessor closes.
 * C2  An unannounced end is followed by a new connection at once, then with growing, jittered waits.
 * C3  Nothing that goes wrong with a connection after the first one stands ends the process; `health` tells.
 *
 * One connection a process: what is delivered while none stands, or is not acknowledged, Slack delivers again.
 */
import { SocketModeReceiver, type App, type Receiver } from '@slack/bolt';
import { backoff } from '../../lib/backoff.ts';
import { delay, withTimeout } from '../../lib/time.ts';
import { messageOf, PortError } from '../../errors.ts';
import type { Clock, Log } from '../../ports.ts';
import { failureOf } from './failures.ts';
import { guardSocket, type SocketClient } from './socket-gate.ts';
import { bridge, webOptions } from './web.ts';

export interface SocketReceiverOptions {
  /** `xapp-…` with `connections:write`. */
  readonly appToken: string;
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SocketReceiver extends Receiver {
  /** Undefined while a connection stands; else why none does. */
  readonly trouble: string | undefined;
}

/** A connection that has said hello. */
interface Link {
  readonly client: SocketClient;
  /** Slack announced its end; undefined where it ended without. */
  readonly ending: Promise<'announced' | 'closed'>;
  /** Lets an announced end happen. */
  letGo(): void;
}

const HELLO_MS = 10_000;
const OPEN_MS = 5_000;
const CLOSE_MS = 1_000;
/** A pong later than this ends a connection; Slack's own pings come far more often than 30 s. */
const PONG_MS = 5_000;
const PING_MS = 30_000;
/** Only what stood this long has proved that connecting works. */
const PROVEN_MS = 60_000;

export function createSocketReceiver({
  appToken,
  apiUrl,
  clock,
  log,
}: SocketReceiverOptions): SocketReceiver {
  const stopping = new AbortController();
  let app: App | undefined;
  let trouble: string | undefined = 'not connected to Slack yet';
  let current: Link | undefined;
  let tending: Promise<void> = Promise.resolve();

  async function connect(): Promise<Link> {
    const receiver = boltReceiver(appToken, apiUrl, log);
    if (app) receiver.init(app);
    const { client } = receiver;
    let letGo = (): void => undefined;
    const ending = new Promise<'announced' | 'closed'>((resolve) => {
      client.once('disconnected', () => {
        resolve('closed');
        if (current?.client !== client || stopping.signal.aborted) return;
        current = undefined;
        trouble = 'the Socket Mode connection was lost';
        log.warn({}, 'the Socket Mode connection was lost');
      });
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
      await withTimeout('the Socket Mode hello', HELLO_MS, () => client.start(), stopping.signal, clock);
    } catch (error) {
      close(client);
      throw failureOf(error, 'apps.connections.open', 'read');
    }
    return { client, ending, letGo: () => letGo() };
  }

  /** Asks for the end and does not wait for it: a dead peer takes half a minute. */
  function close(client: SocketClient): void {
    client.disconnect().catch((error: unknown) => {
      log.debug({ why: messageOf(error) }, 'a connection did not end well');
    });
  }

  /** Until a connection stands. Rejects where Slack refuses the app token and `first` is set. */
  async function connected(first: boolean, waits: ReturnType<typeof backoff>): Promise<Link> {
    for (;;) {
      try {
        const link = await connect();
        trouble = undefined;
        return link;
      } catch (error) {
        stopping.signal.throwIfAborted();
        const failure = error as PortError;
        if (first && isRefusal(failure)) throw asFatal(failure);
        if (!current) trouble = `no Socket Mode connection (${failure.code})`;
        log.warn({ code: failure.code, attempt: waits.attempts + 1 }, 'no Socket Mode connection; trying on');
        await delay(waits.next(failure.retryAfterMs), stopping.signal, clock);
      }
    }
  }

  /** C1 to C3, until stopped. */
  async function tend(link: Link): Promise<void> {
    const waits = backoff({ minMs: 100, maxMs: 30_000 });
    for (;;) {
      current = link;
      const since = clock.monotonic();
      const how = await Promise.race([link.ending, aborted(stopping.signal)]);
      if (how === 'aborted') return;
      if (clock.monotonic() - since >= PROVEN_MS) waits.reset();
      if (waits.attempts > 0) await delay(waits.next(), stopping.signal, clock);
      else waits.next();
      const successor = await connected(false, waits);
      link.letGo();
      link = successor;
    }
  }

  return {
    get trouble() {
      return trouble;
    },
    init(bolt) {
      app = bolt;
    },
    async start() {
      const first = await connected(true, backoff({ minMs: 500, maxMs: 30_000 }));
      tending = tend(first).catch((error: unknown) => {
        if (stopping.signal.aborted) return;
        trouble = `Socket Mode is not tended any more (${messageOf(error)})`;
        log.error({ why: messageOf(error) }, 'Socket Mode is not tended any more');
      });
    },
    async stop() {
      trouble = 'stopping';
      const last = current;
      stopping.abort(new PortError({ kind: 'retry', code: 'stopping' }));
      await tending;
      if (!last) return;
      await Promise.race([last.client.disconnect(), delay(CLOSE_MS, undefined, clock)]);
    },
  };
}

function boltReceiver(appToken: string, apiUrl: string | undefined, log: Log): SocketModeReceiver {
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

function isRefusal(failure: PortError): boolean {
  return failure.status === undefined && (failure.kind === 'fatal' || failure.kind === 'refused');
}

function asFatal(failure: PortError): PortError {
  return new PortError({
    kind: 'fatal',
    code: failure.code,
    message: `Slack refuses the app token (apps.connections.open: ${failure.code})`,
    cause: failure,
  });
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}
