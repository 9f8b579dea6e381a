/** Where a click below an answer that is over goes. Nothing of the thread changes by it. */
import { parseDetails, parseFeedback, type DetailsRef, type FeedbackRef } from './details.ts';
import type { IncomingAction, ThreadRef } from './event.ts';

interface From {
  readonly user: string;
  readonly userTeam?: string;
}

/** What the tools of a turn were given and brought; `viewId` is the form in which another page is asked for. */
export interface ToDetails extends From {
  readonly to: 'details';
  readonly ref: DetailsRef;
  readonly viewId?: string;
}

/** What somebody thinks of an answer. */
export interface ToFeedback extends From {
  readonly to: 'feedback';
  readonly ref: FeedbackRef;
}

/** Undefined where it is another button, or none of ours from this place. */
export function routeOver(event: IncomingAction): ToDetails | ToFeedback | undefined {
  const { user, userTeam, viewId, value } = event;
  const from = { user, ...(userTeam === undefined ? {} : { userTeam }) };
  switch (event.actionId) {
    case 'heddle.details': {
      const ref = parseDetails(value);
      return ref && isHere(event, ref.thread) ? { to: 'details', ...from, ref } : undefined;
    }
    case 'heddle.details_page': {
      const ref = parseDetails(value);
      return ref?.thread.team === event.team && viewId !== undefined
        ? { to: 'details', ...from, ref, viewId }
        : undefined;
    }
    case 'heddle.feedback': {
      const ref = parseFeedback(value);
      return ref && isHere(event, ref.thread) ? { to: 'feedback', ...from, ref } : undefined;
    }
    default:
      return undefined;
  }
}

/** The button stands in the channel of the thread that it names: whoever pressed it can see that. */
function isHere(event: IncomingAction, thread: ThreadRef): boolean {
  return thread.team === event.team && thread.channel === event.channel && event.viewId === undefined;
}
