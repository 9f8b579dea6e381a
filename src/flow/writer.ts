/** One thread's writes to Slack, one after the other. The order is the outbox's (O1 to O5), what comes next the plan's. */
import { parseBeginningSlot } from '../core/beginning.ts';
import type { Posted } from '../core/state.ts';
import { fingerprint, uuidOf } from '../lib/hash.ts';
import { InnerAbort } from '../lib/inner-abort.ts';
import type { Content } from '../ports.ts';
import { lookUp, type MessagePlace } from './doubt.ts';
import { Ledger } from './ledger.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';
import { isOf, Plan, type Op, type Write } from './plan.ts';
import type { Wanted } from '../render/picture.ts';
import type { SideShow } from './side-show.ts';
import { Streamer } from './streamer.ts';
import { Streams, type StreamOp } from './streams.ts';
import { slotKey } from './slot-key.ts';
import { writeFailed } from './write-failure.ts';

/** What left, as far as it did. */
interface Sending {
  content?: Content;
  texted: boolean;
  /** Wall clock, ms. */
  at: number;
}

export class Writer {
  private readonly deps: OutboxDeps;
  private readonly host: OutboxHost;
  private readonly ledger: Ledger;
  private readonly plan: Plan;
  private readonly streamer: Streamer;
  private current: { readonly op: Pick<Write, 'slot' | 'priority'>; readonly abort: InnerAbort } | undefined;
  /** Something is being written or waited for. */
  working = false;
  /** The call that is under way. */
  underWay: Promise<unknown> = Promise.resolve();

  constructor(deps: OutboxDeps, host: OutboxHost, side: SideShow) {
    this.deps = deps;
    this.host = host;
    this.ledger = new Ledger(host, deps.clock);
    const streams = new Streams(deps, host, this.ledger);
    this.plan = new Plan(deps, host, side, this.ledger, streams);
    const wanted = (slot: string): Wanted | undefined => this.plan.wanted(slot);
    this.streamer = new Streamer({ deps, host, ledger: this.ledger, streams, wanted });
  }

  /** The next thing to write; undefined when the picture stands. */
  next(): Op | undefined {
    return this.plan.next();
  }

  async perform(op: Exclude<Op, { readonly do: 'wait' }>): Promise<void> {
    switch (op.do) {
      case 'intend':
        await this.host.intend(op.slots, await this.streamer.toStream(op.growing));
        this.ledger.merge();
        return;
      case 'settle':
        this.host.input({ kind: 'settled', turns: op.turns, asks: op.asks, notes: op.notes });
        return;
      case 'find': {
        const { deps, host, ledger } = this;
        const keyOf = (slot: string): string => this.key(slot, ledger.posted.get(slot)?.gen ?? 0);
        const placeOf = (slot: string): MessagePlace => this.place(slot);
        return lookUp({ deps, host, ledger, keyOf, placeOf }, op.slots);
      }
      case 'post':
      case 'update':
        return this.write(op);
      default:
        return this.stream(op);
    }
  }

  private async stream(op: StreamOp): Promise<void> {
    const abort = new InnerAbort(this.host.signal);
    if (op.do === 'append') this.current = { op: { ...op, priority: 'delta' }, abort };
    if (op.do === 'start' || op.do === 'end') this.current = { op: { ...op, priority: 'first' }, abort };
    try {
      await this.streamer.perform(op, abort.signal);
    } finally {
      abort.release();
      this.current = undefined;
    }
  }

  /** By which a message is found again: bytes that Slack has already are known by its own id. */
  private key(slot: string, gen: number): string {
    const file = this.fileOf(slot);
    return file && 'share' in file ? file.share : slotKey(this.host.state().thread, slot, gen);
  }

  private fileOf(slot: string): Wanted['file'] {
    return this.wantedAt(slot)?.file;
  }

  private wantedAt(slot: string): Wanted | undefined {
    return this.plan.picture().messages.find((each) => each.slot === slot);
  }

