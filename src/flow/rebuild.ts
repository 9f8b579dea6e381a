/**
 * A thread's state made anew where its record is lost, so that its next holder goes on as after any other takeover:
 * the session's events say what happened, the thread in Slack says what of it is shown.
 *
 * A turn that stands in Slack as it should is not touched again. One that does not, because it runs or because
 * nobody finished its messages, is taken up with the messages that it has: they are edited, not posted again.
 */
import type { AgentEvent } from '../core/agent-event.ts';
import { refold, type OwnMessage } from '../core/remains.ts';
import { cardSlot, parseTurnSlot, WAITING } from '../core/shown.ts';
import type { Settings } from '../core/settings.ts';
import { newThread, type Posted, type ThreadState } from '../core/state.ts';
import type { Turn } from '../core/turn.ts';
import { PortError } from '../errors.ts';
import type { Random } from '../lib/random.ts';
import { delay } from '../lib/time.ts';
import type { AgentPort, Clock, Log } from '../ports.ts';
import type { KnownSession, SlackBacklog, ThreadShown } from '../ports-recovery.ts';
import { picture, type Wanted } from '../render/picture.ts';
import { patiently } from './patient.ts';
import { slotKey } from './slot-key.ts';
import { settingsAt, type Tuning } from './tuning.ts';

export interface RebuildDeps {
  readonly agent: Pick<AgentPort, 'history' | 'status'>;
  readonly slack: Pick<SlackBacklog, 'shown'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly settings: Settings;
  /** Absent: `settings` holds everywhere. */
  readonly tuning?: Tuning;
  readonly settleMs: number;
  /** Waits for a place among the organization's reads. */
  readonly pace: (signal: AbortSignal) => Promise<void>;
}

/** What is rebuilt. */
export interface Rebuilding {
  readonly session: KnownSession;
  /** No call of an earlier holder can be under way any more. */
  readonly settled: boolean;
  /** Somebody waits for it. */
  readonly urgent?: boolean;
}

/** After so long a session that was closed has left nothing behind that looks busy, ms. */
const STUCK_MS = 3_600_000;
/** An answer of which nothing stands in Slack is posted when it is no older, ms: later, somebody removed it. */
const REPOST_MS = 24 * 3_600_000;
/** A session that was quiet for its time is not closed before people's missed replies are in, ms. */
const GRACE_MS = 60_000;
/** A status follows the events within two seconds (platform.claude.com, sessions). */
const LOOKS = 3;
const LOOK_AGAIN_MS = 800;
/** How often a message may have been posted anew (`Posted.gen`). */
const GENERATIONS = [0, 1, 2] as const;

/** Rejects as the signal says; a thread that cannot be read in Slack any more is rebuilt from the session alone. */
export async function rebuilt(
  around: RebuildDeps,
  { session, settled, urgent = false }: Rebuilding,
  signal: AbortSignal,
): Promise<ThreadState> {
  const { clock, settleMs } = around;
  const intent = settled ? clock.now() - settleMs : clock.now();
  const { archivedAt } = session;
  if (archivedAt !== undefined && clock.now() - archivedAt > STUCK_MS)
    return closedRecord(session, clock.now());
  const deps = { ...around, settings: await settingsOf(around, session) };
  const { events, status } = await told(deps, session, signal);
  const shown = await shownIn(deps, session, urgent, signal);
  try {
    return asShown(refolded(deps, { ...session, status }, events, shown), shown, intent, deps);
  } catch (error) {
    // A bug of ours must cost a turn's picture, not start a second session.
    deps.log.error({ err: error, session: session.id }, 'a thread could not be made anew from its events');
    return bareRecord(session, clock.now());
  }
}

/** What holds in the thread's place, as far as it is known: its own layer is lost with it. */
async function settingsOf(deps: RebuildDeps, { thread }: KnownSession): Promise<Settings> {
  return settingsAt(deps, thread).catch((error: unknown) => {
    deps.log.info({ err: error }, 'settings are not known; a thread is made anew by those of the process');
    return deps.settings;
  });
}

