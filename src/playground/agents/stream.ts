/**
 * One open event stream. Frames name the event's type, because the SDK drops frames without an `event:` line;
 * there are no ids and no replay (`core/streaming.ts` of @anthropic-ai/sdk 1.10.0).
 */
import type { ServerResponse } from 'node:http';
import type { Outbound, Writer } from './outbound.ts';
import type { SessionEvent } from './types.ts';

/** A reader that lets this much pile up is cut off. */
const BACKLOG_BYTES = 64 * 1024 * 1024;

/** `stall`: not a byte any more; `mute`: pings alone. */
export type DropHow = 'fin' | 'rst' | 'stall' | 'mute' | 'garbage' | 'error';

export class Subscriber implements Writer {
  readonly deltas: ReadonlySet<string>;
  readonly #response: ServerResponse;
  readonly #outbound: Outbound;
  readonly #wants: (event: SessionEvent) => boolean;
  #frames: string[] = [];
  #stalled = false;
  #muted = false;
  #ending = false;
  #heartbeat: NodeJS.Timeout | null = null;

  constructor(
    response: ServerResponse,
    outbound: Outbound,
    options: { deltas: ReadonlySet<string>; heartbeatMs: number; wants?: (event: SessionEvent) => boolean },
  ) {
    this.#response = response;
    this.#outbound = outbound;
    this.deltas = options.deltas;
    this.#wants = options.wants ?? (() => true);
    if (options.heartbeatMs > 0) {
      this.#heartbeat = setInterval(() => this.frame(PING), options.heartbeatMs);
      this.#heartbeat.unref();
    }
    response.once('close', () => this.#silence());
  }

  /** A persisted event; `frame` is its text, made once for all subscribers. */
  deliver(event: SessionEvent, frame: string): void {
    if (this.#wants(event)) this.frame(frame);
  }

  frame(text: string): void {
    if (this.#stalled || this.#ending || (this.#muted && text !== PING)) return;
    this.#frames.push(text);
    this.#outbound.writable(this);
  }

  /** Ends the stream cleanly once what is queued has been written. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#silence();
    this.#outbound.writable(this);
  }

  /** Ends or spoils the stream the way a network or a proxy would. */
  drop(how: DropHow): void {
    if (how === 'garbage') {
      this.frame('event: agent.message\ndata: {"type":"agent.message","id":\n\n');
    } else if (how === 'error') {
      this.frame(ERROR);
      this.end();
    } else if (how === 'stall') {
      this.#stalled = true;
      this.#frames = [];
    } else if (how === 'mute') {
      this.#muted = true;
    } else if (how === 'fin') {
      this.end();
    } else {
      this.#silence();
      const { socket } = this.#response;
      if (socket) socket.resetAndDestroy();
    }
  }

  write(): void {
    const frames = this.#frames;
    this.#frames = [];
    if (this.#response.destroyed) return;
    if (frames.length > 0 && !this.#stalled) this.#response.write(frames.join(''));
    if (this.#ending) this.#response.end();
    else if (this.#response.writableLength > BACKLOG_BYTES) this.#response.destroy();
  }

  #silence(): void {
    if (this.#heartbeat) clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }
}

const PING = 'event: ping\ndata: {"type":"ping"}\n\n';
const ERROR =
  'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_stream"}\n\n';

export function frameOf(type: string, json: string): string {
  return `event: ${type}\ndata: ${json}\n\n`;
}