  /** Called by the lane at the last moment: what is wanted now, under a lease that outlives the call. */
  private latest(slot: string, sending: Sending): Content | undefined {
    this.host.guard();
    const wanted = this.plan.wanted(slot);
    if (!wanted) return undefined;
    sending.content = wanted.content;
    sending.texted = wanted.texted;
    sending.at = this.deps.clock.now();
    return wanted.content;
  }

  private async write(op: Write): Promise<void> {
    const known = this.ledger.posted.get(op.slot);
    if (!known) return;
    const abort = new InnerAbort(this.host.signal);
    this.current = { op, abort };
    const { signal } = abort;
    const sending: Sending = { texted: false, at: 0 };
    try {
      const ts = await (op.do === 'post'
        ? this.post(op, known, signal, sending)
        : this.update(op, known, signal, sending));
      this.ledger.worked();
      if (ts === undefined || !sending.content) return;
      this.ledger.written.set(op.slot, { at: this.deps.clock.monotonic(), texted: sending.texted });
      this.ledger.note(op.slot, { ...known, ts, hash: fingerprint(sending.content) });
      this.host.shown(sending.texted);
    } catch (error) {
      // What has left may have arrived, also where something more urgent would have turned it away.
      if (!this.host.signal.aborted && (sending.at > 0 || !signal.aborted))
        await writeFailed(
          { deps: this.deps, host: this.host, ledger: this.ledger },
          { op, known, at: sending.at, error, file: this.fileOf(op.slot) },
        );
    } finally {
      abort.release();
      this.current = undefined;
    }
  }

  private post(op: Write, known: Posted, signal: AbortSignal, sending: Sending): Promise<string | undefined> {
    const { threadTs, ...where } = this.place(op.slot);
    const key = this.key(op.slot, known.gen);
    const content = (): Content | undefined => this.latest(op.slot, sending);
    const { priority } = op;
    const file = this.fileOf(op.slot);
    const place = { ...where, key, signal, guard: () => this.host.guard() };
    if (file && threadTs !== undefined && content()) {
      const shared = { ...place, threadTs, priority: 'status' } as const;
      const { slack } = this.deps;
      return 'share' in file ? slack.shareFile({ ...shared, ...file }) : slack.upload({ ...shared, ...file });
    }
    const { slot } = op;
    const thread = threadTs === undefined ? {} : { threadTs };
    return this.deps.slack.post({
      ...place,
      ...thread,
      slot,
      clientMsgId: uuidOf(key),
      priority,
      content,
    });
  }

  /** Where a message stands: in the thread, unless it is said to stand elsewhere. */
  private place(slot: string): MessagePlace {
    const { team, channel, ts } = this.host.state().thread;
    const { at } = this.wantedAt(slot) ?? {};
    if (at) return { team, ...at };
    return parseBeginningSlot(slot)?.top ? { team, channel } : { team, channel, threadTs: ts };
  }

  private async update(
    op: Write,
    known: Posted,
    signal: AbortSignal,
    sending: Sending,
  ): Promise<string | undefined> {
    const { team, channel } = this.place(op.slot);
    const content = (): Content | undefined => this.latest(op.slot, sending);
    const { priority } = op;
    const ts = known.ts ?? '';
    const guard = (): void => this.host.guard();
    const done = await this.deps.slack.update({ team, channel, ts, priority, signal, guard, content });
    return done ? ts : undefined;
  }

  /** A question or a final text does not stand behind growth, or as a first text, that waits for its lane. */
  hurry(): void {
    const { op, abort } = this.current ?? {};
    if (op?.priority !== 'delta' && op?.priority !== 'first') return;
    const { turns, asks } = this.host.state();
    const isOver = turns.some((turn) => turn.end && (op.priority === 'delta' || isOf(op.slot, turn)));
    const isAsked = op.priority === 'delta' && asks.some((ask) => ask.step.is === 'open');
    if (isOver || isAsked) abort?.abort(new Error('something more urgent'));
  }

  finish(): void {
    this.ledger.hastened = true;
  }
}
