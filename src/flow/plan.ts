/** What is to be written next: the picture that is wanted, compared with what is posted. Nothing is written here. */
import type { Posted, ThreadState } from '../core/state.ts';
import { fingerprint } from '../lib/hash.ts';
import type { Priority } from '../ports.ts';
import { picture, type Picture, type Wanted } from '../render/picture.ts';
import type { Ledger } from './ledger.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';
import type { SideShow } from './side-show.ts';

/** How long Slack's own status may stand alone as the sign of life, ms. */
const STATUS_ALONE_MS = 3_000;
/** How long a direct message waits for the answer whether Slack shows a status, ms. */
const STATUS_ANSWER_MS = 500;

export type Write = { readonly do: 'post' | 'update'; readonly slot: string; readonly priority: Priority };

export type Op =
  | { readonly do: 'intend'; readonly slots: readonly string[] }
  | { readonly do: 'find'; readonly slots: readonly string[] }
  | Write
  | { readonly do: 'settle'; readonly turns: readonly number[]; readonly notes: readonly number[] }
  | { readonly do: 'wait'; readonly ms: number };

export class Plan {
  private readonly deps: OutboxDeps;
  private readonly host: OutboxHost;
  private readonly side: SideShow;
  private readonly ledger: Ledger;
  private settledKey = '';

  constructor(deps: OutboxDeps, host: OutboxHost, side: SideShow, ledger: Ledger) {
    this.deps = deps;
    this.host = host;
    this.side = side;
    this.ledger = ledger;
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

  /** The next thing to write; undefined when the picture stands. */
  next(): Op | undefined {
    const { ledger } = this;
    ledger.merge();
    const paused = ledger.pauseLeft();
    if (paused > 0) return { do: 'wait', ms: paused };
    const state = this.host.state();
    const wanted = this.picture();
    const missing = wanted.messages.filter(({ slot }) => !ledger.posted.has(slot)).map(({ slot }) => slot);
    if (missing.length > 0) return { do: 'intend', slots: missing };
    let soonest: number | undefined;
    for (const message of this.byUrgency(wanted.messages)) {
      const op = this.opFor(message, state);
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
    const unposted = messages.findIndex(({ slot }) => this.ledger.posted.get(slot)?.ts === undefined);
    const rank = (message: Wanted, at: number): number =>
      (message.standing === 'live' ? 2 : 0) + (unposted !== -1 && at >= unposted ? 1 : 0);
    return messages
      .map((message, at) => ({ message, rank: rank(message, at), at }))
      .sort((a, b) => a.rank - b.rank || a.at - b.at)
      .map(({ message }) => message);
  }

  private opFor(message: Wanted, state: ThreadState): Op | undefined {
    const { slot, standing } = message;
    const known = this.ledger.posted.get(slot);
    if (!known || known.lost) return undefined;
    if (known.doubt) return this.findOp(known);
    if (known.ts === undefined) return this.postOp(message, known, state);
    if (message.file || known.hash === fingerprint(message.content)) return undefined;
    const before = this.ledger.written.get(slot);
    // People keep reading what the last holder wrote; it is not taken away to be written again.
    if (standing === 'live' && !before && this.host.behind()) return undefined;
    const firstText = message.texted && before?.texted === false;
    if (standing !== 'live' || firstText)
      return { do: 'update', slot, priority: priorityOf(message, firstText) };
    const last = before?.at ?? Number.NEGATIVE_INFINITY;
    const wait = last + this.ledger.growthMs - this.deps.clock.monotonic();
    return wait > 0 ? { do: 'wait', ms: wait } : { do: 'update', slot, priority: 'delta' };
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
      const stopped = state.turns.some(
        (turn) => turn.end?.is === 'stopped' && message.slot.startsWith(`t${turn.no}.`),
      );
      if (message.standing === 'live') return undefined;
      if (stopped) {
        this.ledger.note(message.slot, { ...known, lost: true });
        return undefined;
      }
    }
    return { do: 'post', slot: message.slot, priority: priorityOf(message, true) };
  }

  private settle(wanted: Picture): Op | undefined {
    const key = `${wanted.turns.join()}/${wanted.notes.join()}`;
    if (key === this.settledKey) return undefined;
    this.settledKey = key;
    return { do: 'settle', turns: wanted.turns, notes: wanted.notes };
  }
}

function priorityOf(message: Wanted, first: boolean): Priority {
  if (message.standing !== 'live') return message.standing;
  return first ? 'first' : 'delta';
}
