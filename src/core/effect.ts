/**
 * What a step wants done, and what comes back of it inside the process. Both are plain data: the calls themselves are
 * made by `flow`.
 */
import type { AgentEvent, Mark, OutgoingEvent } from './agent-event.ts';
import type { Ask, Copy } from './ask.ts';
import type { EarlierFile } from './earlier-files.ts';
import type { ForkInput, MessageInput, ThreadRef } from './event.ts';
import type { FileStep } from './files.ts';
import type { Tell } from './note.ts';
import type { OutputFile, OutputRefusal } from './outputs.ts';
import type { Posted, SessionOf, ThreadState } from './state.ts';
import type { Turn } from './turn.ts';

/** Why a call to a port failed, as the core sees it. */
export interface Failure {
  readonly kind: 'retry' | 'gone' | 'refused' | 'fatal' | 'unknown';
  readonly code: string;
  readonly retryAfterMs?: number;
}

/** What a step wants done. Calls carry all they need; their outcome comes back as a `ProcessInput`. */
export type Effect =
  /** What was said before then (Slack `ts`); `except` is the message for which it is read. */
  | {
      readonly do: 'recall';
      readonly session?: string;
      /** The thread to be read, where it is another one. */
      readonly thread?: ThreadRef;
      /** What its session did later (Unix ms) is left out. */
      readonly until?: number;
      readonly before: string;
      readonly except?: string;
    }
  | {
      readonly do: 'create';
      readonly gen: number;
      readonly title: string;
      readonly of: SessionOf;
      /** US cents; 0 for none. */
      readonly budgetCents: number;
    }
  | { readonly do: 'find'; readonly gen: number; readonly of?: SessionOf }
  | {
      readonly do: 'send';
      readonly session: string;
      readonly events: readonly OutgoingEvent[];
      readonly marks: readonly Mark[];
    }
  | { readonly do: 'look'; readonly session: string }
  | { readonly do: 'interrupt'; readonly session: string }
  | {
      readonly do: 'answer';
      readonly session: string;
      readonly events: readonly OutgoingEvent[];
      readonly ids: readonly string[];
    }
  /** The session's budget becomes this, US cents. Told twice, it is told once. */
  | { readonly do: 'raise'; readonly session: string; readonly cents: number }
  | { readonly do: 'check'; readonly session: string }
  | { readonly do: 'relist'; readonly session: string }
  | { readonly do: 'archive'; readonly session: string }
  /** Lists the files that this session wrote to its outputs. */
  | { readonly do: 'list-outputs'; readonly of: string }
  /**
   * `beside`: in the channel, where the thread has nothing in it yet and nobody would see it there. `in`: in this
   * channel, where they are.
   */
  | {
      readonly do: 'tell';
      readonly user: string;
      readonly tell: Tell;
      readonly beside?: true;
      readonly in?: string;
    }
  /** Finds who is asked about a card in direct messages: these people and members of these groups. */
  | {
      readonly do: 'find-approvers';
      readonly toolUseId: string;
      readonly people: readonly string[];
      readonly groups: readonly string[];
      readonly except: readonly string[];
    }
  /**
   * Nothing can be written there: this person is told in a direct message. `words` are what they had asked for, with
   * the id of that request.
   */
  | {
      readonly do: 'tell-direct';
      readonly user: string;
      readonly code: string;
      readonly words?: string;
      readonly id?: string;
    }
  /** Its thread gets this first input, once (its claims are known from then on). */
  | {
      readonly do: 'begin';
      readonly note: number;
      readonly thread: ThreadRef;
      readonly input: ForkInput | MessageInput;
      readonly claims: readonly string[];
    }
  /** This person takes part: into the index behind `/heddle sessions`. */
  | {
      readonly do: 'note-session';
      readonly user: string;
      /** They are asked to decide here, and need not take part. */
      readonly asked?: true;
    };

/** The growing text of a message that is not whole yet. Cosmetic, never saved. */
export interface Preview {
  readonly id: string;
  readonly text: string;
}

/**
 * What comes back to the actor inside its process; after a crash it is found out again. `from` is the session that
 * it is about: what an earlier one still has to say does not concern the next one.
 */
export type ProcessInput = Outcome & { readonly from?: string };

