/** Looking things up: what a session was sent settles sends, answers and interrupts whose outcome is in doubt (I7). */
import { lookedForAnswers } from './asks.ts';
import type { StepContext } from './context.ts';
import { lookSoon } from './doubt.ts';
import { live, rest } from './feed.ts';
import { isRaising } from './hold.ts';
import { lookedForInterrupt, withoutRedirect } from './halt.ts';
import { findSend } from './mark.ts';
import { endOpenTurn } from './start.ts';
import { next, type Next, type ProcessInput, type Send, type ThreadState } from './state.ts';
import { changeSends, isOneOf, markSent, shelve, unsent } from './talk.ts';
import { before } from './turn.ts';

/** The session's own list of what it was sent: settles sends, answers and interrupts in doubt. */
export function onLooked(
  state: ThreadState,
  { events, at }: Extract<ProcessInput, { kind: 'looked' }>,
  context: StepContext,
): Next {
  let known = state;
  const missing: Send[] = [];
  const then = { ...context, now: at ?? context.now };
  for (const send of state.sends.filter(({ status }) => status === 'doubt')) {
    const echo = findSend(events, send.mark);
    // That it was taken is for the stream and the history to say, in their order: the look may be ahead of them.
    if (echo) known = markSent(known, send.mark, echo.id, context.now);
    else if (then.now - send.at >= context.settleMs) missing.push(send);
  }
  const boundary = state.boundary?.at;
  const interrupted = events.some(
    (event) =>
      event.type === 'user.interrupt' &&
      (event.at === null || boundary === undefined || before(boundary, event.at)),
  );
  const looked = lookedForInterrupt(lookedForAnswers(known, events, then), interrupted, then);
  const { state: left, effects } =
    missing.length > 0 ? absent(looked, isOneOf(missing.map(({ mark }) => mark))) : next(looked);
  return next(lookSoon(left, context), ...effects);
}

/** Not in the session, and no request can still be alive: sent again, unless somebody stopped meanwhile. */
function absent(state: ThreadState, pick: (send: Send) => boolean): Next {
  const phase = live(state.phase);
  if (!phase?.stop) return next(withoutRedirect(changeSends(state, pick, (send) => unsent(send))));
  // Whether anything runs is not known here: after a takeover the history may still be on its way.
  return next(shelve(state, pick).state, { do: 'check', session: phase.session.id });
}

/** Stopped before these were sent: they are context now. Where nothing is left that may start a run, the turn is over. */
export function stopUnsent(
  state: ThreadState,
  pick: (send: Send) => boolean,
  context: StepContext,
): ThreadState {
  const phase = live(state.phase);
  if (!phase?.stop) return state;
  const shelved = shelve(state, pick).state;
  const underWay = shelved.sends.some((send) => send.status !== 'waiting');
  if (phase.is === 'asking' || phase.run || underWay || isRaising(shelved)) return shelved;
  const ended = endOpenTurn(shelved, { is: 'stopped', by: phase.stop.by, unanswered: 0 });
  return rest(ended, phase.session, context);
}
