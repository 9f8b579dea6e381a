/** Keeps the stream of the session that works open, and of no other, and brings what it says back as inputs. */
import type { AgentEvent } from '../core/agent-event.ts';
import { isRaising } from '../core/hold.ts';
import { openTurnOf } from '../core/talk.ts';
import { hasText } from '../core/turn.ts';
import type { ProcessInput, ThreadState } from '../core/state.ts';
import type { PortError } from '../errors.ts';
import { follow, type Follower, type FollowerDeps } from './follower.ts';

export interface FollowingHost {
  state(): ThreadState;
  input(input: ProcessInput): void;
  /** The growing text has changed. */
  grown(): void;
  /** The stream brought these. */
  heard(events: readonly AgentEvent[]): void;
}

export interface Following {
  /** The stream of the session that works at the moment. */
  readonly follower: Follower | undefined;
  /** Taken over in the middle of a run: nothing new has come from its stream yet. */
  readonly behind: boolean;
  /** Opens, keeps or ends the stream as the state wants it. */
  adjust(): void;
  stop(): void;
}

/**
 * What is read in a message stays until there is more; but where nobody writes for so long, ms, the history has told
 * everything, and a whole text that the last holder did not come to show does not wait for the next one.
 */
const STILL_MS = 3_000;

export function following(deps: FollowerDeps, host: FollowingHost): Following {
  let follower: Follower | undefined;
  // That the run is open may not have been saved yet: a killed holder saved last when it sent.
  let behind = host.state().phase.is === 'working';
  let still = (): void => undefined;

  function caughtUp(): void {
    still();
    behind = false;
  }

  function waitForStillness(): void {
    still();
    if (!behind) return;
    still = deps.clock.setTimer(() => {
      // Without a whole text there is nothing more than what may be read there already.
      const turn = openTurnOf(host.state());
      if (!turn || !hasText(turn)) return;
      behind = false;
      host.grown();
    }, STILL_MS);
  }

  function open(session: string): Follower {
    return follow(deps, session, hasMissed(host.state()), {
      since: () => since(host.state()),
      events: (events, source, previews, first = []) => {
        if (source === 'live') host.heard(events);
        if (source === 'live' && events.some(tellsMore)) caughtUp();
        else waitForStillness();
        host.input({ kind: 'events', events, source, previews, first, from: session });
      },
      grown: () => {
        caughtUp();
        host.grown();
      },
      writing: waitForStillness,
      patient: () => host.state().phase.is === 'asking',
      failed: (error) => host.input(feedFailed(session, error)),
    });
  }

  return {
    get follower() {
      return follower;
    },
    get behind() {
      return behind;
    },
    adjust() {
      const { phase } = host.state();
      const wanted = phase.is === 'working' || phase.is === 'asking' ? phase.session.id : undefined;
      if (follower?.session === wanted) return;
      still();
      follower?.stop();
      follower = wanted === undefined ? undefined : open(wanted);
    },
    stop() {
      still();
      follower?.stop();
    },
  };
}

/** What people say, and that a model is asked, tells nothing of the text that was being written. */
function tellsMore({ type }: AgentEvent): boolean {
  return !type.startsWith('user.') && !type.startsWith('span.');
}

/** Whether something may have happened in the session that no stream of this holder brought. */
function hasMissed({ phase, sends, notes, missed }: ThreadState): boolean {
  if (missed) return true;
  // It works although nobody's words are on their way: its budget is being raised, or was, and it may run by now.
  const isRaised = isRaising({ notes }) || sends.length === 0;
  const underWay =
    phase.is === 'asking' || (phase.is === 'working' && (phase.run || phase.stop !== undefined || isRaised));
  return underWay || sends.some((send) => send.status === 'sent' || send.status === 'doubt');
}

/** From a minute before what was seen last: events can share a time, and queued ones come late. */
function since({ seen, boundary }: ThreadState): string | undefined {
  const at = seen ?? boundary?.at;
  return at === undefined ? undefined : new Date(Date.parse(at) - 60_000).toISOString();
}

function feedFailed(from: string, { kind, code }: PortError): ProcessInput {
  return kind === 'gone'
    ? { kind: 'session-lost', how: code === 'not_found_error' ? 'deleted' : 'archived', from }
    : { kind: 'read-failed', what: 'feed', failure: { kind, code }, from };
}
