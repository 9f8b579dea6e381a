/** What is to be written next: the picture that is wanted, compared with what is posted. Nothing is written here. */
import { cardSlot } from '../core/shown.ts';
import type { Ask, Posted, ThreadState } from '../core/state.ts';
import type { Turn } from '../core/turn.ts';
import { fingerprint } from '../lib/hash.ts';
import type { Priority } from '../ports.ts';
import { picture, type Picture, type Wanted } from '../render/picture.ts';
import type { Ledger } from './ledger.ts';
import type { GrowthLane } from './cadence.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';
import type { SideShow } from './side-show.ts';
import type { StreamOp, Streams } from './streams.ts';

/** How long Slack's own status may stand alone as the sign of life, ms. */
const STATUS_ALONE_MS = 3_000;
/** How long a direct message waits for the answer whether Slack shows a status, ms. */
const STATUS_ANSWER_MS = 500;
/** How long a post waits for text to carry where there is not even an edit for each final text, ms. */
const SCARCE_MS = 15_000;
/** How long a post waits to see whether a crowd is forming, ms. */
const UNSURE_MS = 250;
/** How long a post waits for something else to show that the agent is at work, ms. */
const SIGN_WITHIN_MS = 800;
/** The same while Slack is being asked to show it: a post would be no faster, ms. */
const SIGN_ASKED_MS = 2_000;
/** How long a first text waits for the end of its answer where edits are the scarcest, ms. */
const END_NEAR_MS = 2_200;
/** How often it is looked whether a post goes on waiting, ms. */
const LOOK_AGAIN_MS = 150;

/** What stands in Slack, exactly as it is in the state. */
interface Settled {
  readonly turns: readonly Turn[];
  readonly asks: readonly Ask[];
  readonly notes: readonly number[];
}

export type Write = { readonly do: 'post' | 'update'; readonly slot: string; readonly priority: Priority };

export type Op =
  /** `growing` may be begun as streams. */
  | { readonly do: 'intend'; readonly slots: readonly string[]; readonly growing: readonly string[] }
  | { readonly do: 'find'; readonly slots: readonly string[] }
  | Write
  | StreamOp
  | ({ readonly do: 'settle' } & Settled)
  /** `paced`: only growth waits, for its time to be written; more growth does not make it come sooner. */
  | { readonly do: 'wait'; readonly ms: number; readonly paced?: true };

export class Plan {
  private readonly deps: OutboxDeps;
  private readonly host: OutboxHost;
  private readonly side: SideShow;
  private readonly ledger: Ledger;
  private readonly streams: Streams;
  private proposed: Settled | undefined;
  private isAnswering = false;
  /** When there was text of the open turn first, monotonic ms. */
  private textSince: number | undefined;

  constructor(deps: OutboxDeps, host: OutboxHost, side: SideShow, ledger: Ledger, streams: Streams) {
    this.deps = deps;
    this.host = host;
    this.side = side;
    this.ledger = ledger;
    this.streams = streams;
    host.signal.addEventListener('abort', () => deps.cadence.leave(this.lane(), this.member()), {
      once: true,
    });
  }

  private lane(): GrowthLane {
    return { team: this.host.state().thread.team, method: 'chat.update' };
  }

  private member(): string {
    const { channel, ts } = this.host.state().thread;
    return `${channel}:${ts}`;
  }

  /** Says to all who write in this workspace how far this reply is. While it asks people it writes nothing. */
  private announce({ turns, phase }: ThreadState, messages: readonly Wanted[]): void {
    const { cadence, settings } = this.deps;
    const isOpen = turns.some((turn) => !turn.end);
    this.timeText(isOpen, messages);
    const asked = phase.is !== 'asking' && isOpen;
    const streams = this.streams.own.size > 0;
    if (settings.output !== 'edit')
      cadence.at(this.streams.lane(), this.member(), streams ? 'texted' : 'over');
    const texted = [...this.ledger.written.values()].some((written) => written.texted);
    // Where its texts are streamed a reply hardly edits.
    const edits = asked && (turns.at(-1)?.output === undefined || (texted && !streams));
    cadence.at(this.lane(), this.member(), edits ? (texted ? 'texted' : 'silent') : 'over');
  }

