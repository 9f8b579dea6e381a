/**
 * A gate in front of Socket Mode's client (3.1.0), at its own `ws_message` event: frames that would make it throw
 * or mistake an event for one of its own signals do not get through, and a `disconnect` is held until the
 * connection's successor stands.
 *
 * What it is kept from (`@slack/socket-mode/dist/src/SocketModeClient.js`, `onWebSocketMessage`): it reads
 * `payload.event.type` of every `events_api` frame, which `app_rate_limited` does not have; it emits events under
 * the type that came over the wire, on the emitter it keeps its own state with; and it closes at once on every
 * `disconnect`, although Slack announces it seconds ahead (docs.slack.dev, "Using Socket Mode", "Disconnecting").
 */
import type { SocketModeReceiver } from '@slack/bolt';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { fieldsOf, object, text, type Fields } from './fields.ts';

export type SocketClient = SocketModeReceiver['client'];

export interface SocketGateOptions {
  readonly client: SocketClient;
  readonly log: Log;
  /** Slack is about to close this connection. `goOn` lets the client act on it. */
  readonly onDisconnect: (reason: string, goOn: () => void) => void;
}

type Listener = (data: unknown, isBinary: unknown) => unknown;

const KNOWN = new Set(['events_api', 'interactive', 'slash_commands', 'hello']);
const DISGUISE = 'heddle_unknown';

export function guardSocket({ client, log, onDisconnect }: SocketGateOptions): void {
  const listeners = client.listeners('ws_message') as Listener[];

  function pass(data: unknown, isBinary: unknown): void {
    for (const listener of listeners) {
      // The client's listener is asynchronous: what it throws would otherwise end the process.
      Promise.resolve(listener(data, isBinary)).catch((error: unknown) => {
        log.error({ why: messageOf(error) }, 'a Socket Mode frame could not be taken');
      });
    }
  }

  /** Under a type that means nothing to the client, the frame still reaches whoever acknowledges it. */
  function disguise(frame: Fields | undefined): void {
    const envelope = text(frame, 'envelope_id');
    if (frame === undefined || envelope === undefined) {
      log.warn({}, 'a malformed Socket Mode frame was dropped');
      return;
    }
    const payload = object(frame, 'payload');
    pass(JSON.stringify({ type: DISGUISE, envelope_id: envelope, payload }), false);
  }

  client.removeAllListeners('ws_message');
  client.on('ws_message', (data: unknown, isBinary: unknown) => {
    const frame = frameOf(data);
    const type = text(frame, 'type') ?? 'malformed';
    if (type === 'disconnect') {
      onDisconnect(text(frame, 'reason') ?? 'unknown', () => pass(data, isBinary));
      return;
    }
    const name = type === 'events_api' ? eventType(frame) : type;
    const safe = KNOWN.has(type) && name !== undefined && !client.eventNames().includes(name);
    if (safe) pass(data, isBinary);
    else disguise(frame);
  });
}

function frameOf(data: unknown): Fields | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return fieldsOf(JSON.parse(data));
  } catch {
    return undefined;
  }
}

function eventType(frame: Fields | undefined): string | undefined {
  return text(object(object(frame, 'payload'), 'event'), 'type');
}
