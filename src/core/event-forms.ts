/**
 * What people fill in and open beside messages: forms (Slack's modals), App Home, shortcuts, and changes of their own
 * messages, narrowed by the Slack adapter and not yet judged. A `trigger` is Slack's `trigger_id`: it opens one form,
 * within 3 seconds (docs.slack.dev/interactivity/handling-user-interaction).
 */
import type { FileFact } from './event.ts';

/** What somebody entered in one field; a list where several may be chosen. */
export type FieldValue = string | readonly string[];

interface From {
  /** The installation's team. */
  readonly team: string;
  readonly user: string;
  /** The person's own team where Slack states it. */
  readonly userTeam?: string;
  /** Empty where a form stands in no channel. */
  readonly channel: string;
  readonly eventId?: string;
}

/** A form was sent (`view_submission`). */
export interface IncomingForm extends From {
  readonly kind: 'form';
  readonly callbackId: string;
  /** What it was opened with (`private_metadata`): ours, and yet proof of nothing. */
  readonly data: string;
  /** By the field's `block_id`; fields that were left empty are absent. */
  readonly values: Readonly<Record<string, FieldValue>>;
}

/** The bot's App Home was opened (`app_home_opened`, tab `home`). */
export interface IncomingHome extends From {
  readonly kind: 'home';
}

/** A global shortcut: it stands at no message. */
export interface IncomingGlobal extends From {
  readonly kind: 'global';
  readonly callbackId: string;
  readonly trigger?: string;
}

/** Somebody changed the words of a message of theirs (`message_changed`); what Slack adds itself is none. */
export interface IncomingEdited extends From {
  readonly kind: 'edited';
  readonly surface: 'channel' | 'im';
  readonly ts: string;
  readonly threadTs?: string;
  /** As Slack sent it: escaped, with `<@U…>` tokens. */
  readonly text: string;
  /** What it said before, in the same form. */
  readonly before?: string;
  /** When it was changed, as a `ts` that may be exact to the second only. */
  readonly edited?: string;
  readonly files?: readonly FileFact[];
  /** People of another organisation are in this channel. */
  readonly shared?: true;
}

/** A message was deleted (`message_deleted`). `user` is who wrote it. */
export interface IncomingDeleted extends From {
  readonly kind: 'deleted';
  readonly ts: string;
  readonly threadTs?: string;
  /** The bot's own. */
  readonly own: boolean;
}

export type IncomingBeside = IncomingForm | IncomingHome | IncomingGlobal | IncomingEdited | IncomingDeleted;
