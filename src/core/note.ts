/** What the bot says of its own accord: notes that everybody in the thread reads once, and words for one person. */
import type { Beginning } from './beginning.ts';
import type { RefusedFile } from './files.ts';
import type { BudgetCard } from './hold.ts';
import type { LayerChange } from './layers.ts';
import type { Output, RefusedOutput } from './outputs.ts';
import type { CloseReason, ThreadState } from './state.ts';
import type { Intro } from './turn.ts';

export type NoteText =
  | { readonly is: 'help' }
  | { readonly is: 'closed'; readonly why: CloseReason; readonly by?: string; readonly idleMs: number }
  /** The closed session is open again, and this much of the earlier conversation is there to go on with. */
  | ({ readonly is: 'resumed'; readonly by: string; readonly forked?: true } & Omit<Intro, 'why'>)
  /**
   * The thread is somebody else's from now on. So many open cards stay with whom they were made for, and so many tools
   * that needed no leave any more do again.
   */
  | {
      readonly is: 'handed';
      readonly by: string;
      readonly to: string;
      readonly cards: number;
      readonly leaves: number;
    }
  /** It is to stand in Slack, and begins something. */
  | ({ readonly is: 'beginning' } & Beginning)
  /** A thread of its own goes on from here; `ts` is its root's. */
  | { readonly is: 'forked'; readonly by: string; readonly ts: string }
  /** Files of one message that the agent was not given. */
  | { readonly is: 'files-refused'; readonly refused: readonly RefusedFile[]; readonly left: number }
  /** A file of the agent's: shared, not said. */
  | ({ readonly is: 'output' } & Output)
  | { readonly is: 'outputs-refused'; readonly refused: readonly RefusedOutput[]; readonly left: number }
  /** A turn that ran long is over; `ts` is where its answer stands, once that is known. */
  | {
      readonly is: 'finished';
      readonly turn: number;
      readonly by: string;
      readonly how: 'answered' | 'ended';
      readonly ms: number;
      readonly ts?: string;
    }
  | { readonly is: 'cut'; readonly chars: number; readonly limit: number }
  | { readonly is: 'unanswered'; readonly by: string; readonly count: number }
  /** As much is at work as is allowed; the words are kept as context. */
  | {
      readonly is: 'crowded';
      readonly by: string;
      readonly scope: 'person' | 'workspace';
      readonly limit: number;
    }
  /** From now on only mentions count here, or replies too again. */
  | { readonly is: 'muted'; readonly by: string; readonly on: boolean }
  /** Settings of this thread are others from now on; null lets the layer below show again. */
  | { readonly is: 'tuned'; readonly by: string; readonly change: LayerChange }
  /** A budget is reached: what was to be done is held, and the button on it raises the budget. */
  | ({ readonly is: 'budget' } & BudgetCard)
  /** People of another organisation read what stands here. */
  | { readonly is: 'shared' }
  /** A card that waits is shown no more. `replies`: words in the thread answer it. Wall clock, ms; 0 never. */
  | {
      readonly is: 'card-lost';
      readonly name: string;
      readonly replies: boolean;
      readonly expiresAt: number;
    }
  /** Bots began as many turns in a row as they may. */
  | { readonly is: 'bots'; readonly limit: number }
  /** An input was set aside for whoever runs this, because it could not be handled. */
  | { readonly is: 'parked'; readonly by?: string };

/** A message of the bot's own that is shown once. */
export interface Note {
  readonly no: number;
  readonly text: NoteText;
}

/** What a person is told, only to them. */
export type Tell =
  /** `clicked`: of a button or a form, which would otherwise look as if it had been taken. */
  | { readonly is: 'refused'; readonly role: string; readonly clicked?: true }
  | { readonly is: 'unverified' }
  /** Switched off in this place. */
  | { readonly is: 'off' }
  /** People of another organisation would read it here, and no setting lets them. */
  | { readonly is: 'shared' }
  /** A bug of ours: the input was left out. */
  | { readonly is: 'left-out' }
  | { readonly is: 'nothing-running' }
  | { readonly is: 'nothing-open' }
  | { readonly is: 'still-working' }
  | { readonly is: 'closing' }
  /** Only who has the thread hands it over. */
  | { readonly is: 'not-owner'; readonly owner: string }
  | { readonly is: 'owner-already'; readonly owner: string }
  /** To whom is not said. */
  | { readonly is: 'handover-whom' }
  /** A direct message cannot be handed over: nobody else is in it. */
  | { readonly is: 'direct-handover' }
  /** Who they are could not be found out. */
  | { readonly is: 'unverified-other'; readonly user: string }
  /** They cannot see the channel. */
  | { readonly is: 'not-there'; readonly user: string }
  /** They may not use the bot. */
  | { readonly is: 'not-for-them'; readonly user: string; readonly role: string }
  | { readonly is: 'forking-already' }
  /** A request of theirs stands, and its thread has no room for it. */
  | { readonly is: 'not-begun' }
  /** There is nothing to resume: the session is not closed. */
  | { readonly is: 'open-already' }
  | { readonly is: 'not-yours'; readonly owner: string }
  | { readonly is: 'not-approver'; readonly approvers: readonly string[]; readonly requester: string }
  /** Two persons must approve, and who asked is none of them. */
  | { readonly is: 'own-request' }
  /** This person's approval counts already; another one's is missing. */
  | { readonly is: 'voted' }
  | { readonly is: 'card-over' }
  | { readonly is: 'card-expired'; readonly spanMs: number }
  | { readonly is: 'card-answered'; readonly by: string }
  /** Only these may raise a budget, besides admins. */
  | { readonly is: 'not-raiser'; readonly raisers: readonly string[]; readonly requester: string }
  | { readonly is: 'raised-already'; readonly by: string }
  | { readonly is: 'raise-over' }
  /** The service did not let it be raised; `code` is its word for why. */
  | { readonly is: 'raise-failed'; readonly code: string }
  /** Their words wait with the others for a budget. */
  | { readonly is: 'held' }
  /** It is muted already, or is not. */
  | { readonly is: 'muted-already'; readonly on: boolean }
  /** There is nothing to mute: a direct message is always for the bot. */
  | { readonly is: 'direct-mute' }
  /** They changed a message that the agent is done with. */
  | { readonly is: 'edited'; readonly token: string }
  | { readonly is: 'redo-over' }
  /** By key of a setting: why it is not changed. */
  | { readonly is: 'untuned'; readonly wrong: Readonly<Record<string, string>> }
  /** Somebody changed these settings while a form was open. */
  | { readonly is: 'tuned-meanwhile'; readonly keys: readonly string[] }
  | { readonly is: 'tuned-already' }
  | { readonly is: 'help' }
  | { readonly is: 'status' }
  | { readonly is: 'settings' }
  | { readonly is: 'sessions' }
  | { readonly is: 'cost' }
  | { readonly is: 'agents' }
  | { readonly is: 'later'; readonly what: string };

export function addNote(state: ThreadState, text: NoteText): ThreadState {
  const note: Note = { no: state.noteNo + 1, text };
  return { ...state, noteNo: note.no, notes: [...state.notes, note] };
}
