/**
 * The card of a tool in direct messages: each approver has a copy, and the thread has a line without buttons. Where
 * somebody cannot be reached the card stands in the thread. Pure.
 *
 * D1  Whom to ask is found out once; asked again after a crash it is the same, and nothing was posted before.
 * D2  A copy is a message of the thread's like any other: meant, looked up in doubt, edited when the card is decided.
 * D3  A click counts from the thread's own channel, or from the copy of whoever clicks.
 */
import { REQUESTER, ruleOf } from './approvals.ts';
import type { Ask, Copy, Direct } from './ask.ts';
import type { Settings } from './settings.ts';
import { askSlot } from './shown.ts';
import { next, type Effect, type Next, type ProcessInput, type ThreadState } from './state.ts';

/** Most people that are asked in direct messages about one card. */
export const COPIES_MOST = 20;

function changeDirect(
  state: ThreadState,
  pick: (ask: Ask) => boolean,
  change: (ask: Ask) => Direct | undefined,
): ThreadState {
  const asks = state.asks.map((ask) => {
    const direct = pick(ask) ? change(ask) : ask.direct;
    return direct === undefined || direct === ask.direct ? ask : { ...ask, direct };
  });
  return asks.every((ask, at) => ask === state.asks[at]) ? state : { ...state, asks };
}

/** How a new card begins. */
export function directOf({ approval }: Pick<Settings, 'approval'>): { readonly direct?: Direct } {
  return approval.where === 'dm' ? { direct: { is: 'due' } } : {};
}

/** Finds out whom to ask about each card that is open and has nobody yet. */
export function findApprovers(state: ThreadState): Next {
  const due = state.asks.filter(({ step, direct }) => step.is === 'open' && direct?.is === 'due');
  if (due.length === 0) return next(state);
  const effects = due.map((ask): Effect => {
    const { approvers, requester, asked = [], twoPersons } = ruleOf(state, ask);
    const people = approvers.map((each) => (each === REQUESTER ? requester : each));
    return {
      do: 'find-approvers',
      toolUseId: ask.toolUseId,
      people: [...new Set(people.filter((each) => each !== '' && !each.startsWith('S')))],
      groups: approvers.filter((each) => each.startsWith('S')),
      // Where two must approve, who asked is none of them.
      except: twoPersons ? [requester, ...asked] : [],
    };
  });
  const finding = changeDirect(
    state,
    (ask) => due.includes(ask),
    () => ({ is: 'finding' }),
  );
  return next(finding, ...effects);
}

/** Whoever holds the thread now asks again: nothing was posted yet. */
export function findAgain(state: ThreadState): ThreadState {
  return changeDirect(
    state,
    ({ direct }) => direct?.is === 'finding',
    () => ({ is: 'due' }),
  );
}

/** Who was found, and where they read direct messages. */
export function onApprovers(
  state: ThreadState,
  { toolUseId, copies, unreached, more }: Extract<ProcessInput, { kind: 'approvers' }>,
): Next {
  // In their own direct message the thread's card is theirs.
  const elsewhere = copies.filter(({ channel }) => channel !== state.thread.channel);
  const here = elsewhere.length < copies.length ? { here: true as const } : {};
  const known: Direct = { is: 'known', copies: elsewhere, unreached, more, ...here };
  const found = changeDirect(
    state,
    (ask) => ask.toolUseId === toolUseId && ask.direct?.is === 'finding' && ask.step.is === 'open',
    () => known,
  );
  if (found === state) return next(state);
  return next(found, ...elsewhere.map(({ user }) => asked(user)));
}

function asked(user: string): Effect {
  return { do: 'note-session', user, asked: true };
}

/** Into the index of what waits for somebody: people by name who may decide about a card that is new in a step. */
export function indexApprovers(before: ThreadState, { state, effects }: Next): Next {
  const isNew = (ask: Ask): boolean => before.asks.every(({ toolUseId }) => toolUseId !== ask.toolUseId);
  const cards = state.asks.filter(
    (ask) => ask.step.is === 'open' && !ask.question && !ask.direct && isNew(ask),
  );
  const named = cards.flatMap((ask) => ruleOf(state, ask).approvers).filter((each) => /^[UW]/.test(each));
  return { state, effects: [...effects, ...[...new Set(named)].map(asked)] };
}

/** Whose index it is of threads in which somebody is asked to decide. */
export function askedIndex(user: string): string {
  return `asked ${user}`;
}

/** The copies of a card. */
export function copiesOf({ direct }: Ask): readonly Copy[] {
  return direct?.is === 'known' ? direct.copies : [];
}

/** Whether the thread's own card can be decided: not where all who may were asked elsewhere. */
export function isInThread({ direct }: Ask): boolean {
  if (!direct) return true;
  if (direct.is !== 'known') return false;
  return direct.here === true || direct.unreached.length > 0 || direct.copies.length === 0;
}

/** Whether it was clicked where this person may (D3). */
export function isWhereTheyMay(
  state: ThreadState,
  ask: Ask,
  user: string,
  channel: string | undefined,
): boolean {
  if (channel === undefined || channel === state.thread.channel) return true;
  return copiesOf(ask).some((copy) => copy.user === user && copy.channel === channel);
}

// ------------------------------------------------------------------------------------------- where they stand

export function copySlot({ turn, toolUseId }: Ask, user: string): string {
  return `${askSlot(turn, toolUseId)}@${user}`;
}

/** The whole input below a copy. */
export function copyInputSlot({ turn, toolUseId }: Ask, user: string): string {
  return `f${turn}.${toolUseId}@${user}`;
}

/** Slack does not take a copy: that person is not reached. */
export function onCopyRefused(state: ThreadState, slot: string): Next {
  const change = (ask: Ask): Direct | undefined => {
    const { direct } = ask;
    const copy = copiesOf(ask).find(({ user }) => copySlot(ask, user) === slot);
    if (!copy || direct?.is !== 'known') return direct;
    const copies = direct.copies.filter((each) => each !== copy);
    return { ...direct, copies, unreached: [...direct.unreached, copy.user] };
  };
  return next(changeDirect(state, ({ direct }) => direct !== undefined, change));
}

/** Whether a slot is a copy's, or of what stands below one. */
export function isCopySlot(slot: string): boolean {
  return /^[qf]\d{1,12}\..*@[UW][A-Z0-9]+$/.test(slot);
}
