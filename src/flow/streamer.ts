/** Makes the calls of a thread's streams, one after the other, and takes what becomes of them (S1 to S4). */
import { recipientOf } from '../core/output.ts';
import { parseTurnSlot } from '../core/shown.ts';
import type { Posted } from '../core/state.ts';
import { fingerprint } from '../lib/hash.ts';
import type { StreamEnd } from '../ports-stream.ts';
import type { Content, Priority } from '../ports.ts';
import { asStreamed, rest } from '../render/growth.ts';
import { statusOf, type Wanted } from '../render/picture.ts';
import { failureOf } from './calls.ts';
import type { Ledger } from './ledger.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';
import { slotKey } from './slot-key.ts';
import { withoutStream, type StreamOp, type Streams } from './streams.ts';

/** So many streams may be begun a minute and workspace by `auto`: start and stop are tier 2 methods, 20 a minute. */
const STARTS = { limit: 18, windowMs: 60_000, share: 1 };

export interface StreamerParts {
  readonly deps: OutboxDeps;
  readonly host: OutboxHost;
  readonly ledger: Ledger;
  readonly streams: Streams;
  readonly wanted: (slot: string) => Wanted | undefined;
}

/** What left, as far as it did. */
interface Sending {
  text: string;
  content?: Content;
  /** Wall clock ms; 0: nothing left. */
  at: number;
  /** The same moment, monotonic ms: growth is paced from where it left, not from Slack's answer. */
  left: number;
}

type Call = Extract<StreamOp, { readonly slot: string }>;

export class Streamer {
  private readonly parts: StreamerParts;

  constructor(parts: StreamerParts) {
    this.parts = parts;
  }

  /** Which of these new messages are begun as streams. */
  async toStream(growing: readonly string[]): Promise<readonly string[]> {
    const taken: string[] = [];
    for (const slot of growing) {
      const { segment = 0, part = 0 } = parseTurnSlot(slot) ?? {};
      // The first one's place was taken when the turn was decided.
      if (segment + part === 0 || this.parts.deps.settings.output === 'stream' || (await this.hasRoom()))
        taken.push(slot);
    }
    return taken;
  }

  private async hasRoom(): Promise<boolean> {
    const { deps, host } = this.parts;
    const { team } = host.state().thread;
    return deps.store.take(`streams:${team}`, STARTS).then(
      ({ granted }) => granted,
      () => false,
    );
  }

  /** Throws where the lease has lapsed. `signal` turns a call away that waits for its lane. */
  async perform(op: StreamOp, signal: AbortSignal): Promise<void> {
    if (op.do === 'decide') return this.decide(op.turn);
    if (op.do === 'halt') return this.parts.host.input({ kind: 'stopped-in-slack' });
    const known = this.parts.ledger.posted.get(op.slot);
    if (!known) return;
    const sending: Sending = { text: '', at: 0, left: 0 };
    try {
      await this.call(op, known, signal, sending);
      this.parts.ledger.worked();
    } catch (error) {
      if (sending.at > 0 || !signal.aborted) this.failed(op, known, sending.at, error);
    }
  }

  private async decide(turn: number): Promise<void> {
    const { deps, host } = this.parts;
    const { team, channel } = host.state().thread;
    const here = deps.slack.streams(team, channel);
    const streams = here && (deps.settings.output === 'stream' || (await this.hasRoom()));
    host.input({ kind: 'output', turn, output: streams ? 'stream' : 'edit' });
  }

  private call(op: Call, known: Posted, signal: AbortSignal, sending: Sending): Promise<void> {
    switch (op.do) {
      case 'start':
        return this.start(op.slot, known, signal, sending);
      case 'append':
        return this.append(op.slot, known, signal, sending);
      case 'end':
        return this.end(op.slot, known, signal, sending);
      case 'remove':
        return this.remove(op.slot, known, signal);
    }
  }

  /** Called by the lane at the last moment, under a lease that outlives the call. */
  private leaving(sending: Sending, text: string | undefined): string | undefined {
    this.parts.host.guard();
    if (text === undefined || text === '') return undefined;
    sending.text = text;
    sending.at = this.parts.deps.clock.now();
    sending.left = this.parts.deps.clock.monotonic();
    return text;
  }

  private async start(slot: string, known: Posted, signal: AbortSignal, sending: Sending): Promise<void> {
    const { deps, host, ledger, streams } = this.parts;
    const state = host.state();
    const { team, channel, ts: threadTs } = state.thread;
    const turn = state.turns.find(({ no }) => no === parseTurnSlot(slot)?.turn);
    const ts = await deps.slack.startStream({
      team,
      channel,
      threadTs,
      signal,
      guard: () => host.guard(),
      priority: 'first',
      recipient: recipientOf(state, turn?.user ?? ''),
      // What is whole by now needs no stream.
      text: () =>
        this.parts.wanted(slot)?.now === 'growing' ? this.leaving(sending, streams.settled(slot)) : undefined,
    });
    if (ts === undefined) return;
    const now = deps.clock.monotonic();
    streams.own.set(slot, {
      startedAt: now,
      appendedAt: sending.left,
      readAt: now,
      broken: false,
      sent: sending.text,
    });
    ledger.written.set(slot, { at: now, texted: true });
    ledger.note(slot, { ...withoutStream(known), ts, stream: { is: 'open' } });
    host.shown(true);
  }

