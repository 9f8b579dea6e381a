/**
 * Socket Mode: the succession of connections.
 *
 * The client's own reconnecting is turned off: it leaves a gap of its ping timeout at every `disconnect`, and a
 * call that fails while it reconnects ends the process as an unhandled rejection (socket-mode 3.1.0). Instead:
 *
 * C1  An announced end is no gap: the successor stands before the predecessor closes.
 * C2  An unannounced end is followed by a new connection at once, then with growing, jittered waits.
 * C3  Nothing that goes wrong with a connection after the first one stands ends the process; `trouble` tells.
 *
 * One connection a process: what is delivered while none stands, or is not acknowledged, Slack delivers again.
 */
import type { App, Receiver } from '@slack/bolt';
import { backoff, type Backoff } from '../../lib/backoff.ts';
import { delay } from '../../lib/time.ts';
import { messageOf, PortError } from '../../errors.ts';
import { openLink, type Link, type LinkOptions } from './socket-link.ts';

export interface SocketReceiver extends Receiver {
  /** Undefined while a connection stands; else why none does. */
  readonly trouble: string | undefined;
}

const CLOSE_MS = 1_000;
/** Only what stood this long has proved that connecting works. */
const PROVEN_MS = 60_000;

export function createSocketReceiver(options: LinkOptions): SocketReceiver {
  const { clock, log } = options;
  const stopping = new AbortController();
  let app: App | undefined;
  let current: Link | undefined;
  let trouble: string | undefined = 'not connected to Slack yet';
  let tending: Promise<void> = Promise.resolve();

  /** Until a connection stands. With `first`, rejects where Slack refuses the app token. */
  async function connected(waits: Backoff, first: 'first' | 'again'): Promise<Link> {
    for (;;) {
      try {
        return await openLink(app, options, stopping.signal);
      } catch (error) {
        stopping.signal.throwIfAborted();
        const failure = error as PortError;
        if (first === 'first' && isRefusal(failure)) throw asFatal(failure);
        if (!current) trouble = `no Socket Mode connection (${failure.code})`;
        log.warn({ code: failure.code, attempt: waits.attempts + 1 }, 'no Socket Mode connection; trying on');
        await delay(waits.next(failure.retryAfterMs), stopping.signal, clock);
      }
    }
  }

  function take(link: Link): void {
    current = link;
    trouble = undefined;
    link.ended
      .then(() => {
        if (current !== link || stopping.signal.aborted) return;
        current = undefined;
        trouble = 'the Socket Mode connection was lost';
        log.warn({}, 'the Socket Mode connection was lost');
      })
      .catch(() => undefined);
  }

  /** C1 to C3, until stopped. */
  async function tend(first: Link): Promise<void> {
    const waits = backoff({ minMs: 100, maxMs: 30_000 });
    const stopped = aborted(stopping.signal);
    let link = first;
    for (;;) {
      const since = clock.monotonic();
      const how = await Promise.race([link.ending, stopped]);
      if (how === 'aborted') return;
      if (clock.monotonic() - since >= PROVEN_MS) waits.reset();
      const again = waits.attempts > 0;
      const wait = waits.next();
      if (again) await delay(wait, stopping.signal, clock);
      const successor = await connected(waits, 'again');
      take(successor);
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
      const first = await connected(backoff({ minMs: 500, maxMs: 30_000 }), 'first');
      take(first);
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
      if (last) await Promise.race([last.close(), delay(CLOSE_MS, undefined, clock)]);
    },
  };
}

/** Slack's own word. An HTTP status may be a proxy's, and a proxy comes back. */
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
