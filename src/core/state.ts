/**
 * The state of one thread: what is saved, and all that is saved (I5). Plain JSON with a schema version.
 *
 *   none -> starting -> working -> (asking <-> working) -> resting -> closing -> closed
 *                    \-> failed (the next message tries again)
 *
 * Each phase owns its data. What has an outcome that is not known yet is state too, never a wait (doubt).
 */
import type { Mark, Usage } from './agent-event.ts';
import type { Surface, ThreadRef, TimerName } from './event.ts';
import type { Change, Prompt, Redo } from './changed.ts';
import type { Attached } from './files.ts';
import type { Layer } from './layers.ts';
import type { ContextLine } from './mark.ts';
import type { Note } from './note.ts';
import type { Outputs } from './outputs.ts';
import type { Ask, StandingLeave } from './ask.ts';
import type { Resumed } from './resume.ts';
import type { SessionOf } from './session-of.ts';
import type { Turn } from './turn.ts';

export {
  andThen,
  next,
  type Effect,
  type Failure,
  type Next,
  type Preview,
  type ProcessInput,
} from './effect.ts';

export type { Note, NoteText, Tell } from './note.ts';

export type { Answer, Ask, AskRule, AskStep, Question, StandingLeave } from './ask.ts';

export const SCHEMA = 1;

export interface SessionRef {
  readonly id: string;
  /** Wall clock, Unix milliseconds; the sandbox lives 30 days from here. */
  readonly createdAt: number;
  /** Pictures and documents that were sent to it as blocks of messages. */
  readonly shown?: number;
}

export type { SessionOf } from './session-of.ts';

/** One person's message on its way into the session. */
export interface Send {
  readonly mark: Mark;
  readonly words: string;
  /** It waits until these are with the session, or refused. */
  readonly files?: Attached;
  readonly urgent: boolean;
  /** It says that a message that was sent before is another one now, or none. */
  readonly change?: Change;
  /** It was sent before, and is sent once more since it was not taken. */
  readonly again?: true;
  /** It came after a younger message had been sent. */
  readonly late: boolean;
  /** When its author changed it into what it is: what was said until then came before it. */
  readonly edited?: string;
  /** What goes before the words: earlier conversation, and what people said to each other. */
  readonly preface?: string;
  /** What this workspace tells the agent of the place, before everything else. */
  readonly brief?: string;
  readonly context: readonly ContextLine[];
  /**
   * `waiting` not sent; `sending` the intent is recorded; `doubt` it may have been sent; `sent` the session has
   * it, queued. Once the echo says `processed_at` it is taken, and leaves this list.
   */
  readonly status: 'waiting' | 'sending' | 'doubt' | 'sent';
  /** When the intent was recorded (wall clock, ms); 0 while waiting. */
  readonly at: number;
  readonly eventId?: string;
  /** The stream has shown it queued: it stood behind the run that was open then. */
  readonly queued?: true;
}

export interface Stop {
  readonly by: string;
  /** When it was asked for, wall clock ms. */
  readonly asked: number;
  /**
   * `pending` until a run is open; then one interrupt a run: `sending`, `doubt`, `sent`. `draining`: the run is
   * over, and what was sent before the stop may still start one, which is interrupted again.
   */
  readonly step: 'pending' | 'sending' | 'doubt' | 'sent' | 'draining';
  readonly at: number;
}

export type CloseReason = 'idle' | 'asked' | 'age' | 'budget' | 'archived' | 'deleted' | 'terminated';

export type Phase =
  | { readonly is: 'none' }
  | {
      readonly is: 'starting';
      /** `recall` the earlier conversation is read; `create` intent recorded; `doubt`; `wait` tries again later. */
      readonly step: 'recall' | 'create' | 'doubt' | 'wait';
      readonly at: number;
      /** Stopped meanwhile: what is being made is kept, nothing is sent. */
      readonly cancelled: boolean;
      readonly previous?: Previous;
      /** Absent before it is to be made. */
      readonly of?: SessionOf;
      /** Its budget, US cents; 0 for none. */
      readonly budgetCents?: number;
    }
  | {
      readonly is: 'working';
      readonly session: SessionRef;
      /** A run is open: `session.status_running` was seen, its idle was not. */
      readonly run: boolean;
      readonly stop?: Stop;
      /** Who interrupted the run with a message of their own. */
      readonly redirect?: string;
    }
  | { readonly is: 'asking'; readonly session: SessionRef; readonly stop?: Stop; readonly redirect?: string }
  | { readonly is: 'resting'; readonly session: SessionRef; readonly since: number }
  | {
      readonly is: 'closing';
      readonly session: SessionRef;
      readonly why: CloseReason;
      readonly by?: string;
      /** `due` archiving is to be asked for; `archiving` it was, and may be asked again: it is idempotent. */
      readonly step: 'due' | 'archiving';
    }
  | { readonly is: 'closed'; readonly previous: Previous }
  | { readonly is: 'failed'; readonly previous?: Previous };

/** What a closed thread remembers, so that a later reply can go on. */
export interface Previous {
  /** Absent where the session was deleted. */
  readonly session?: string;
  readonly why: CloseReason | 'failed' | 'forked';
  /** The session is another thread's, and what it did after then (Unix ms) does not belong to this one. */
  readonly from?: ThreadRef;
  readonly until?: number;
}

/**
 * A message that grows natively, by `chat.startStream` and so on. `starting`: the intent is recorded, and it may have
 * been started. `open`: Slack shows it as being written. Only who started it knows what was appended: anybody else
 * ends it and goes on by edits.
 */
