/** The thread's record in the store: JSON with a schema version. Older versions are lifted here, newer ones refused. */
import { isAnteroom } from './beginning.ts';
import { SCHEMA, type ThreadState } from './state.ts';

/** A state that says nothing is not kept: the thread is then not followed. */
export function encodeState(state: ThreadState): string | null {
  const { phase, turns, notes, sends, context, muted } = state;
  // What became of a request is asked for a moment later.
  if (isAnteroom(state.thread)) return JSON.stringify(state);
  const empty = phase.is === 'none' && turns.length + notes.length + sends.length + context.length === 0;
  return empty && muted === undefined ? null : JSON.stringify(state);
}

/** Throws where the record was written by a newer version: it must not be acted on, nor overwritten. */
export function decodeState(text: string | undefined): ThreadState | undefined {
  if (text === undefined) return undefined;
  const record: unknown = JSON.parse(text);
  const schema =
    typeof record === 'object' && record !== null && 'schema' in record ? record.schema : undefined;
  if (schema !== SCHEMA)
    throw new Error(`thread record has schema ${String(schema)}; this version reads ${SCHEMA}`);
  return record as ThreadState;
}