interface Told {
  readonly events: readonly AgentEvent[];
  readonly status: KnownSession['status'];
}

/**
 * What a session says of itself. One that was listed as running may have ended since, and for a moment its status
 * says running after its events have said idle: what is believed then is what both say a little later.
 */
async function told(deps: RebuildDeps, session: KnownSession, signal: AbortSignal): Promise<Told> {
  const read = <T>(work: () => Promise<T>): Promise<T> =>
    patiently(deps, signal, async () => {
      await deps.pace(signal);
      return work();
    });
  let { status } = session;
  for (let looks = 1; ; looks += 1) {
    const events = await read(() => deps.agent.history(session.id, {}));
    if (status === 'idle' || !endsIdle(events) || looks > LOOKS) return { events, status };
    await delay(LOOK_AGAIN_MS, signal, deps.clock);
    status = await read(() => deps.agent.status(session.id));
    if (status === 'idle') return { events, status };
  }
}

function endsIdle(events: readonly AgentEvent[]): boolean {
  return events.findLast(({ type }) => type.startsWith('session.status_'))?.type === 'session.status_idle';
}

function refolded(
  { clock, settings, settleMs, random }: RebuildDeps,
  session: KnownSession,
  events: readonly AgentEvent[],
  { own }: ThreadShown,
): ThreadState {
  const { id, thread, gen, title, createdAt, archivedAt } = session;
  const over = archivedAt !== undefined || session.status === 'terminated';
  const running = session.status === 'running' || session.status === 'rescheduling';
  const status = over ? 'over' : running ? 'running' : 'idle';
  const remains = { thread, gen, session: { id, createdAt }, title, status, events, own } as const;
  return refold(remains, { now: clock.now(), settings, settleMs, token: '' }, random.token);
}

/** What a session leaves whose messages were not read: its next turn takes a number that none of them can have. */
function bareRecord({ thread, gen, id, title, createdAt }: KnownSession, now: number): ThreadState {
  const unused = Math.floor(now / 1000);
  return {
    ...newThread(thread, thread.channel.startsWith('D') ? 'im' : 'channel'),
    ...(title ? { title } : {}),
    gen,
    phase: { is: 'resting', session: { id, createdAt }, since: now },
    turnNo: unused,
    noteNo: unused,
  };
}

/** A session that was closed a while ago: a later reply goes on with what was said in it. */
function closedRecord(session: KnownSession, now: number): ThreadState {
  const previous = { session: session.id, why: 'idle' } as const;
  return { ...bareRecord(session, now), phase: { is: 'closed', previous }, shownStatus: 'closed' };
}

async function shownIn(
  deps: RebuildDeps,
  session: KnownSession,
  isAwaited: boolean,
  signal: AbortSignal,
): Promise<ThreadShown> {
  const runs = session.status !== 'idle' && session.archivedAt === undefined;
  try {
    return await patiently(deps, signal, () => deps.slack.shown(session.thread, isAwaited || runs));
  } catch (error) {
    if (!(error instanceof PortError) || signal.aborted) throw error;
    return { own: [], reactions: {} };
  }
}

// ------------------------------------------------------------------------------------------- what is shown

/** Only what does not stand in Slack as it should is kept to be shown, with the messages that it has there. */
function asShown(all: ThreadState, shown: ThreadShown, intent: number, deps: RebuildDeps): ThreadState {
  const now = deps.clock.now();
  const formed = all.turns.map((turn) => inItsForm(turn, shown.own));
  const kept = formed.filter((turn) => !stands(all, turn, shown.own, now));
  const open = new Set(kept.map(({ no }) => no));
  const state: ThreadState = {
    ...all,
    turns: kept,
    asks: all.asks.filter((ask) => open.has(ask.turn)),
    reactions: waitingSigns(shown),
  };
  // A card that has served is wanted by nobody, and goes only if it is known to stand there.
  const cards = kept.map(({ no }) => cardSlot(no)).filter((slot) => find(all, slot, shown.own));
  const slots = [...new Set([...cards, ...wantedOf(state).map(({ slot }) => slot)])];
  const posted = Object.fromEntries(
    slots.map((slot): [string, Posted] => [slot, postedAs(state, slot, shown.own, intent)]),
  );
  return calmly({ ...state, posted }, kept.length === 0, deps);
}

