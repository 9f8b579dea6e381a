import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { SlackApiError } from './call.ts';
import type { Clock } from './clock.ts';
import type { Attempt, Outcome, Parcel, Transport } from './deliveries.ts';
import type { Timings } from './options.ts';

const maxSockets = 10;

interface Waiting {
  socket: WebSocket;
  settle: (outcome: Outcome) => void;
}

/**
 * Socket Mode: tickets, `hello`, envelopes and their acknowledgements, recycling
 * (docs.slack.dev/apis/events-api/using-socket-mode). Each envelope goes to one socket, in turn.
 */
export class Sockets implements Transport {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #open = new Set<WebSocket>();
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #appId: string;
  readonly #clock: Clock;
  readonly #timings: Timings;
  readonly #presence: (present: boolean) => void;
  #base = '';
  #turn = 0;
  #muted = false;

  constructor(appId: string, clock: Clock, timings: Timings, presence: (present: boolean) => void) {
    this.#appId = appId;
    this.#clock = clock;
    this.#timings = timings;
    this.#presence = presence;
  }

  listenAt(base: string): void {
    this.#base = base;
  }

  get count(): number {
    return this.#open.size;
  }

  present(): boolean {
    return this.#open.size > 0;
  }

  /** A fresh address, good for one connection. */
  newAddress(): string {
    if (this.#open.size >= maxSockets) throw new SlackApiError('too_many_websockets');
    const ticket = randomBytes(16).toString('hex');
    this.#tickets.add(ticket);
    return `${this.#base}/link/?ticket=${ticket}&app_id=${this.#appId}`;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('ticket') ?? '';
    if (!this.#tickets.delete(ticket)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => this.#welcome(client));
  }

  #welcome(socket: WebSocket): void {
    this.#open.add(socket);
    socket.on('message', (data: Buffer) => this.#take(data.toString()));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#lose(socket));
    this.#ping(socket);
    this.#write(socket, {
      type: 'hello',
      num_connections: this.#open.size,
      debug_info: { host: 'playground', build_number: 1, approximate_connection_time: 18_060 },
      connection_info: { app_id: this.#appId },
    });
    this.#presence(true);
  }

  #ping(socket: WebSocket): void {
    this.#clock.after(this.#timings.pingMs, () => {
      if (!this.#open.has(socket)) return;
      if (!this.#muted) socket.ping('Ping from playground');
      this.#ping(socket);
    });
  }

  #lose(socket: WebSocket): void {
    if (!this.#open.delete(socket)) return;
    for (const [envelope, waiting] of this.#waiting) {
      if (waiting.socket !== socket) continue;
      this.#waiting.delete(envelope);
      waiting.settle({ type: 'failed', reason: 'connection_failed' });
    }
    if (this.#open.size === 0) this.#presence(false);
  }

  #take(text: string): void {
    let answer: { envelope_id?: unknown; payload?: unknown };
    try {
      answer = JSON.parse(text) as typeof answer;
    } catch {
      return;
    }
    const envelope = String(answer.envelope_id);
    const waiting = this.#waiting.get(envelope);
    this.#waiting.delete(envelope);
    waiting?.settle({ type: 'acknowledged', body: answer.payload ?? {} });
  }

  /** Without an open socket: `unreachable`. `copies` go to as many sockets, the first answer counts. */
  async send(parcel: Parcel, attempt: Attempt, copies = 1): Promise<Outcome> {
    const open = [...this.#open];
    if (open.length === 0) return { type: 'unreachable' };
    const sent: Promise<Outcome>[] = [];
    for (let copy = 0; copy < copies; copy++) {
      const socket = open[this.#turn++ % open.length];
      if (socket) sent.push(this.#sendTo(socket, parcel, attempt));
    }
    return Promise.race(sent);
  }

  #sendTo(socket: WebSocket, parcel: Parcel, attempt: Attempt): Promise<Outcome> {
    const envelope_id = randomUUID();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(this.#timings.ackMs, () => {
        this.#waiting.delete(envelope_id);
        resolve({ type: 'failed', reason: 'timeout' });
      });
      const settle = (outcome: Outcome): void => {
        cancel();
        resolve(outcome);
      };
      this.#waiting.set(envelope_id, { socket, settle });
      this.#write(socket, {
        envelope_id,
        payload: parcel.body,
        type: parcel.kind,
        accepts_response_payload: parcel.kind !== 'events_api',
        ...(parcel.kind === 'events_api'
          ? { retry_attempt: attempt.number, retry_reason: attempt.reason }
          : {}),
      });
    });
  }

  #write(socket: WebSocket, frame: object): void {
    if (!this.#muted && socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
  }

  /** Any text as a frame to every socket, also text that is no JSON. */
  sendRaw(text: string): void {
    for (const socket of this.#open) socket.send(text);
  }

  /** The `disconnect` frame; the socket ends at once, after a warning a little later. */
  disconnect(reason: 'warning' | 'refresh_requested' | 'link_disabled'): void {
    for (const socket of this.#open) {
      this.#write(socket, { type: 'disconnect', reason, debug_info: { host: 'playground' } });
      const end = (): void => socket.close(1000);
      if (reason === 'warning') this.#clock.after(this.#timings.warningMs, end);
      else end();
    }
  }

  /** Cuts every connection without a word. */
  drop(): void {
    for (const socket of this.#open) socket.terminate();
  }

  /** Half open: the connections stand, and nothing comes through any more, not even pings and pongs. */
  mute(muted: boolean): void {
    this.#muted = muted;
    for (const socket of this.#open) {
      if (muted) socket.pause();
      else socket.resume();
    }
  }

  /** A polite end, cut short where the other side does not answer it. */
  close(): void {
    this.#tickets.clear();
    for (const socket of this.#open) {
      socket.close(1000);
      setTimeout(() => socket.terminate(), 200).unref();
    }
    this.#server.close();
  }
}