type Outcome =
  | { readonly kind: 'taken-over' }
  | {
      readonly kind: 'recalled';
      /** Slack `ts` before which the thread was read. */
      readonly before: string;
      /** How many messages the text carries, and how many were left out. */
      readonly messages: number;
      readonly leftOut: number;
      /** It could not be read. */
      readonly missing: boolean;
      readonly text: string;
      /** What is attached to the messages that it carries, the newest first; absent where nothing is known of it. */
      readonly files?: readonly EarlierFile[];
    }
  | { readonly kind: 'created'; readonly gen: number; readonly session: string }
  /** `at`: when the call began (Unix ms). Default: now. */
  | {
      readonly kind: 'create-failed';
      readonly gen: number;
      readonly failure: Failure;
      readonly at?: number;
    }
  /** `at`: when the listing was asked for (Unix ms): what is not in it may have come since. Default: now. */
  | {
      readonly kind: 'found';
      readonly gen: number;
      readonly session: string | undefined;
      readonly at?: number;
    }
  | { readonly kind: 'sent'; readonly marks: readonly Mark[]; readonly ids: readonly string[] }
  | {
      readonly kind: 'send-failed';
      readonly marks: readonly Mark[];
      readonly failure: Failure;
      readonly at: number;
    }
  /** `at` as with `found`. */
  | { readonly kind: 'looked'; readonly events: readonly AgentEvent[]; readonly at?: number }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'interrupt-failed'; readonly failure: Failure; readonly at: number }
  | { readonly kind: 'answers-sent'; readonly ids: readonly string[] }
  | {
      readonly kind: 'answers-failed';
      readonly ids: readonly string[];
      readonly failure: Failure;
      readonly at: number;
    }
  | { readonly kind: 'raised' }
  | { readonly kind: 'raise-failed'; readonly failure: Failure }
  | { readonly kind: 'checked'; readonly status: 'idle' | 'running' | 'rescheduling' | 'terminated' }
  | { readonly kind: 'session-lost'; readonly how: 'archived' | 'deleted' }
  | { readonly kind: 'archived' }
  | { readonly kind: 'archive-failed'; readonly failure: Failure }
  /** What became of the files of the message with this `ts`, and what Slack calls them, by Slack's id. */
  | {
      readonly kind: 'files';
      readonly ts: string;
      readonly steps: Readonly<Record<string, FileStep>>;
      readonly names?: Readonly<Record<string, string>>;
    }
  /** What stands in the outputs of a session; undefined where that could not be read. */
  | { readonly kind: 'outputs'; readonly of: string; readonly files: readonly OutputFile[] | undefined }
  /** Slack has the bytes of an output, and nobody sees them yet. */
  | { readonly kind: 'output-stored'; readonly note: number; readonly share: string }
  | { readonly kind: 'output-refused'; readonly note: number; readonly why: OutputRefusal }
  | {
      readonly kind: 'events';
      readonly events: readonly AgentEvent[];
      readonly source: 'live' | 'history';
      /** What was being previewed when these came: kept where an interrupt cut it off. */
      readonly previews?: readonly Preview[];
      /** Texts among them that came for the first time, as far as the stream can tell. */
      readonly first?: readonly string[];
    }
  /** A read failed for good. */
  | {
      readonly kind: 'read-failed';
      readonly what: 'look' | 'feed' | 'find' | 'check';
      readonly failure: Failure;
    }
  | { readonly kind: 'posted'; readonly slot: string; readonly posted: Posted }
  | { readonly kind: 'intend'; readonly slots: readonly string[] }
  /** Who is asked about a card in direct messages; `more` are too many to be asked. */
  | {
      readonly kind: 'approvers';
      readonly toolUseId: string;
      readonly copies: readonly Copy[];
      readonly unreached: readonly string[];
      readonly more: number;
    }
  /** Slack does not take somebody's own card. */
  | { readonly kind: 'copy-refused'; readonly slot: string }
  /** What came of giving a message that stands to its thread. */
  | {
      readonly kind: 'begun';
      readonly note: number;
      readonly outcome: 'admitted' | 'duplicate' | 'unfollowed' | 'full' | 'flooded';
    }
  /** A message that was to begin something cannot be posted. */
  | { readonly kind: 'not-begun'; readonly slot: string; readonly code: string }
  | { readonly kind: 'plainer' }
  /** How the texts of this turn grow. */
  | { readonly kind: 'output'; readonly turn: number; readonly output: 'edit' | 'stream' }
  /** Slack ended the stream because somebody pressed its Stop, and does not say who. */
  | { readonly kind: 'stopped-in-slack' }
  /** Slack does not let the bot write into this thread. */
  | { readonly kind: 'unshowable'; readonly code: string }
  | { readonly kind: 'reacted'; readonly ts: string; readonly name: string | undefined }
  | { readonly kind: 'status-shown'; readonly status: string }
  /** These stand in Slack exactly as they are here: what has changed since is not settled. */
  | {
      readonly kind: 'settled';
      readonly turns: readonly Turn[];
      readonly asks: readonly Ask[];
      readonly notes: readonly number[];
    };

export interface Next {
  readonly state: ThreadState;
  readonly effects: readonly Effect[];
}

export function next(state: ThreadState, ...effects: readonly Effect[]): Next {
  return { state, effects };
}

/** Goes on from a step, keeping its effects in front. */
export function andThen(first: Next, go: (state: ThreadState) => Next): Next {
  const second = go(first.state);
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}
