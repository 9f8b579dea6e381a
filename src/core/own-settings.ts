/**
 * Settings of one thread alone: who may, what is wrong with them, and what somebody else changed meanwhile. Members and
 * admins of the workspace may, and nobody else, whatever lets others write to the agent. Pure.
 */
import type { Person, TuneInput } from './event.ts';
import { changed, checkChange, differences, type LayerChange } from './layers.ts';
import { next, type Next, type Tell, type ThreadState } from './state.ts';
import { addNote } from './talk.ts';
import { changedSince, keptValues, keysOf, mayChange } from './tune.ts';

export function onTune(state: ThreadState, input: TuneInput, author: Person | undefined): Next {
  const tell = (what: Tell): Next => next(state, { do: 'tell', user: input.user, tell: what });
  const role = author?.role ?? 'unknown';
  if (role === 'unknown') return tell({ is: 'unverified' });
  if (role !== 'member' && role !== 'admin') return tell({ is: 'refused', role });
  if (state.phase.is === 'none' && state.gen === 0) return tell({ is: 'nothing-open' });
  const checked = checkChange('thread', input.wanted);
  if (!checked.ok) return tell({ is: 'untuned', wrong: checked.errors });
  const shut = { ...keptFor(author, checked.change), ...keptValues(author, checked.change) };
  if (Object.keys(shut).length > 0) return tell({ is: 'untuned', wrong: shut });
  const before = state.overrides ?? {};
  const change = differences(before, checked.change);
  if (Object.keys(change).length === 0) return tell({ is: 'tuned-already' });
  const { shown } = input;
  const others = shown ? changedSince({ scope: 'thread', shown }, before) : [];
  if (others.length > 0) return tell({ is: 'tuned-meanwhile', keys: others.map(({ key }) => key) });
  const { overrides: _, ...rest } = state;
  const layer = changed(before, change);
  const tuned: ThreadState = Object.keys(layer).length > 0 ? { ...rest, overrides: layer } : rest;
  return next(addNote(tuned, { is: 'tuned', by: input.user, change }));
}

/** Keys that this person may not change, with a sentence each. */
function keptFor(author: Person | undefined, change: LayerChange): Record<string, string> {
  const shut = keysOf('thread').filter(
    (key) => Object.hasOwn(change, key.key) && !mayChange(author, 'thread', key),
  );
  return Object.fromEntries(shut.map(({ key }) => [key, 'Only an admin of this workspace changes this.']));
}
