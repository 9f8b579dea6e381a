/** A card that waits for somebody and is shown no more: deleted twice, or refused by Slack. The thread says so. Pure. */
import { addNote } from './note.ts';
import { askSlot } from './shown.ts';
import type { Next, ThreadState } from './state.ts';

/** A step that learnt that the message of this slot is lost says so. */
export function withLostCard(before: ThreadState, { state, effects }: Next, slot: string): Next {
  const isNew = state.posted[slot]?.lost === true && before.posted[slot]?.lost !== true;
  return { state: isNew ? tellLostCard(state, slot) : state, effects };
}

/** With a note about the card of this slot, where it is an open one's. */
export function tellLostCard(state: ThreadState, slot: string): ThreadState {
  const ask = state.asks.find(
    ({ step, turn, toolUseId }) => step.is === 'open' && askSlot(turn, toolUseId) === slot,
  );
  if (!ask) return state;
  const { name, question, rule } = ask;
  const replies = question !== undefined;
  return addNote(state, { is: 'card-lost', name, replies, expiresAt: rule?.expiresAt ?? 0 });
}
