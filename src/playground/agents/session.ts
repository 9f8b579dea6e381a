/**
 * One emulated session: its state, its history, who listens, and how an event comes into being.
 *
 * Invariant: every persisted event passes through `publish`, which journals it and fans it out once; previews
 * pass through `preview`, which does neither journal nor keep them.
 */
import { iso } from './clock.ts';
import { newId } from './ids.ts';
import { EventLog, stamped } from './log.ts';
import { readMessage } from './message.ts';
import { chargeRuntime, listCost } from './money.ts';
import type { Recorded } from './outbound.ts';
import { frameOf, type Subscriber } from './stream.ts';
import type {
  Json,
  Op,
  Position,
  SessionEvent,
  SessionFixed,
  SessionState,
  Status,
  Thread,
} from './types.ts';
import type { World } from './world.ts';

export class Session implements Recorded {
  readonly fixed: SessionFixed;
  readonly state: SessionState;
  readonly world: World;
  readonly log = new EventLog();
  readonly subscribers = new Set<Subscriber>();
  /** What is left to do, or null when no turn is open. */
  ops: readonly Op[] | null = null;
  position: Position = { at: 0, since: 0, requestId: null, openId: null, chars: 0 };
  /** Streams that were open when the model request began; only they get its previews. */
  audience: readonly Subscriber[] = [];
  /** Stops the timer of the step in progress. */
  cancel: () => void = () => {};
  deleted = false;
  /** Ids of output files that the Files API does not list before the next idle. */
  unlisted: string[] = [];
  /** Texts of the latest user messages, oldest first: what the scripted agent remembers. */
  readonly heard: string[] = [];
  #dirty = new Set<'state' | 'ops' | 'position'>();
  /** Id of the message that `speak` writes. */
  #spoken: string | null = null;

  constructor(fixed: SessionFixed, state: SessionState, world: World) {
    this.fixed = fixed;
    this.state = state;
    this.world = world;
  }

  get id(): string {
    return this.fixed.id;
  }

  get agentName(): string {
    return String(this.fixed.agent['name']);
  }

  get model(): string {
    return (this.fixed.agent['model'] as { id?: string } | undefined)?.id ?? '';
  }

  get primary(): Thread {
    const thread = this.state.threads[0];
    if (!thread) throw new Error('a session has a primary thread');
    return thread;
  }

  touch(...what: readonly ('state' | 'ops' | 'position')[]): void {
    for (const part of what) this.#dirty.add(part);
    this.world.outbound.touch(this);
  }

  /** A new, processed event. */
  emit(type: string, fields: Json = {}, id: string = newId('sevt')): SessionEvent {
    return this.#settle({ type, id, ...fields });
  }

  /** Accepts what a client sent: it is queued, so not processed yet. */
  receive(type: string, fields: Json): SessionEvent {
    const event: SessionEvent = { type, id: newId('sevt'), ...fields, processed_at: null };
    this.keep(event, 0);
    this.#publish(event, 0);
    return event;
  }

  /** The second delivery of a queued event: same id, now processed. */
  settle(id: string): void {
    const event = this.log.get(id);
    if (event) this.#settle({ ...event });
  }

  preview(type: string, body: Json, wants: 'agent.message' | 'agent.thinking'): void {
    const frame = frameOf(type, JSON.stringify({ type, ...body }));
    for (const subscriber of this.audience) if (subscriber.deltas.has(wants)) subscriber.frame(frame);
  }

  /** A piece of a message beyond any script: the first one opens its preview, for the streams that are open then. */
  speak(text: string): void {
    if (this.#spoken === null) {
      this.#spoken = newId('sevt');
      this.audience = [...this.subscribers];
      this.preview('event_start', { event: { type: 'agent.message', id: this.#spoken } }, 'agent.message');
    }
    const delta = { type: 'content_delta', index: 0, content: { type: 'text', text } };
    this.world.onText(this.id, text);
    this.preview('event_delta', { event_id: this.#spoken, delta }, 'agent.message');
  }

  /** Delivers a stored event once more, as an at-least-once stream may. */
  repeat(event: SessionEvent): void {
    const frame = frameOf(event.type, JSON.stringify(event));
    for (const subscriber of this.subscribers) subscriber.deliver(event, frame);
  }

  /** A stream-only event: delivered, neither stored nor stamped. */
  broadcast(event: Json & { type: string }): void {
    const frame = frameOf(event.type, JSON.stringify(event));
    for (const subscriber of this.subscribers) subscriber.frame(frame);
  }

  endStreams(): void {
    for (const subscriber of this.subscribers) subscriber.end();
  }

  setStatus(status: Status): void {
    const { state } = this;
    const now = this.world.clock.now();
    if (state.runningSince !== null && status !== 'running') {
      state.activeMs += now - state.runningSince;
      chargeRuntime(state.usage, now - state.runningSince);
      state.runningSince = null;
    }
    if (status === 'running') state.runningSince ??= now;
    state.status = status;
    this.primary.status = status;
    state.updated_at = iso(now * 1000);
    this.touch('state');
  }

  /** What `retrieve` says: the stream announces an idle slightly before the record follows. */
  get reportedStatus(): Status {
    const { state, world } = this;
    const lagging = world.clock.now() - state.idleAt < world.settings.statusLagMs;
    return state.status === 'idle' && lagging ? 'running' : state.status;
  }

  usageSnapshot(): Json {
    const { usage, activeMs } = this.state;
    return {
      input_tokens: usage.input,
      output_tokens: usage.output,
      cache_read_input_tokens: usage.cacheRead,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      list_cost: listCost(usage),
      active_seconds: activeMs / 1000,
      server_tool_use: { web_search_requests: usage.searches, web_fetch_requests: 0 },
    };
  }

  records(): readonly string[] {
    const lines: string[] = [];
    if (this.deleted) return lines;
    if (this.#dirty.has('state')) lines.push(JSON.stringify(['state', this.id, this.state]));
    if (this.#dirty.has('ops')) lines.push(JSON.stringify(['ops', this.id, this.ops]));
    if (this.#dirty.has('position')) lines.push(JSON.stringify(['position', this.id, this.position]));
    this.#dirty.clear();
    return lines;
  }

  /** Puts an event into the history; also how the journal brings it back. */
  keep(event: SessionEvent, stamp: number): void {
    if (event.processed_at === null) {
      this.log.wait(event);
      return;
    }
    this.log.settle(event, stamp);
    if (event.type !== 'user.message') return;
    this.heard.push(readMessage(event['content']).text);
    if (this.heard.length > 50) this.heard.shift();
  }

  #settle(event: Json): SessionEvent {
    const stamp = this.world.clock.stamp();
    const done = stamped(event, stamp);
    this.keep(done, stamp);
    this.#publish(done, stamp);
    this.world.webhooks.notice(this.id, done);
    return done;
  }

  #publish(event: SessionEvent, stamp: number): void {
    const json = JSON.stringify(event);
    this.world.outbound.record(`["event","${this.id}",${stamp},${json}]`);
    if (this.subscribers.size === 0) return;
    const frame = frameOf(event.type, json);
    const copies = this.world.settings.duplicateEvents ? 2 : 1;
    for (const subscriber of this.subscribers) {
      for (let copy = 0; copy < copies; copy += 1) subscriber.deliver(event, frame);
    }
  }
}
