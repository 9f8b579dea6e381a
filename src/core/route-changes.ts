/** Where it goes that somebody changed or deleted a message: to its thread, which knows whether it matters. Pure. */
import type { EditInput, ThreadRef, WithdrawInput } from './event.ts';
import type { IncomingDeleted, IncomingEdited } from './event-forms.ts';
import { isAside, unescape, urgency, withoutMention } from './words.ts';

function from({ user, userTeam }: IncomingEdited | IncomingDeleted): Pick<EditInput, 'user' | 'userTeam'> {
  return { user, ...(userTeam === undefined ? {} : { userTeam }) };
}

export function threadOfChanged({
  team,
  channel,
  ts,
  threadTs,
}: IncomingEdited | IncomingDeleted): ThreadRef {
  return { team, channel, ts: threadTs ?? ts };
}

export function editOf(event: IncomingEdited, botUserId: string): EditInput {
  const words = unescape(withoutMention(event.text, botUserId)).trim();
  const { urgent, text } = urgency(words);
  const { ts, surface } = event;
  const aside = isAside(words) ? { aside: true as const } : {};
  return { kind: 'edit', ts, ...from(event), text, urgent, surface, ...aside };
}

export function withdrawalOf(event: IncomingDeleted): WithdrawInput {
  const own = event.own ? { own: true as const } : {};
  return { kind: 'withdraw', ts: event.ts, ...from(event), ...own };
}
