/** Where goes what people do beside messages: App Home, shortcuts, the forms that those open, a reaction that starts. Pure. */
import type { Incoming, IncomingReaction, IncomingShortcut, Quoted, ThreadRef } from './event.ts';
import { parseThreadKey, threadKey } from './event.ts';
import type { IncomingForm, IncomingGlobal } from './event-forms.ts';
import { unescape } from './words.ts';

interface By {
  readonly team: string;
  readonly user: string;
  readonly userTeam?: string;
}

/** This person's App Home is to be published. */
export interface ToHome extends By {
  readonly to: 'home';
  /** Their direct message with the bot; absent where Slack did not say. */
  readonly channel?: string;
}

/** A form in which somebody says what they want: about a message in its thread, or in any conversation. */
export interface ToAskForm {
  readonly to: 'ask-form';
  readonly about?: About;
}

/** What a form of a shortcut is about. */
export interface About {
  readonly thread: ThreadRef;
  readonly quoted: Omit<Quoted, 'name'>;
}

/** Somebody's request that was written in a form. */
export interface ToRequest extends By {
  readonly to: 'request';
  /** Absent where nothing was chosen. */
  readonly channel?: string;
  readonly about?: About;
  readonly words: string;
}

/** A message that is to be taken up, because somebody reacted to it. */
export interface ToTakeUp extends By {
  readonly to: 'take-up';
  readonly channel: string;
  readonly ts: string;
  readonly claims: readonly string[];
}

export type RouteBeside = ToHome | ToAskForm | ToRequest | ToTakeUp;

/** The reaction that starts, where a setting lets it. */
export const START_REACTION = 'thread';

export const ASK_FORM = 'heddle.ask';
export const ASK_ANYWHERE_FORM = 'heddle.ask_anywhere';

function by({ team, user, userTeam }: Pick<Incoming, 'team' | 'user' | 'userTeam'>): By {
  return { team, user, ...(userTeam === undefined ? {} : { userTeam }) };
}

/** Opened by Slack, which names the direct message, or by a button in it, which carries what it was shown with. */
export function routeHome(incoming: Incoming): ToHome {
  const channel = incoming.kind === 'action' ? incoming.value : incoming.channel;
  const isDirect = /^D[A-Z0-9]{1,20}$/.test(channel);
  return { to: 'home', ...by(incoming), ...(isDirect ? { channel } : {}) };
}

/** The shortcut on a message. */
export function routeAsk({ team, channel, threadTs, messageTs, message }: IncomingShortcut): ToAskForm {
  const thread = { team, channel, ts: threadTs ?? messageTs };
  const text = unescape(message?.text ?? '');
  return { to: 'ask-form', about: { thread, quoted: { ts: messageTs, user: message?.user ?? '', text } } };
}

/** The shortcut that stands at no message. */
export function routeGlobal({ callbackId }: IncomingGlobal): ToAskForm | undefined {
  return callbackId === 'ask_heddle_global' ? { to: 'ask-form' } : undefined;
}

/** Undefined where it is another form, or none of ours. */
export function routeRequest(event: IncomingForm): ToRequest | undefined {
  const { words, where } = event.values;
  const said = typeof words === 'string' ? words.trim() : '';
  const base = { to: 'request', ...by(event), words: said } as const;
  if (event.callbackId === ASK_ANYWHERE_FORM)
    return typeof where === 'string' ? { ...base, channel: where } : base;
  const about = event.callbackId === ASK_FORM ? readAbout(event.data) : undefined;
  return about?.thread.team === event.team ? { ...base, channel: about.thread.channel, about } : undefined;
}

export function routeTakeUp(event: IncomingReaction, claims: readonly string[]): ToTakeUp {
  const { channel, itemTs } = event;
  const ts = `ts:${channel}:${itemTs}`;
  return { to: 'take-up', ...by(event), channel, ts: itemTs, claims: [...claims, ts] };
}

/** A form carries at most 3,000 characters (docs.slack.dev/reference/views, `private_metadata`). */
const DATA_MOST = 2_900;

/** Half of a character that was cut in two. */
const HALF = /[\uD800-\uDBFF]$/;

/** What a form carries of the message that it is about; its end is left out where it is long. */
export function writeAbout({ thread, quoted }: About): string {
  const { ts, user } = quoted;
  for (let most = 2_000; ; most = Math.floor(most / 2)) {
    const text = quoted.text.length > most ? `${quoted.text.slice(0, most).replace(HALF, '')}…` : quoted.text;
    const data = JSON.stringify([threadKey(thread), ts, user, text]);
    if (data.length <= DATA_MOST || most === 0) return data;
  }
}

/** The inverse of {@link writeAbout}; undefined for anything else. */
export function readAbout(data: string): About | undefined {
  const [key, ts, user, text] = listIn(data);
  const thread = key === undefined ? undefined : parseThreadKey(key);
  if (!thread || ts === undefined || user === undefined || text === undefined) return undefined;
  return { thread, quoted: { ts, user, text } };
}

function listIn(data: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(data);
    return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : [];
  } catch {
    return [];
  }
}
