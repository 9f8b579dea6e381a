/** What has become of people's files: noted with their message, which goes when the last of them is settled. Pure. */
import { SHOWN_A_SESSION, shownOf, withNames, withStep, type Attached } from './files.ts';
import { next, type Next, type ProcessInput, type ThreadState } from './state.ts';
import { changeSends } from './talk.ts';

export function onFiles(
  state: ThreadState,
  { ts, steps, names = {} }: Extract<ProcessInput, { kind: 'files' }>,
): Next {
  const theirs = changeSends(
    state,
    ({ mark, status, files }) => mark.ts === ts && status === 'waiting' && files !== undefined,
    ({ files, ...send }) => {
      if (!files) return send;
      const settled = withStep(files, ({ id }) => steps[id]);
      return { ...send, files: withNames(settled, names, ts) };
    },
  );
  return next(theirs);
}

/**
 * A session is shown so many pictures and documents; what waits beyond that is mounted instead. Not known before
 * there is a session, and not settled before the messages in front have gone.
 */
export function mountTheRest(state: ThreadState): ThreadState {
  const { phase } = state;
  if (phase.is !== 'working' && phase.is !== 'asking') return state;
  if (!state.sends.some(({ status, files }) => status === 'waiting' && shownOf(files) > 0)) return state;
  let room = SHOWN_A_SESSION - (phase.session.shown ?? 0);
  const isRoom = (): boolean => (room -= 1) >= 0;
  const sends = state.sends.map((send) =>
    send.status === 'waiting' && send.files ? { ...send, files: mountedPast(send.files, isRoom) } : send,
  );
  return { ...state, sends };
}

function mountedPast(files: Attached, isRoom: () => boolean): Attached {
  return withStep(files, ({ step }) =>
    step.is === 'kept' && step.as !== 'mounted' && !isRoom() ? { ...step, as: 'mounted' } : undefined,
  );
}

/** The service refuses a message that shows files: it goes without them. Undefined where it shows none. */
export function withoutShown(state: ThreadState): ThreadState | undefined {
  const shows = state.sends.some(({ status, files }) => status === 'waiting' && shownOf(files) > 0);
  if (!shows) return undefined;
  return changeSends(
    state,
    ({ status, files }) => status === 'waiting' && shownOf(files) > 0,
    (send) => (send.files ? { ...send, files: refusedShown(send.files) } : send),
  );
}

/** What is refused now has not been told yet. */
function refusedShown(attached: Attached): Attached {
  const { told: _, ...files } = attached;
  return withStep(files, ({ step }) =>
    step.is === 'kept' && step.as !== 'mounted' ? { is: 'refused', why: 'not-taken' } : undefined,
  );
}
