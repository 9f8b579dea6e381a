/** What is said of sessions that people take care of: opened again, handed over, forked. Slack mrkdwn, escaped, ours alone. */
import type { NoteText, Tell } from '../core/note.ts';

const person = (user: string): string => (user ? `<@${user}>` : 'somebody');
const count = (messages: number): string => `${messages} message${messages === 1 ? '' : 's'}`;

interface Carried {
  readonly messages: number;
  readonly leftOut: number;
  readonly missing: boolean;
}

/** What the next message's session will have of an earlier conversation. */
function carriedLine({ messages, leftOut, missing }: Carried): string {
  if (missing) return 'The earlier conversation could not be read just now; that is tried again then.';
  if (messages === 0) return 'Nothing had been said before.';
  const some = messages === 1 && leftOut === 0 ? 'the one message' : `the last ${count(messages)}`;
  if (leftOut === 0) return `It will have ${some} of the earlier conversation.`;
  const rest = leftOut === 1 ? '1 older one does' : `${leftOut} older ones do`;
  return `It will have ${some} of the earlier conversation; ${rest} not fit.`;
}

const FILES = 'Files in the earlier sandbox do not come along.';

/** The thread is somebody else's. What was shown before stays as it was. */
export function handedLine({ by, to, cards, leaves }: Extract<NoteText, { is: 'handed' }>): string {
  const open =
    cards === 0
      ? ''
      : ` ${cards === 1 ? 'The card that is open stays' : 'The cards that are open stay'} with whom ${cards === 1 ? 'it was' : 'they were'} made for.`;
  return `:handshake: ${person(by)} handed this thread over to ${person(to)}: from now on it counts for them, with approvals for who asked, notices, limits and costs.${open}${leaves > 0 ? ' Tools that were always allowed here are asked about again.' : ''}`;
}

type CareTell = Extract<
  Tell,
  {
    is:
      | 'open-already'
      | 'not-owner'
      | 'owner-already'
      | 'handover-whom'
      | 'direct-handover'
      | 'unverified-other'
      | 'not-for-them'
      | 'not-there'
      | 'forking-already'
      | 'not-begun';
  }
>;

const CARE: ReadonlySet<Tell['is']> = new Set<CareTell['is']>([
  'open-already',
  'not-owner',
  'owner-already',
  'handover-whom',
  'direct-handover',
  'unverified-other',
  'not-for-them',
  'not-there',
  'forking-already',
  'not-begun',
]);

export function isCareTell(tell: Tell): tell is CareTell {
  return CARE.has(tell.is);
}

/** What only the person reads who takes care of a session. */
export function careLine(tell: CareTell): string {
  switch (tell.is) {
    case 'open-already':
      return 'This session is not closed, so there is nothing to resume. Write what I should go on with.';
    case 'not-owner':
      return `Only ${tell.owner ? person(tell.owner) : 'who began it'}, whose thread this is, or an admin of this workspace can hand it over. Nothing was changed.`;
    case 'owner-already':
      return `This thread is ${person(tell.owner)}’s already. Nothing was changed.`;
    case 'handover-whom':
      return 'To whom? Write `@Heddle hand over to @somebody` in this thread, or choose.';
    case 'direct-handover':
      return 'Nobody else is in a direct message, so its threads cannot be handed over. Nothing was changed.';
    case 'unverified-other':
      return `I could not find out who ${person(tell.user)} is (Slack did not answer, or the account is not active), so nothing was changed. Please try again in a minute.`;
    case 'forking-already':
      return 'You are forking this conversation already; a link follows here in a moment.';
    case 'not-begun':
      return 'Too much waits in that thread already, so your request was not taken. It stands there; please send it again in a minute.';
    case 'not-there':
      return `${person(tell.user)} is not in this private channel and could not read the thread, so it was not handed over. Invite them first.`;
    case 'not-for-them':
      return `${person(tell.user)} cannot use Heddle here, so the thread was not handed over to them. Choose a member of this workspace.`;
  }
}

/** At the top of a fork's first answer. */
export function forkedIntro({ messages, leftOut, missing }: Carried): string {
  if (missing)
    return ':thread: This is a new session. The conversation that it was forked from could not be read: it remembers nothing of it.';
  const some = messages === 1 && leftOut === 0 ? 'the one message' : `the last ${count(messages)}`;
  const rest =
    leftOut === 0 ? '' : `; ${leftOut === 1 ? '1 older one did' : `${leftOut} older ones did`} not fit`;
  return `:thread: This is a new session, with ${messages === 0 ? 'nothing' : some} of the conversation that it was forked from${rest}. ${FILES}`;
}

/** Where a thread goes on that was forked from here. */
export function forkedLine({ by }: Extract<NoteText, { is: 'forked' }>, link: string): string {
  return `:twisted_rightwards_arrows: ${person(by)} forked this conversation: ${link}. Nothing changes here.`;
}

export function resumedLine(note: Extract<NoteText, { is: 'resumed' }>): string {
  if (note.forked)
    return `:thread: Your next message here begins a new session. ${carriedLine(note)} ${FILES}`;
  return `:thread: Resumed by ${person(note.by)}: the next message here goes on in a new session. ${carriedLine(note)} ${FILES}`;
}
