/** Where it goes that somebody changed or deleted a message: to its thread, which knows whether it matters. Pure. */
import type { EditInput, ThreadRef, WithdrawInput } from './event.ts';
import type { IncomingDeleted, IncomingEdited } from './event-forms.ts';
import type { Route } from './route.ts';
import { isAside, unescape, urgency, withoutMention } from './words.ts';

function from({ user, userTeam }: IncomingEdited | IncomingDeleted): Pick<EditInput, 'user' | 'userTeam'> {
  return { user, ...(userTeam === undefined ? {} : { userTeam }) };
}

function threadOf({ team, channel, ts, threadTs }: IncomingEdited | IncomingDeleted): ThreadRef {
  return { team, channel, ts: threadTs ?? ts };
}

function editOf(event: IncomingEdited, botUserId: string): EditInput {
  const words = unescape(withoutMention(event.text, botUserId)).trim();
  const { urgent, text } = urgency(words);
  const { ts, surface } = event;
  const aside = isAside(words) ? { aside: true as const } : {};
  return { kind: 'edit', ts, ...from(event), text, urgent, surface, ...aside };
}

function withdrawalOf(event: IncomingDeleted): WithdrawInput {
  const own = event.own ? { own: true as const } : {};
  return { kind: 'withdraw', ts: event.ts, ...from(event), ...own };
}

/** A message of the bot's own that is not a reply may belong to a thread all the same. */
export function routeChanged(
  event: IncomingEdited | IncomingDeleted,
  botUserId: string,
  claims: readonly string[],
): Route {
  const { team, channel, ts } = event;
  if (event.kind === 'edited')
    return {
      to: 'thread',
      thread: threadOf(event),
      when: 'followed',
      input: editOf(event, botUserId),
      claims,
    };
  const input = withdrawalOf(event);
  if (event.own && event.threadTs === undefined) return { to: 'thread-of', team, channel, ts, input, claims };
  return { to: 'thread', thread: threadOf(event), when: 'followed', input, claims };
}