export type StreamStep = { readonly is: 'starting' } | { readonly is: 'open' };

/** One message of ours in Slack, as far as it is known. The key is the slot's. */
export interface Posted {
  /** When the intent to post was recorded (wall clock, ms). */
  readonly intent: number;
  /** Posted anew after a proven deletion, how often. */
  readonly gen: number;
  readonly ts?: string;
  /** Hash of the content last written. */
  readonly hash?: string;
  /** The outcome of posting is not known: look it up. */
  readonly doubt?: true;
  /** Absent: it grows by edits, or is whole. */
  readonly stream?: StreamStep;
  /** Deleted twice, or refused in every form: not shown any more. */
  readonly lost?: true;
}

export interface ThreadState {
  readonly schema: typeof SCHEMA;
  readonly thread: ThreadRef;
  readonly surface: Surface;
  /** What the thread is about: the first words of its first request. Slack shows it as the session's title. */
  readonly title?: string;
  /** Generation of the newest session, or of the one being made. */
  readonly gen: number;
  readonly phase: Phase;
  readonly sends: readonly Send[];
  /** Newest messages that were taken. */
  readonly prompts?: readonly Prompt[];
  /** The newest change of a message that came after its turn. */
  readonly redo?: Redo;
  /** Whom the thread was handed to: its turns count for them. */
  readonly owner?: string;
  /** The newest request that Slack did not let be posted. */
  readonly unbegun?: { readonly id: string; readonly code: string };
  /** Only mentions count in this thread: who said so. */
  readonly muted?: string;
  /** Turns in a row that other bots began. */
  readonly bots?: { readonly turns: number; readonly told?: true };
  /** People's words that were not requests; they go along with the next message. */
  readonly context: readonly ContextLine[];
  /** The recalled conversation, until it has been given to a send. */
  readonly preface?: string;
  /** What a new session is told of the place, until it has been given to a send. */
  readonly brief?: string;
  /** What was set for this thread alone. */
  readonly overrides?: Layer;
  /** Closed, and opened again by somebody: the next message goes on. */
  readonly resumed?: Resumed;
  /** Turns whose picture is not finished in Slack; the last one may be open. */
  readonly turns: readonly Turn[];
  readonly turnNo: number;
  readonly asks: readonly Ask[];
  /** Tools that need no leave in this thread any more, by `toolKey`. */
  readonly allowed?: Readonly<Record<string, StandingLeave>>;
  readonly notes: readonly Note[];
  readonly noteNo: number;
  /** The idle that ended the last turn: everything up to it is old. */
  readonly boundary?: { readonly at: string; readonly id: string; readonly same?: readonly string[] };
  /** Newest `processed_at` seen. */
  readonly seen?: string;
  readonly posted: Readonly<Record<string, Posted>>;
  /** Until then (Unix ms) the store was away, and may have forgotten what it was told last. */
  readonly behind?: number;
  /** How far the output has fallen back to plainer forms in the open turns: 0 is the full form. */
  readonly form: number;
  /** Reactions of ours: message `ts` to emoji name. */
  readonly reactions: Readonly<Record<string, string>>;
  readonly shownStatus?: string;
  /** `ts` of the youngest message that was sent. */
  readonly lastSent?: string;
  /** People of other organisations who took part: to the workspace that is theirs. */
  readonly teams?: Readonly<Record<string, string>>;
  /** People who may answer and who are asked about: who took part. */
  readonly people: Readonly<Record<string, string>>;
  /** How often in a row a session was lost before it took the words that wait. */
  readonly restarts: number;
  /** The session may have done, or been sent, what is not known here: its history is read before anything is sent. */
  readonly missed?: true;
  /** Timers as they are set in the store: name to due (wall clock, ms). */
  readonly armed: Readonly<Partial<Record<TimerName, number>>>;
  /** Failed tries of the call that is being repeated, and when it is next due. */
  readonly retry?: {
    readonly tries: number;
    readonly due: number;
    readonly since: number;
    readonly code: string;
  };
  /** Not before then is what is in doubt looked up again (wall clock, ms). */
  readonly lookAgain?: number;
  /** When to look whether a run that should have begun, or moved on, did (wall clock, ms). */
  readonly watch?: number;
  /** The newest sessions of this thread, by generation. */
  readonly sessions?: Readonly<Record<number, string>>;
  /** What the session has cost since it was made; absent where that is not known. */
  readonly usage?: Usage;
  /** What it may cost, US cents; absent where it has no budget. */
  readonly budgetCents?: number;
  /** The session's subagents: their thread in it to their name. */
  readonly subagents?: Readonly<Record<string, string>>;
  /** The thread has been told that people of another organisation read it. */
  readonly readByOthers?: true;
  /** The thread has been told that the app may not read files. */
  readonly scopeless?: true;
  /** What the session wrote to its outputs, as far as that is known. */
  readonly outputs?: Outputs;
}

export function newThread(thread: ThreadRef, surface: Surface): ThreadState {
  return {
    schema: SCHEMA,
    thread,
    surface,
    gen: 0,
    phase: { is: 'none' },
    sends: [],
    context: [],
    turns: [],
    turnNo: 0,
    asks: [],
    notes: [],
    noteNo: 0,
    posted: {},
    form: 0,
    reactions: {},
    people: {},
    restarts: 0,
    armed: {},
  };
}
