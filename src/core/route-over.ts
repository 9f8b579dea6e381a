/** Where a click below an answer that is over goes. Nothing of the thread changes by it. */
import { parseDetails, parseFeedback, type DetailsRef, type FeedbackRef } from './details.ts';
import type { IncomingForm } from './event-forms.ts';
import type { IncomingAction, ThreadRef } from './event.ts';
import { reasonIn, type Reason } from './feedback.ts';

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
  /** A form can be opened for it. */
  readonly opens?: true;
}

/** What somebody says of an answer besides. */
export interface ToFeedbackWords extends From {
  readonly to: 'feedback-words';
  readonly ref: FeedbackRef;
  readonly why?: Reason;
  readonly words?: string;
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
      const opens = event.trigger === undefined ? {} : { opens: true as const };
      return ref && isHere(event, ref.thread) ? { to: 'feedback', ...from, ref, ...opens } : undefined;
    }
    default:
      return undefined;
  }
}

export const FEEDBACK_FORM = 'heddle.feedback_words';

/** Undefined where it is another form, or none of ours. */
export function routeWords(event: IncomingForm): ToFeedbackWords | undefined {
  const ref = event.callbackId === FEEDBACK_FORM ? parseFeedback(event.data) : undefined;
  if (ref?.thread.team !== event.team) return undefined;
  const { user, userTeam, values } = event;
  const why = reasonIn(values['why']);
  const words = typeof values['words'] === 'string' ? values['words'].trim() : '';
  return {
    to: 'feedback-words',
    user,
    ...(userTeam === undefined ? {} : { userTeam }),
    ref,
    ...(why === undefined ? {} : { why }),
    ...(words === '' ? {} : { words }),
  };
}

/** The button stands in the channel of the thread that it names: whoever pressed it can see that. */
function isHere(event: IncomingAction, thread: ThreadRef): boolean {
  return thread.team === event.team && thread.channel === event.channel && event.viewId === undefined;
}
