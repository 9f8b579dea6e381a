/** Where it goes that somebody changed or deleted a message: to its thread, which knows whether it matters. Pure. */
import type { EditInput, IncomingMessage, ThreadRef, WithdrawInput } from './event.ts';
import type { IncomingDeleted, IncomingEdited } from './event-forms.ts';
import type { Route, ToThread } from './route.ts';
import { isAside, names, unescape, urgency, withoutMention } from './words.ts';

/** A mention that is edited into a message counts so long after the message was written, seconds. */
const MENTION_S = 24 * 3_600;

function from({ user, userTeam }: IncomingEdited | IncomingDeleted): Pick<EditInput, 'user' | 'userTeam'> {
  return { user, ...(userTeam === undefined ? {} : { userTeam }) };
}

function threadOf({ team, channel, ts, threadTs }: IncomingEdited | IncomingDeleted): ThreadRef {
  return { team, channel, ts: threadTs ?? ts };
}

function editOf(event: IncomingEdited, botUserId: string): EditInput {
  const words = unescape(withoutMention(event.text, botUserId)).trim();
  const { urgent, text } = urgency(words);
  const { ts, surface, edited, files, shared } = event;
  return {
    kind: 'edit',
    ts,
    ...from(event),
    text,
    urgent,
    surface,
    ...(isAside(words) ? { aside: true } : {}),
    ...(edited === undefined ? {} : { edited }),
    ...(files === undefined ? {} : { files }),
    ...(shared ? { shared } : {}),
  };
}

function withdrawalOf(event: IncomingDeleted): WithdrawInput {
  const own = event.own ? { own: true as const } : {};
  return { kind: 'withdraw', ts: event.ts, ...from(event), ...own };
}

/** It mentions the bot now, did not before, and is not an old one. In a direct message each one counts anyway. */
function addsMention({ surface, text, before = '', ts, edited }: IncomingEdited, botUserId: string): boolean {
  if (surface === 'im' || !names(text, botUserId) || names(before, botUserId)) return false;
  return Number(edited ?? ts) - Number(ts) <= MENTION_S;
}

/** The message as if it were said now. */
function asSaid(event: IncomingEdited): IncomingMessage {
  const { before: _, files = [], shared = false, ...said } = event;
  return { ...said, kind: 'message', mentionEvent: true, files, shared };
}

/**
 * An edit that adds the mention is a mention, by `mention`, where the message was not taken before: it claims the
 * message itself. Where it was, the thread knows whether it was for the agent.
 */
export function routeEdited(
  event: IncomingEdited,
  botUserId: string,
  claims: readonly string[],
  mention: (message: IncomingMessage) => Route,
): Route {
  const input = editOf(event, botUserId);
  const edit: ToThread = { to: 'thread', thread: threadOf(event), when: 'followed', input, claims };
  if (!addsMention(event, botUserId)) return edit;
  const to = mention(asSaid(event));
  if (to.to === 'person') return to;
  if (to.to !== 'thread') return edit;
  const otherwise =
    to.input.kind === 'message'
      ? { ...edit, input: { ...input, addressed: true as const } }
      : { ...to, claims };
  return { ...to, otherwise };
}

/** A message of the bot's own that is not a reply may belong to a thread all the same. */
export function routeDeleted(event: IncomingDeleted, claims: readonly string[]): Route {
  const { team, channel, ts } = event;
  const input = withdrawalOf(event);
  if (event.own && event.threadTs === undefined) return { to: 'thread-of', team, channel, ts, input, claims };
  return { to: 'thread', thread: threadOf(event), when: 'followed', input, claims };
}
