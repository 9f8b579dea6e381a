/** One thread's writes to Slack: what is to be written next, and what became of it. The order is the outbox's (O1 to O5). */
import { threadKey } from '../core/event.ts';
import { PLAINEST } from '../core/session.ts';
import type { Posted, ThreadState } from '../core/state.ts';
import { fingerprint, uuidOf } from '../lib/hash.ts';
import { delay } from '../lib/time.ts';
import type { Content, Priority } from '../ports.ts';
import { picture, type Picture, type Wanted } from '../render/picture.ts';
import { failureOf } from './calls.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';
import type { SideShow } from './side-show.ts';

/** Growth of one message is never written more often, ms (docs.slack.dev, "Developing agents": chat.update). */
const GROWTH_MS = 3_000;
/** `chat.update` is a tier 3 method: 50 a minute and workspace. */
const UPDATES_A_MINUTE = 50;
/** How long Slack's own status may stand alone as the sign of life, ms. */
const STATUS_ALONE_MS = 3_000;
/** How long a direct message waits for the answer whether Slack shows a status, ms. */
const STATUS_ANSWER_MS = 500;

type Op =
  | { readonly do: 'intend'; readonly slots: readonly string[] }
  | { readonly do: 'find'; readonly slots: readonly string[] }
  | { readonly do: 'post' | 'update'; readonly slot: string; readonly priority: Priority }
  | { readonly do: 'settle'; readonly turns: readonly number[]; readonly notes: readonly number[] }
  | { readonly do: 'wait'; readonly ms: number };

export class Writer {
  /** What is posted, as this process knows it: ahead of the state, which learns of it by inputs. */
  private readonly posted: Map<string, Posted>;
  private readonly written = new Map<string, { at: number; texted: boolean }>();
  private readonly deps: OutboxDeps;
  private readonly host: OutboxHost;
  private readonly side: SideShow;
  private current: { readonly priority: Priority; readonly abort: AbortController } | undefined;
  private pausedUntil = 0;
  private failures = 0;
  private growthMs = GROWTH_MS;
  private finishing = false;
  /** Something is being written or waited for. */
  working = false;
  /** The call that is under way. */
  underWay: Promise<unknown> = Promise.resolve();
  private settledKey = '';

  constructor(deps: OutboxDeps, host: OutboxHost, side: SideShow) {
    this.deps = deps;
    this.host = host;
    this.side = side;
    this.posted = new Map(Object.entries(host.state().posted));
  }

  picture(): Picture {
    const state = this.host.state();
    return picture(state, { previews: this.host.previews(), holdBack: this.holdsBack(state) });
  }

  /** In a direct message Slack's status is the first sign; the first post then carries the first text. */
  private holdsBack(state: ThreadState): boolean {
    if (state.surface !== 'im') return false;
    const age = this.deps.clock.now() - (state.turns.at(-1)?.startedAt ?? 0);
    const sign = this.side.sign();
    return sign === 'shown' ? age < STATUS_ALONE_MS : sign === 'asking' && age < STATUS_ANSWER_MS;
  }

  private merge(): void {
    const { posted } = this.host.state();
    for (const [slot, known] of Object.entries(posted))
      if (!this.posted.has(slot)) this.posted.set(slot, known);
  }

  private note(slot: string, posted: Posted): void {
    this.posted.set(slot, posted);
    this.host.input({ kind: 'posted', slot, posted });
  }

  /** The next thing to write; undefined when the picture stands. */
  next(): Op | undefined {
    this.merge();
    const now = this.deps.clock.monotonic();
    if (now < this.pausedUntil) return { do: 'wait', ms: this.pausedUntil - now };
    const state = this.host.state();
    const wanted = this.picture();
    const missing = wanted.messages.filter(({ slot }) => !this.posted.has(slot)).map(({ slot }) => slot);
    if (missing.length > 0) return { do: 'intend', slots: missing };
    let soonest: number | undefined;
    for (const message of this.byUrgency(wanted.messages)) {
      const op = this.opFor(message, state, now);
      if (op?.do === 'wait') soonest = Math.min(soonest ?? op.ms, op.ms);
      else if (op) return op;
    }
    if (soonest !== undefined) return { do: 'wait', ms: soonest };
    if (wanted.turns.length + wanted.notes.length > 0) return this.settle(wanted);
    return this.holdsBack(state) && state.turns.some((turn) => !turn.end)
      ? { do: 'wait', ms: 250 }
      : undefined;
  }