  /** From an answer's first text to its end: how brief answers are is everybody's to know. */
  private timeText(isOpen: boolean, messages: readonly Wanted[]): void {
    const now = this.deps.clock.monotonic();
    if (isOpen) {
      this.isAnswering = true;
      if (messages.some(({ standing, texted }) => standing === 'live' && texted)) this.textSince ??= now;
      return;
    }
    if (this.isAnswering) this.deps.cadence.ended(this.lane(), now - (this.textSince ?? now) < END_NEAR_MS);
    this.isAnswering = false;
    this.textSince = undefined;
  }

  /** A message as it is to be written now; undefined where it is not, or waits for text. */
  wanted(slot: string): Wanted | undefined {
    const { messages } = this.picture();
    const message = messages.find((each) => each.slot === slot);
    return message && this.waitsForText(message, messages) ? undefined : message;
  }

  /**
   * Where edits are scarce a post waits for text, and saves the edit that would bring it, as long as something else
   * shows that the agent is at work; where there is not one edit for each reply, and answers are brief of late, it waits a moment for the end, too.
   * Nothing else may be waiting behind it.
   */
  private waitsForText({ slot, standing, texted }: Wanted, messages: readonly Wanted[]): boolean {
    if (standing !== 'live' || this.ledger.posted.get(slot)?.ts !== undefined) return false;
    if (messages.at(-1)?.slot !== slot) return false;
    const { cadence, clock } = this.deps;
    const { thread, turns } = this.host.state();
    const scarce = cadence.scarce(thread.team, this.member());
    if (scarce === 'no') return false;
    const age = clock.now() - (turns.at(-1)?.startedAt ?? 0);
    if (scarce === 'unsure') return !texted && age < UNSURE_MS;
    const sign = this.side.sign();
    const isSeen = sign === 'shown';
    if (!texted && !isSeen) return age < (sign === 'asking' ? SIGN_ASKED_MS : SIGN_WITHIN_MS);
    if (!texted) return age < (scarce === 'most' ? SCARCE_MS : STATUS_ALONE_MS);
    const since = this.textSince ?? clock.monotonic();
    return (
      isSeen && scarce === 'most' && cadence.brief(thread.team) && clock.monotonic() - since < END_NEAR_MS
    );
  }

  picture(): Picture {
    const state = this.host.state();
    const { split } = this.deps;
    return picture(state, { previews: this.host.previews(), holdBack: this.holdsBack(state), split });
  }

  /** In a direct message Slack's status is the first sign; the first post then carries the first text. */
  private holdsBack(state: ThreadState): boolean {
    if (state.surface !== 'im') return false;
    const age = this.deps.clock.now() - (state.turns.at(-1)?.startedAt ?? 0);
    const sign = this.side.sign();
    return sign === 'shown' ? age < STATUS_ALONE_MS : sign === 'asking' && age < STATUS_ANSWER_MS;
  }

  /** The next thing to write; undefined when the picture stands. */
  next(): Op | undefined {
    const { ledger } = this;
    ledger.merge();
    const paused = ledger.pauseLeft();
    if (paused > 0) return { do: 'wait', ms: paused };
    const state = this.host.state();
    const wanted = this.picture();
    this.announce(state, wanted.messages);
    const first = this.streams.first(state);
    if (first) return first;
    const missing = wanted.messages.filter(({ slot, now }) => !ledger.posted.has(slot) && now !== 'over');
    if (missing.length > 0) {
      const growing = missing.filter(({ now }) => now === 'growing').map(({ slot }) => slot);
      return { do: 'intend', slots: missing.map(({ slot }) => slot), growing };
    }
    let soonest: number | undefined;
    let paced = true;
    for (const message of this.byUrgency(wanted.messages)) {
      const op = this.opFor(message, state, wanted.messages);
      if (op?.do === 'wait') {
        soonest = Math.min(soonest ?? op.ms, op.ms);
        paced &&= op.paced === true;
      } else if (op) return op;
    }
    if (soonest !== undefined) return { do: 'wait', ms: soonest, ...(paced ? { paced } : {}) };
    if (wanted.turns.length + wanted.notes.length > 0) return this.settle(wanted, state.asks);
    return this.holdsBack(state) && state.turns.some((turn) => !turn.end)
      ? { do: 'wait', ms: LOOK_AGAIN_MS }
      : undefined;
  }