  private async append(slot: string, known: Posted, signal: AbortSignal, sending: Sending): Promise<void> {
    const { deps, host, ledger, streams } = this.parts;
    const own = streams.own.get(slot);
    if (!own || known.ts === undefined) return;
    const { team, channel } = host.state().thread;
    const done = await deps.slack.appendStream({
      team,
      channel,
      ts: known.ts,
      signal,
      guard: () => host.guard(),
      priority: 'delta',
      text: () => this.leaving(sending, streams.more(slot, own)),
    });
    if (!done) return;
    own.sent += sending.text;
    own.appendedAt = sending.left;
    ledger.written.set(slot, { at: deps.clock.monotonic(), texted: true });
  }

  private async end(slot: string, known: Posted, signal: AbortSignal, sending: Sending): Promise<void> {
    const { deps, host, ledger, streams } = this.parts;
    if (known.ts === undefined) return;
    const { thread } = host.state();
    const priority: Priority = this.parts.wanted(slot)?.standing === 'live' ? 'first' : 'final';
    const done = await deps.slack.stopStream({
      team: thread.team,
      channel: thread.channel,
      ts: known.ts,
      signal,
      guard: () => host.guard(),
      priority,
      slot,
      key: slotKey(thread, slot, known.gen),
      end: () => this.ending(slot, sending),
    });
    if (!done) return;
    streams.own.delete(slot);
    ledger.written.set(slot, { at: deps.clock.monotonic(), texted: true });
    const { hash: _, ...plain } = withoutStream(known);
    const hash = sending.content && { hash: fingerprint(sending.content) };
    ledger.note(slot, { ...plain, ...hash });
  }

  /** With what the stream makes the message whole; where it cannot, it ends bare and an edit follows (S2). */
  private ending(slot: string, sending: Sending): StreamEnd {
    const { host, streams, deps } = this.parts;
    host.guard();
    sending.at = deps.clock.now();
    const status = statusOf(host.state()) ?? 'active';
    const own = streams.own.get(slot);
    const wanted = this.parts.wanted(slot);
    const bare = { text: '', below: [], status };
    if (!own || own.broken || !wanted) return bare;
    if (wanted.now === 'growing') return { ...bare, text: streams.more(slot, own) ?? '' };
    const streamed = asStreamed(wanted.content);
    const left = streamed && rest(own.sent, streamed.markdown);
    if (!streamed || left === undefined) return bare;
    sending.content = wanted.content;
    return { text: left, below: streamed.below, status };
  }

  private async remove(slot: string, known: Posted, signal: AbortSignal): Promise<void> {
    const { deps, host, ledger } = this.parts;
    const { team, channel } = host.state().thread;
    const guard = (): void => host.guard();
    await deps.slack.remove({ team, channel, ts: known.ts ?? '', priority: 'final', signal, guard });
    ledger.note(slot, { ...known, lost: true });
  }

  private failed(op: Call, known: Posted, at: number, error: unknown): void {
    const { deps, ledger, streams } = this.parts;
    const failure = failureOf(error);
    const { slot } = op;
    if (failure.code === 'lease_lapsed') throw error;
    deps.log.info({ slot, call: op.do, code: failure.code, kind: failure.kind }, 'stream call failed');
    if (failure.kind === 'retry') return ledger.backOff(failure.retryAfterMs, 500);
    if (op.do === 'remove') return this.removeFailed(slot, failure.kind === 'unknown');
    if (op.do === 'start') return this.startFailed(slot, known, at, failure.kind === 'unknown');
    if (failure.kind === 'unknown') return this.unsure(slot);
    streams.own.delete(slot);
    const { hash: _hash, ...plain } = withoutStream(known);
    if (failure.code === 'message_not_found') {
      const { ts: _ts, ...gone } = plain;
      return ledger.note(slot, known.gen > 0 ? { ...gone, lost: true } : { ...gone, gen: known.gen + 1 });
    }
    if (failure.code === 'stopped_by_user') streams.stoppedBySomebody(slot);
    else if (op.do === 'end' && failure.code !== 'message_not_in_streaming_state')
      ledger.backOff(undefined, 250);
    // Whatever it was, an edit makes the message right.
    ledger.note(slot, plain);
    return undefined;
  }

  /** S4: never repeated. Refused means that it was not begun: the message is an ordinary one. */
  private startFailed(slot: string, known: Posted, at: number, unknown: boolean): void {
    const { ledger } = this.parts;
    if (!unknown) return ledger.note(slot, withoutStream(known));
    ledger.looked = false;
    return ledger.note(slot, { ...known, doubt: true, intent: at || known.intent });
  }

  /** What was appended is not known any more: nothing more is appended, and the stream is ended (S1). */
  private unsure(slot: string): void {
    const { streams, ledger } = this.parts;
    const own = streams.own.get(slot);
    if (own) own.broken = true;
    ledger.backOff(undefined, 50);
  }

  private removeFailed(slot: string, unknown: boolean): void {
    const { ledger, streams } = this.parts;
    // It is there: then it says that it is over.
    if (!unknown) streams.kept.add(slot);
    else ledger.backOff(undefined, 500);
  }
}