  /** Posts keep their order; among edits, final texts and questions go before growth. */
  private byUrgency(messages: readonly Wanted[]): readonly Wanted[] {
    const unposted = messages.findIndex(({ slot }) => this.posted.get(slot)?.ts === undefined);
    const rank = (message: Wanted, at: number): number =>
      (message.standing === 'live' ? 2 : 0) + (unposted !== -1 && at >= unposted ? 1 : 0);
    return messages
      .map((message, at) => ({ message, rank: rank(message, at), at }))
      .sort((a, b) => a.rank - b.rank || a.at - b.at)
      .map(({ message }) => message);
  }

  private opFor(message: Wanted, state: ThreadState, now: number): Op | undefined {
    const { slot, standing } = message;
    const known = this.posted.get(slot);
    if (!known || known.lost) return undefined;
    if (known.doubt) return this.findOp(known);
    if (known.ts === undefined) return this.postOp(message, known, state);
    if (message.file || known.hash === fingerprint(message.content)) return undefined;
    const before = this.written.get(slot);
    // People keep reading what the last holder wrote; it is not taken away to be written again.
    if (standing === 'live' && !before && this.host.behind()) return undefined;
    const firstText = message.texted && before?.texted === false;
    if (standing !== 'live' || firstText)
      return { do: 'update', slot, priority: this.priority(message, firstText) };
    const wait = (before?.at ?? Number.NEGATIVE_INFINITY) + this.growthMs - now;
    return wait > 0 ? { do: 'wait', ms: wait } : { do: 'update', slot, priority: 'delta' };
  }

  private findOp(known: Posted): Op {
    const slots = [...this.posted].filter(([, posted]) => posted.doubt).map(([slot]) => slot);
    const wait = this.looked ? known.intent + this.deps.settleMs - this.deps.clock.now() : 0;
    return wait > 0 ? { do: 'wait', ms: wait } : { do: 'find', slots };
  }

  private looked = false;

  /** A message that was deleted comes back only with something final, and not after a stop (O4). */
  private postOp(message: Wanted, known: Posted, state: ThreadState): Op | undefined {
    if (known.gen > 0) {
      const stopped = state.turns.some(
        (turn) => turn.end?.is === 'stopped' && message.slot.startsWith(`t${turn.no}.`),
      );
      if (message.standing === 'live') return undefined;
      if (stopped) {
        this.note(message.slot, { ...known, lost: true });
        return undefined;
      }
    }
    return { do: 'post', slot: message.slot, priority: this.priority(message, true) };
  }

  private priority(message: Wanted, first: boolean): Priority {
    if (message.standing !== 'live') return message.standing;
    return first ? 'first' : 'delta';
  }

  private settle(wanted: Picture): Op | undefined {
    const key = `${wanted.turns.join()}/${wanted.notes.join()}`;
    if (key === this.settledKey) return undefined;
    this.settledKey = key;
    return { do: 'settle', turns: wanted.turns, notes: wanted.notes };
  }

  async perform(op: Op, touched: Promise<void>): Promise<void> {
    switch (op.do) {
      case 'wait': {
        const ended = new AbortController();
        const signal = AbortSignal.any([ended.signal, this.host.signal]);
        await Promise.race([delay(op.ms, signal, this.deps.clock).catch(() => undefined), touched]);
        ended.abort();
        return;
      }
      case 'intend':
        await this.host.intend(op.slots);
        this.merge();
        return;
      case 'settle':
        this.host.input({ kind: 'settled', turns: op.turns, notes: op.notes });
        return;
      case 'find':
        return this.find(op.slots);
      default:
        return this.write(op);
    }
  }