  /** Posts keep their order; among edits, final texts and questions go before growth. */
  private byUrgency(messages: readonly Wanted[]): readonly Wanted[] {
    const unposted = messages.findIndex(({ slot }) => this.ledger.posted.get(slot)?.ts === undefined);
    const rank = ({ now, standing }: Wanted, at: number): number => {
      const isNew = unposted !== -1 && at >= unposted;
      // A stream that is to be begun keeps its place among the posts, too.
      const kind = now === 'over' ? 8 : now === 'growing' && !isNew ? 2 : standing === 'live' ? 4 : 0;
      return kind + (isNew ? 1 : 0);
    };
    return messages
      .map((message, at) => ({ message, rank: rank(message, at), at }))
      .sort((a, b) => a.rank - b.rank || a.at - b.at)
      .map(({ message }) => message);
  }

  private opFor(message: Wanted, state: ThreadState, all: readonly Wanted[]): Op | undefined {
    const { slot, standing } = message;
    const known = this.ledger.posted.get(slot);
    if (!known || known.lost) return undefined;
    if (known.doubt) return this.findOp(known);
    if (known.ts === undefined && this.isBelowDoubt(slot, all)) return undefined;
    const op = this.streams.opFor(message, known);
    if (op !== 'edit') return op;
    if (this.waitsForText(message, all)) return { do: 'wait', ms: LOOK_AGAIN_MS };
    if (known.ts === undefined) return this.postOp(message, known, state);
    if (message.file || known.hash === fingerprint(message.content)) return undefined;
    const before = this.ledger.written.get(slot);
    // People keep reading what the last holder wrote; it is not taken away to be written again.
    if (standing === 'live' && !before && this.host.behind()) return undefined;
    const firstText = message.texted && before?.texted === false;
    if (standing !== 'live' || firstText)
      return { do: 'update', slot, priority: priorityOf(message, firstText) };
    const { cadence, clock } = this.deps;
    const isDue = this.ledger.hastened || !before;
    const wait = isDue ? 0 : cadence.due(this.lane(), this.member(), before.at) - clock.monotonic();
    if (wait <= 0) return { do: 'update', slot, priority: 'delta' };
    // A first text does not wait for a time that was meant for growth.
    return { do: 'wait', ms: wait, ...(before?.texted ? { paced: true } : {}) };
  }

  /** Whether an earlier message stands is still being found out: nothing is posted that would stand above it (O1). */
  private isBelowDoubt(slot: string, all: readonly Wanted[]): boolean {
    const earlier = all.slice(
      0,
      all.findIndex((each) => each.slot === slot),
    );
    const placeOf = ({ at }: Wanted): string => at?.channel ?? '';
    const here = all.find((each) => each.slot === slot);
    return earlier.some((each) => {
      if (here && placeOf(each) !== placeOf(here)) return false;
      const known = this.ledger.posted.get(each.slot);
      return known?.doubt === true && known.lost !== true;
    });
  }

  private findOp(known: Posted): Op {
    const { looked, posted } = this.ledger;
    const slots = [...posted].filter(([, each]) => each.doubt).map(([slot]) => slot);
    const wait = looked ? known.intent + this.deps.settleMs - this.deps.clock.now() : 0;
    return wait > 0 ? { do: 'wait', ms: wait } : { do: 'find', slots };
  }

  /** A message that was deleted comes back only with something final, and not after a stop (O4). */
  private postOp(message: Wanted, known: Posted, state: ThreadState): Op | undefined {
    if (known.gen > 0) {
      const stopped = state.turns.some((turn) => turn.end?.is === 'stopped' && isOf(message.slot, turn));
      if (message.standing === 'live') return undefined;
      if (stopped) {
        this.ledger.note(message.slot, { ...known, lost: true });
        return undefined;
      }
    }
    return { do: 'post', slot: message.slot, priority: priorityOf(message, true) };
  }

  private settle({ turns, notes }: Picture, asks: readonly Ask[]): Op | undefined {
    // What was just posted is in the picture only when the state knows of it.
    const { posted } = this.host.state();
    if (
      [...this.ledger.posted].some(
        ([slot, { ts }]) => ts !== undefined && slot in posted && posted[slot]?.ts !== ts,
      )
    )
      return undefined;
    const known = this.proposed;
    if (known && asks === known.asks && same(turns, known.turns) && same(notes, known.notes))
      return undefined;
    this.proposed = { turns, asks, notes };
    return { do: 'settle', ...this.proposed };
  }
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at]);
}

function priorityOf(message: Wanted, first: boolean): Priority {
  if (message.standing !== 'live') return message.standing;
  return first ? 'first' : 'delta';
}

/** Whether a message is a part of this turn. */
export function isOf(slot: string, turn: Pick<Turn, 'no'>): boolean {
  return slot.startsWith(`t${turn.no}.`) || slot === cardSlot(turn.no);
}
