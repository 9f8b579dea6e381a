/**
 * The streams of one thread: what may be done with them next. Nothing is called here.
 *
 * S1  One writer a stream, and it is the process that started it: only that one knows what was appended. Who takes a
 *     thread over, or is not sure what an append came to, ends the stream and goes on by edits.
 * S2  Only text that will not change is appended; what is put together is the beginning of the whole. Where it is
 *     not, the stream is ended and one edit makes the message right.
 * S3  A stream is ended before Slack ends it, and when nothing came for a while: the rest comes by edits.
 * S4  A start with an unknown outcome is never repeated: it is looked for, and if it is not there the message is an
 *     ordinary one.
 */
import { parseTurnSlot } from '../core/shown.ts';
import type { Posted, ThreadState } from '../core/state.ts';
import type { Turn } from '../core/turn.ts';
import { growth } from '../render/growth.ts';
import type { Wanted } from '../render/picture.ts';
import type { GrowthLane } from './cadence.ts';
import type { Ledger } from './ledger.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';

/** Slack ends a stream after some minutes, whatever is appended (reported by others: about 306 s); ours end before. */
export const STREAM_LIFE_MS = 235_000;
/** A stream to which nothing is appended may be ended sooner (reported by others: about 30 s). */
const IDLE_MS = 20_000;
/** Growth of one stream is never appended more often, ms: a reply of a minute takes at most 62 calls of all kinds. */
const APPEND_MS = 1_100;
/** What is held back is read again at most so often, ms. */
const READ_MS = 150;
/** So long the event that says who pressed Slack's Stop is waited for, ms. */
const NAME_MS = 2_000;

export type StreamOp =
  | { readonly do: 'decide'; readonly turn: number }
  | { readonly do: 'start' | 'append' | 'end'; readonly slot: string }
  /** A card that has served. */
  | { readonly do: 'remove'; readonly slot: string }
  /** Somebody pressed Slack's Stop, and nothing said who. */
  | { readonly do: 'halt' };

type Wait = { readonly do: 'wait'; readonly ms: number };

/** A stream that this process started. Times are monotonic ms. */
export interface OwnStream {
  readonly startedAt: number;
  /** All that was appended. */
  sent: string;
  appendedAt: number;
  readAt: number;
  /** What the last append came to is not known, or Slack did not take it. */
  broken: boolean;
}

export class Streams {
  readonly own = new Map<string, OwnStream>();
  /** Cards that cannot be taken away. */
  readonly kept = new Set<string>();
  private readonly deps: OutboxDeps;
  private readonly host: OutboxHost;
  private readonly ledger: Ledger;
  private readonly asked = new Set<number>();
  private halted: { readonly turn: number; readonly at: number; told: boolean } | undefined;

  constructor(deps: OutboxDeps, host: OutboxHost, ledger: Ledger) {
    this.deps = deps;
    this.host = host;
    this.ledger = ledger;
    const leave = (): void => {
      const { channel, ts } = host.state().thread;
      deps.cadence.leave(this.lane(), `${channel}:${ts}`);
    };
    if (deps.settings.output !== 'edit') host.signal.addEventListener('abort', leave, { once: true });
  }

  /** What comes before everything else. */
  first(state: ThreadState): StreamOp | Wait | undefined {
    const turn = state.turns.at(-1);
    if (!turn || turn.end) {
      this.halted = undefined;
      return undefined;
    }
    if (turn.output === 'undecided' && !this.asked.has(turn.no)) {
      this.asked.add(turn.no);
      return { do: 'decide', turn: turn.no };
    }
    return this.halting(state, turn);
  }

  private halting({ phase }: ThreadState, turn: Turn): StreamOp | undefined {
    const { halted } = this;
    if (!halted || halted.turn !== turn.no || halted.told) return undefined;
    const named = 'stop' in phase && phase.stop !== undefined;
    if (!named && this.deps.clock.monotonic() - halted.at < NAME_MS) return undefined;
    halted.told = true;
    return named ? undefined : { do: 'halt' };
  }

  /** Slack's own Stop ended this stream: nothing more is written there before the turn is over. */
  stoppedBySomebody(slot: string): void {
    const turn = parseTurnSlot(slot)?.turn;
    if (turn !== undefined) this.halted = { turn, at: this.deps.clock.monotonic(), told: false };
  }

  /** `edit`: not a matter of streams (any more). */
  opFor(message: Wanted, known: Posted): StreamOp | Wait | 'edit' | undefined {
    const { slot } = message;
    if (message.now === 'over' && !this.kept.has(slot))
      return known.ts === undefined ? undefined : { do: 'remove', slot };
    if (known.stream?.is === 'open') return this.openOp(message);
    if (this.halted && message.standing === 'live' && this.halted.turn === parseTurnSlot(slot)?.turn)
      return this.halted.told ? undefined : { do: 'wait', ms: READ_MS };
    if (known.stream?.is === 'starting' && known.ts === undefined) return this.startOp(message, known);
    return 'edit';
  }

  /** What is whole when it is its turn to be posted needs no stream. */
  private startOp(message: Wanted, known: Posted): StreamOp | Wait | 'edit' | undefined {
    const { slot } = message;
    if (message.now !== 'growing' || known.gen > 0) {
      this.ledger.note(slot, withoutStream(known));
      return 'edit';
    }
    return this.settled(slot) === '' ? undefined : { do: 'start', slot };
  }

  private openOp(message: Wanted): StreamOp | Wait | undefined {
    const { slot } = message;
    const own = this.own.get(slot);
    const now = this.deps.clock.monotonic();
    const over = !own || own.broken || message.now !== 'growing' || this.ledger.hastened;
    if (over || now - own.startedAt >= (this.deps.streamMs ?? STREAM_LIFE_MS)) return { do: 'end', slot };
    const wait = Math.max(this.due(own), own.readAt + READ_MS) - now;
    if (wait > 0) return { do: 'wait', ms: wait };
    own.readAt = now;
    const more = this.more(slot, own);
    if (more === undefined) return { do: 'end', slot };
    if (more !== '') return { do: 'append', slot };
    const idle = own.appendedAt + IDLE_MS - now;
    return idle > 0 ? { do: 'wait', ms: idle } : { do: 'end', slot };
  }

  private due(own: OwnStream): number {
    const { channel, ts } = this.host.state().thread;
    const fair = this.deps.cadence.due(this.lane(), `${channel}:${ts}`, own.appendedAt);
    return Math.max(fair, own.appendedAt + APPEND_MS);
  }

  lane(): GrowthLane {
    return { team: this.host.state().thread.team, method: 'chat.appendStream' };
  }

  /** What is settled and not appended yet; undefined where what was appended is not its beginning (S2). */
  more(slot: string, own: OwnStream): string | undefined {
    const text = this.settled(slot);
    if (text.startsWith(own.sent)) return text.slice(own.sent.length);
    // After a reconnect less may be known than was appended.
    return own.sent.startsWith(text) ? '' : undefined;
  }

  settled(slot: string): string {
    return growth(this.host.state(), this.host.previews(), slot);
  }
}

export function withoutStream(posted: Posted): Posted {
  const { stream: _, ...plain } = posted;
  return plain;
}