  private key(slot: string, gen: number): string {
    return fingerprint([threadKey(this.host.state().thread), slot, gen]);
  }

  private async find(slots: readonly string[]): Promise<void> {
    const keys = new Map(slots.map((slot) => [this.key(slot, this.posted.get(slot)?.gen ?? 0), slot]));
    const found = await this.look([...keys.keys()]);
    if (!found) return;
    this.looked = true;
    for (const [key, slot] of keys) {
      const known = this.posted.get(slot);
      if (!known) continue;
      const ts = found.get(key);
      const { doubt: _, ...sure } = known;
      if (ts !== undefined) this.note(slot, { ...sure, ts });
      else if (this.deps.clock.now() - known.intent >= this.deps.settleMs) this.note(slot, sure);
    }
  }

  /** A failed look is not "not there" (I7): it is tried again after a pause, and nothing is posted before. */
  private async look(keys: readonly string[]): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      return await this.deps.slack.find(this.host.state().thread, keys);
    } catch (error) {
      const { code, retryAfterMs } = failureOf(error);
      this.deps.log.info({ code }, 'own messages could not be looked up; trying again');
      this.failures += 1;
      this.pause(Math.max(retryAfterMs ?? 0, Math.min(30_000, 500 * 2 ** Math.min(this.failures, 6))));
      return undefined;
    }
  }

  /** Called by the lane at the last moment: what is wanted now, under a lease that outlives the call. */
  private latest(
    slot: string,
    sending: { content?: Content; texted: boolean; at: number },
  ): Content | undefined {
    this.host.guard();
    const wanted = this.picture().messages.find((message) => message.slot === slot);
    if (!wanted) return undefined;
    sending.content = wanted.content;
    sending.texted = wanted.texted;
    sending.at = this.deps.clock.now();
    return wanted.content;
  }

  private async write(op: Extract<Op, { do: 'post' | 'update' }>): Promise<void> {
    const known = this.posted.get(op.slot);
    if (!known) return;
    const abort = new AbortController();
    this.current = { priority: op.priority, abort };
    const signal = AbortSignal.any([abort.signal, this.host.signal]);
    const sending: { content?: Content; texted: boolean; at: number } = { texted: false, at: 0 };
    try {
      const ts =
        op.do === 'post'
          ? await this.post(op, known, signal, sending)
          : await this.update(op, known, signal, sending);
      this.failures = 0;
      if (ts === undefined || !sending.content) return;
      this.written.set(op.slot, { at: this.deps.clock.monotonic(), texted: sending.texted });
      this.note(op.slot, { ...known, ts, hash: fingerprint(sending.content) });
      this.host.shown();
      await this.cadence();
    } catch (error) {
      if (!abort.signal.aborted && !this.host.signal.aborted) this.failed(op, known, sending.at, error);
    } finally {
      this.current = undefined;
    }
  }

  private post(
    op: Extract<Op, { do: 'post' | 'update' }>,
    known: Posted,
    signal: AbortSignal,
    sending: { content?: Content; texted: boolean; at: number },
  ): Promise<string | undefined> {
    const { team, channel, ts } = this.host.state().thread;
    const key = this.key(op.slot, known.gen);
    const content = (): Content | undefined => this.latest(op.slot, sending);
    const { priority } = op;
    const file = this.picture().messages.find(({ slot }) => slot === op.slot)?.file;
    if (file && content()) {
      return this.deps.slack.upload({
        team,
        channel,
        threadTs: ts,
        key,
        priority: 'status',
        signal,
        ...file,
      });
    }
    return this.deps.slack.post({
      team,
      channel,
      threadTs: ts,
      key,
      clientMsgId: uuidOf(key),
      priority,
      signal,
      content,
    });
  }

  private async update(
    op: Extract<Op, { do: 'post' | 'update' }>,
    known: Posted,
    signal: AbortSignal,
    sending: { content?: Content; texted: boolean; at: number },
  ): Promise<string | undefined> {
    const { team, channel } = this.host.state().thread;
    const content = (): Content | undefined => this.latest(op.slot, sending);
    const { priority } = op;
    const ts = known.ts ?? '';
    const done = await this.deps.slack.update({ team, channel, ts, priority, signal, content });
    return done ? ts : undefined;
  }

  /** Shares the workspace's edits among the replies that run. */
  private async cadence(): Promise<void> {
    const { team, channel, ts } = this.host.state().thread;
    const runs = this.host.state().turns.some((turn) => !turn.end);
    const group = `replies:${team}`;
    const running = await this.deps.store
      .running(group, `${channel}:${ts}`, runs ? 20_000 : 0)
      .catch(() => 1);
    if (this.finishing) return;
    this.growthMs = Math.max(GROWTH_MS, ((running * 60_000) / UPDATES_A_MINUTE) * 1.05);
  }

  private failed(
    op: Extract<Op, { do: 'post' | 'update' }>,
    known: Posted,
    at: number,
    error: unknown,
  ): void {
    const failure = failureOf(error);
    const { slot } = op;
    if (failure.code === 'lease_lapsed') throw error;
    this.deps.log.info(
      { slot, call: op.do, code: failure.code, kind: failure.kind },
      'write to Slack failed',
    );
    if (op.do === 'post' && failure.kind === 'unknown') {
      this.looked = false;
      this.note(slot, { ...known, doubt: true, intent: at || known.intent });
    } else if (slot.startsWith('f') && failure.kind !== 'retry') {
      // The answer stands in messages already: where files are not to be had, nothing is lost.
      this.note(slot, { ...known, lost: true });
    } else if (DELETED.has(failure.code)) {
      const { ts: _ts, hash: _hash, ...rest } = known;
      this.note(slot, known.gen > 0 ? { ...rest, lost: true } : { ...rest, gen: known.gen + 1 });
    } else if (
      failure.kind === 'refused' &&
      FORM_ERRORS.has(failure.code) &&
      this.host.state().form < PLAINEST
    ) {
      this.host.input({ kind: 'plainer' });
      this.pause(50);
    } else if (failure.kind === 'refused' || failure.kind === 'gone') {
      this.deps.log.warn({ slot, code: failure.code }, 'message cannot be shown');
      if (op.do === 'post' && UNSHOWABLE.test(failure.code))
        this.host.input({ kind: 'unshowable', code: failure.code });
      this.note(slot, { ...known, lost: true });
    } else {
      this.failures += 1;
      const base = failure.kind === 'fatal' ? 10_000 : 500;
      this.pause(
        Math.max(failure.retryAfterMs ?? 0, Math.min(30_000, base * 2 ** Math.min(this.failures, 6))),
      );
    }
  }

  private pause(ms: number): void {
    this.pausedUntil = this.deps.clock.monotonic() + ms;
  }

  /** A question or a final text does not stand behind growth that waits for its lane. */
  hurry(): void {
    if (this.current?.priority !== 'delta') return;
    const state = this.host.state();
    const urgent = state.turns.some((turn) => turn.end) || state.asks.some((ask) => ask.step.is === 'open');
    if (urgent) this.current.abort.abort(new Error('something more urgent'));
  }

  finish(): void {
    this.finishing = true;
    this.growthMs = 0;
  }
}

/** The message is proven gone, or may not be edited any more. */
const DELETED = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'streaming_state_conflict',
]);

/** Nothing can be written into this channel (docs.slack.dev, chat.postMessage). */
const UNSHOWABLE = /^(?:not_in_channel|channel_not_found|is_archived|restricted_action.*)$/;

/** The payload is refused for its form. */
const FORM_ERRORS = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_blocks_too_many',
  'msg_too_long',
  'no_text',
  'block_mismatch',
  'invalid_arguments',
  'markdown_text_conflict',
]);
