/**
 * A thread's state made anew from what remains where its record is lost: the session's own events, and what the
 * bot's messages in Slack say of themselves. Pure.
 *
 * R1  The events go through the same rooms as when they happened, so turns and their messages come out as they were.
 * R2  Turns are numbered on from what stands in Slack: a message of ours keeps its slot, and no slot is used twice.
 * R3  What cannot be known any more (who stopped, what waited) is left out, never guessed.
 */
import type { AgentEvent } from './agent-event.ts';
import { START_PATIENCE_MS, type StepContext } from './context.ts';
import type { ThreadRef } from './event.ts';
import { lose, onEvents } from './feed.ts';
import { parseNoteSlot, turnOfSlot } from './shown.ts';
import { newThread, type Send, type SessionRef, type ThreadState } from './state.ts';
import { beginTurn, earlier } from './talk.ts';
import type { Turn } from './turn.ts';

/** A message of the bot's own as it stands in Slack. */
export interface OwnMessage {
  readonly ts: string;
  /** Which message of the thread it is, where its metadata say so. */
  readonly slot?: string;
  readonly key?: string;
  /** It looks as if something were going on: a Stop button, an open question, a text that is still written. */
  readonly busy: boolean;
}

export interface Remains {
  readonly thread: ThreadRef;
  readonly gen: number;
  readonly session: SessionRef;
  readonly title: string;
  /** What the service says of the session now. */
  readonly status: 'idle' | 'running' | 'over';
  readonly events: readonly AgentEvent[];
  readonly own: readonly OwnMessage[];
}

type Told = Extract<AgentEvent, { type: 'user.message' }>;

/** Messages that carry our mark, in the order of the listing. */
function told(events: readonly AgentEvent[]): readonly Told[] {
  return events.filter((event) => event.type === 'user.message' && event.mark !== undefined) as Told[];
}

function asSend({ mark, text, id }: Told): readonly Send[] {
  if (!mark) return [];
  const plain = { urgent: false, late: false, context: [], status: 'sent', at: 0 } as const;
  return [{ mark, words: text, ...plain, eventId: id }];
}

/** Where the bot's own direct messages are (docs.slack.dev, conversations: ids of direct messages begin with D). */
function surfaceOf({ channel }: ThreadRef): ThreadState['surface'] {
  return channel.startsWith('D') ? 'im' : 'channel';
}

/** All turns of the session, as the thread would have them if none had been forgotten. */
export function refold(remains: Remains, context: StepContext, token: () => string): ThreadState {
  const { thread, gen, session, title, events, own } = remains;
  const messages = told(events);
  const sends = messages.flatMap(asSend);
  const blank = newThread(thread, surfaceOf(thread));
  const people = Object.fromEntries(sends.map(({ mark }) => [mark.user, mark.name]));
  let state: ThreadState = {
    ...blank,
    gen,
    ...(title ? { title } : {}),
    people,
    sends,
    phase: { is: 'resting', session, since: session.createdAt },
  };
  const first = sends[0]?.mark;
  if (first) {
    const begun = beginTurn(state, first.user, first.ts, session.createdAt);
    state = { ...begun, phase: { is: 'working', session, run: false } };
  }
  for (const event of events) {
    const now = event.at === null ? context.now : Date.parse(event.at);
    const at = { ...context, now, token: token() };
    state = onEvents(state, { kind: 'events', events: [event], source: 'live' }, at).state;
  }
  return numbered(settledPhase(state, remains, context), own);
}

/** What the events say last, and what the service says now. */
function settledPhase(state: ThreadState, { status }: Remains, context: StepContext): ThreadState {
  const { phase } = state;
  const { watch: _, ...calm } = state;
  if (status === 'over') return over(calm);
  if (phase.is === 'resting' && status === 'running') {
    const last = state.turns.at(-1);
    const begun = beginTurn(calm, last?.user ?? '', state.lastSent ?? state.thread.ts, context.now);
    const { session } = phase;
    return {
      ...begun,
      phase: { is: 'working', session, run: false },
      watch: context.now + START_PATIENCE_MS,
    };
  }
  return phase.is === 'working' ? { ...calm, watch: context.now + START_PATIENCE_MS } : calm;
}

/** Archived or terminated: by us after a quiet time, unless something was cut off by it. */
function over(state: ThreadState): ThreadState {
  const lost = lose(state, 'archived');
  const { phase } = lost;
  const cutOff = lost.turns.at(-1)?.end?.is === 'lost';
  const calm: ThreadState = { ...lost, restarts: 0, sends: [] };
  if (cutOff || phase.is !== 'closed') return calm;
  return { ...calm, phase: { is: 'closed', previous: { ...phase.previous, why: 'idle' } } };
}

// ------------------------------------------------------------------------------------------- numbers

/** The newest turn that Slack shows, and when its first message was posted. */
function newestShown(own: readonly OwnMessage[]): { readonly no: number; readonly ts: string } | undefined {
  let newest: { no: number; ts: string } | undefined;
  for (const { slot, ts } of own) {
    const no = slot === undefined ? undefined : turnOfSlot(slot);
    if (no === undefined) continue;
    if (!newest || no > newest.no || (no === newest.no && earlier(ts, newest.ts))) newest = { no, ts };
  }
  return newest;
}

/** How far the session's own count of turns is behind the thread's (R2). */
function offset(turns: readonly Turn[], own: readonly OwnMessage[]): number {
  const newest = newestShown(own);
  if (!newest) return 0;
  const its = turns.findLast(({ segments }) => {
    const asked = segments[0]?.after;
    return asked !== undefined && earlier(asked, newest.ts);
  });
  return newest.no - (its?.no ?? 0);
}

function numbered(state: ThreadState, own: readonly OwnMessage[]): ThreadState {
  const by = Math.max(offset(state.turns, own), 0);
  const notes = own.flatMap(({ slot }) => (slot === undefined ? [] : [parseNoteSlot(slot) ?? 0]));
  const shown = newestShown(own)?.no ?? 0;
  return {
    ...state,
    turns: state.turns.map((turn) => ({ ...turn, no: turn.no + by })),
    asks: state.asks.map((ask) => ({ ...ask, turn: ask.turn + by })),
    ...(state.prompts ? { prompts: state.prompts.map((each) => ({ ...each, turn: each.turn + by })) } : {}),
    turnNo: Math.max(state.turnNo + by, shown),
    notes: [],
    noteNo: Math.max(0, ...notes),
  };
}