function wantedOf(state: ThreadState): readonly Wanted[] {
  return picture(state, { previews: [], holdBack: state.surface === 'im' }).messages;
}

/** Whether Slack shows this turn as it should be for good. */
function stands(all: ThreadState, turn: Turn, own: readonly OwnMessage[], now: number): boolean {
  if (!turn.end) return false;
  const mine = own.filter(({ slot }) => slot !== undefined && isOf(slot, turn.no));
  if (mine.length === 0) return isForgotten(turn, own, now);
  if (mine.some(({ busy }) => busy)) return false;
  const wanted = wantedOf({ ...all, turns: [turn], notes: [] });
  return wanted.every(({ slot }) => find(all, slot, own) !== undefined);
}

function isOf(slot: string, turn: number): boolean {
  return parseTurnSlot(slot)?.turn === turn || slot === cardSlot(turn) || slot.startsWith(`q${turn}.`);
}

/** A turn that was streamed has a card beside its texts, which goes when it is over. */
function inItsForm(turn: Turn, own: readonly OwnMessage[]): Turn {
  const carded = own.some(({ slot }) => slot === cardSlot(turn.no));
  return carded ? { ...turn, output: 'stream' } : turn;
}

/** Nothing of it stands there: removed by somebody, unless it is young and the bot said nothing since. */
function isForgotten(turn: Turn, own: readonly OwnMessage[], now: number): boolean {
  const asked = turn.segments[0]?.after ?? '';
  return now - turn.startedAt > REPOST_MS || own.some(({ ts }) => Number(ts) > Number(asked));
}

function find(
  { thread }: ThreadState,
  slot: string,
  own: readonly OwnMessage[],
): { readonly ts: string; readonly gen: number } | undefined {
  for (const gen of GENERATIONS.toReversed()) {
    const key = slotKey(thread, slot, gen);
    const found = own.find((message) => message.key === key);
    if (found) return { ts: found.ts, gen };
  }
  return undefined;
}

/**
 * What is not there is looked for once more before it is posted: the state holds it as an intent. A stream says which
 * message it is only when it ends: one of ours that says nothing may be what is looked for.
 */
function postedAs(state: ThreadState, slot: string, own: readonly OwnMessage[], intent: number): Posted {
  const found = find(state, slot, own);
  if (found) return { intent, gen: found.gen, ts: found.ts };
  const nameless = own.some(({ key }) => key === undefined) && parseTurnSlot(slot) !== undefined;
  return { intent, gen: 0, ...(nameless ? { stream: { is: 'starting' } } : {}) };
}

/** Signs that something waits; signs that something was taken stay as they are. */
function waitingSigns({ reactions }: ThreadShown): ThreadState['reactions'] {
  const waiting = Object.entries(reactions).filter(([, names]) => names.includes(WAITING));
  return Object.fromEntries(waiting.map(([ts]) => [ts, WAITING]));
}

/** A thread that rests, and showed nothing busy, needs no new status; its time begins a little later. */
function calmly(state: ThreadState, still: boolean, { clock, settings }: RebuildDeps): ThreadState {
  const { phase } = state;
  const now = clock.now();
  if (phase.is === 'closed') return still ? { ...state, shownStatus: 'closed' } : state;
  if (phase.is !== 'resting') return state;
  const since = Math.max(phase.since, now - settings.idleTimeoutMs + GRACE_MS);
  const rested: ThreadState = {
    ...state,
    phase: { ...phase, since: settings.idleTimeoutMs > GRACE_MS ? Math.min(since, now) : phase.since },
  };
  return still && now - phase.since > STUCK_MS ? { ...rested, shownStatus: 'active' } : rested;
}
