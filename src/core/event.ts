/**
 * What reaches Heddle from Slack, in Slack's words, and what of it reaches a thread.
 *
 * `Incoming` is one Slack delivery, narrowed by the Slack adapter and not yet judged.
 * `ThreadInput` is what `route` makes of it: the durable inputs of one thread's actor.
 * Both are plain JSON: they are written to the store as they are.
 */

import type { IncomingBeside } from './event-forms.ts';

/** `T:C:ts`: installation's team, channel, and the `ts` of the thread's root message. */
export type ThreadKey = string & { readonly __brand: 'ThreadKey' };

/** One Slack thread. `ts` is the root's `ts`, a string that is never parsed to a float. */
export interface ThreadRef {
  readonly team: string;
  readonly channel: string;
  readonly ts: string;
}

/** The only place where thread keys are built. */
export function threadKey(thread: ThreadRef): ThreadKey {
  return `${thread.team}:${thread.channel}:${thread.ts}` as ThreadKey;
}

/** The inverse of {@link threadKey}; undefined where the text is not a thread key. */
export function parseThreadKey(key: string): ThreadRef | undefined {
  const match = /^([A-Z][A-Z0-9]*):([A-Z][A-Z0-9]*):(\d+\.\d+)$/.exec(key);
  if (!match) return undefined;
  const [, team, channel, ts] = match;
  return team && channel && ts ? { team, channel, ts } : undefined;
}

/** Where people talk to the bot: a channel (public, private, group message) or its direct messages. */
export type Surface = 'channel' | 'im';

/** What a message says of an attached file. None of it is believed: the file is asked for, and its bytes looked at. */
export interface FileFact {
  readonly id: string;
  readonly name: string;
  readonly mimetype: string;
  /** Bytes, as Slack states them; 0 where it does not say. */
  readonly size: number;
}

/** What every delivery carries. `team` is the installation's team (`authorizations`), never the author's. */
interface Envelope {
  readonly team: string;
  /** `event_id`; constant over redeliveries. Absent on clicks and commands. */
  readonly eventId?: string;
  readonly channel: string;
  readonly user: string;
  /** The author's own team where Slack states it; another one means somebody of another organisation. */
  readonly userTeam?: string;
}

export interface IncomingMessage extends Envelope {
  readonly kind: 'message';
  /** True for `app_mention`, false for `message`. */
  readonly mentionEvent: boolean;
  readonly surface: Surface;
  readonly ts: string;
  readonly threadTs?: string;
  readonly clientMsgId?: string;
  readonly subtype?: string;
  /** Set where a bot wrote it. */
  readonly botId?: string;
  readonly appId?: string;
  /** As Slack sent it: escaped, with `<@U…>` tokens. */
  readonly text: string;
  readonly files: readonly FileFact[];
  /** `is_ext_shared_channel`: people of another organisation are in this channel. */
  readonly shared: boolean;
  /** When its author changed it last, as a `ts` that may be exact to the second only; later than its own. */
  readonly edited?: string;
}

/** Slack's own Stop: `agent_session_stopped`. */
export interface IncomingStopped extends Envelope {
  readonly kind: 'agent_session_stopped';
  readonly threadTs: string;
}

export interface IncomingReaction extends Envelope {
  readonly kind: 'reaction';
  readonly name: string;
  readonly itemTs: string;
}

/** A click on one of our buttons, or a choice in one of our menus (`block_actions`). */
export interface IncomingAction extends Envelope {
  readonly kind: 'action';
  readonly actionId: string;
  readonly value: string;
  /** Absent where it stands in App Home or in a form; `channel` is empty then. */
  readonly messageTs?: string;
  readonly threadTs?: string;
  /** Opens one form, within 3 seconds. */
  readonly trigger?: string;
  /** The form in which it was clicked. */
  readonly viewId?: string;
}

/** `/heddle …`. Slack gives no thread with it. */
export interface IncomingCommand extends Envelope {
  readonly kind: 'command';
  readonly text: string;
  /** Opens one form, within 3 seconds. */
  readonly trigger?: string;
}

/** A message shortcut (`callback_id` `stop_agent_message`, …). */
export interface IncomingShortcut extends Envelope {
  readonly kind: 'shortcut';
  readonly callbackId: string;
  readonly messageTs: string;
  readonly threadTs?: string;
  /** Opens one form, within 3 seconds. */
  readonly trigger?: string;
  /** What the message says, escaped as Slack has it, and who wrote it. */
  readonly message?: { readonly user?: string; readonly text: string };
}

export type Incoming =
  | IncomingMessage
  | IncomingStopped
  | IncomingReaction
  | IncomingAction
  | IncomingCommand
  | IncomingShortcut
  | IncomingBeside;

/** Who somebody is, from the platform's facts; `unknown` where they could not be had (fails closed). */
export type Role = 'member' | 'admin' | 'guest' | 'outsider' | 'bot' | 'unknown';

export interface Person {
  readonly user: string;
  readonly name: string;
  readonly role: Role;
  /** Those of the user groups that were asked about in which this person is; absent where that was not found out. */
  readonly groups?: readonly string[];
  /** Whether they can see the channel; absent where nobody asked, or it was not found out. */
  readonly there?: boolean;
}

/** How somebody asked to stop. */
export type StopVia = 'slack' | 'button' | 'word' | 'mention' | 'command' | 'reaction' | 'shortcut';

/** The words of `/heddle` and of a mention. `later` ones say "not in this version". */
export const COMMANDS = [
  'help',
  'status',
  'sessions',
  'stop',
  'close',
  'resume',
  'handover',
  'fork',
  'cost',
  'agents',
  'settings',
  'mute',
  'unmute',
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Words of a person for the agent. `text` is unescaped once, without the bot's own mention. */
export interface MessageInput {
  readonly kind: 'message';
  readonly ts: string;
  readonly user: string;
  readonly userTeam?: string;
  readonly text: string;
  readonly files: readonly FileFact[];
  /** The bot was mentioned, or it is a direct message. */
  readonly addressed: boolean;
  /** A `!` stood in front: interrupt what runs. */
  readonly urgent: boolean;
  readonly surface: Surface;
  /** The message is not the root of its thread. */
  readonly inThread: boolean;
  /** It names somebody else and not the bot: people talk to each other. */
  readonly forOthers?: true;
  /** Not written as a message: a form of a shortcut was sent, or somebody's message was given a reaction. */
  readonly via?: 'shortcut' | 'reaction';
  /** The message that it is about. */
  readonly quoted?: Quoted;
  /** When its author changed it into what it is, as a `ts`: what others said until then came before it. */
  readonly edited?: string;
  /** People of another organisation read the channel. */
  readonly shared?: true;
}

/** Somebody's message that another one is about: context, never a request. */
export interface Quoted {
  readonly ts: string;
  readonly user: string;
  readonly name: string;
  readonly text: string;
}

/** Somebody changed a message of theirs. What it says now, as in {@link MessageInput}. */
export interface EditInput {
  readonly kind: 'edit';
  readonly ts: string;
  readonly user: string;
  readonly userTeam?: string;
  readonly text: string;
  readonly urgent: boolean;
  readonly surface: Surface;
  /** It is kept from the agent now. */
  readonly aside?: true;
  /** It mentions the bot now, and did not before. */
  readonly addressed?: true;
  readonly shared?: true;
  /** When, as a `ts`. */
  readonly edited?: string;
  /** What is attached to the message. */
  readonly files?: readonly FileFact[];
}

/** A message was deleted. `user` is who wrote it. */
export interface WithdrawInput {
  readonly kind: 'withdraw';
  readonly ts: string;
  readonly user: string;
  readonly userTeam?: string;
  /** The bot's own. */
  readonly own?: true;
}

/** Somebody wants the agent to have what they changed in a message that it was done with. */
export interface RedoInput {
  readonly kind: 'redo';
  readonly user: string;
  readonly userTeam?: string;
  readonly token: string;
}

export interface StopInput {
  readonly kind: 'stop';
  readonly user: string;
  readonly userTeam?: string;
  readonly via: StopVia;
  /** Where it was a message: its `ts`. */
  readonly ts?: string;
}

export interface CommandInput {
  readonly kind: 'command';
  readonly user: string;
  readonly userTeam?: string;
  readonly name: Exclude<CommandName, 'stop'>;
  /** Where it was a message: its `ts`. */
  readonly ts?: string;
  /** To whom the thread is handed over. */
  readonly to?: string;
  /** What a fork is to begin with. */
  readonly words?: string;
}

/** Somebody changes settings of this thread alone. */
export interface TuneInput {
  readonly kind: 'tune';
  readonly user: string;
  readonly userTeam?: string;
  /** By key, as it was entered; an empty text lets the layer below show again. */
  readonly wanted: Readonly<Record<string, string>>;
  /** Fingerprints of what its form showed, by key; absent where no form was open. */
  readonly shown?: Readonly<Record<string, string>>;
}

/** Approve or Deny of one asked tool. The token is single use and opaque (I9). */
export interface AnswerInput {
  readonly kind: 'answer';
  readonly user: string;
  readonly userTeam?: string;
  readonly token: string;
  readonly verdict: 'allow' | 'deny';
  /** Why not, in their words. */
  readonly reason?: string;
  /** This tool needs no leave in this thread any more. */
  readonly always?: true;
  /** Channel of the message that was clicked. */
  readonly in?: string;
}

/** A budget is to be raised, as its card says. */
export interface RaiseInput {
  readonly kind: 'raise';
  readonly user: string;
  readonly userTeam?: string;
  readonly token: string;
}

/** An answer to a question of the agent's: one of its choices, or words of one's own. */
export interface ReplyInput {
  readonly kind: 'reply';
  readonly user: string;
  readonly userTeam?: string;
  readonly token: string;
  readonly choice?: number;
  readonly text?: string;
  /** Channel of the message that was clicked. */
  readonly in?: string;
}

/** A thread begins that goes on from another one's conversation; its first message stands. */
export interface ForkInput {
  readonly kind: 'fork';
  /** The first message's. */
  readonly ts: string;
  readonly user: string;
  readonly userTeam?: string;
  /** Their first request; empty where it is still to come. */
  readonly text: string;
  readonly surface: Surface;
  readonly from: ThreadRef;
  /** The session that the other thread had then. */
  readonly session?: string;
  /** When it was forked (Unix ms): what was said there later does not belong to it. */
  readonly until: number;
  /** What the other thread is about. */
  readonly title?: string;
  /** People of another organisation read the channel. */
  readonly shared?: true;
}

/** Somebody's request that was not written as a message: it is posted in their name, and then counts as theirs. */
export interface RequestInput {
  readonly kind: 'request';
  readonly id: string;
  readonly user: string;
  readonly userTeam?: string;
  readonly text: string;
  /** At the top of the channel, where it begins a thread; else in this one. */
  readonly top: boolean;
  readonly quoted?: Quoted;
}

/** A timer of the thread fell due. Only proposes: the state decides whether it still matters. */
export interface TimerInput {
  readonly kind: 'timer';
  readonly name: TimerName;
  /** Which arming it was; an older one than the state's is ignored. */
  readonly id: number;
}

export type TimerName = 'idle' | 'doubt' | 'retry' | 'watch' | 'outputs' | 'expire';

/** The durable inputs of a thread (I1, I2). */
export type ThreadInput =
  | MessageInput
  | EditInput
  | WithdrawInput
  | RedoInput
  | TuneInput
  | StopInput
  | CommandInput
  | AnswerInput
  | ReplyInput
  | RaiseInput
  | ForkInput
  | RequestInput
  | TimerInput;

/** The `ts` from which on a message counts: what is older was said before it. Undefined for what is no message. */
export function saidAt(input: ThreadInput): string | undefined {
  if (input.kind === 'message') return input.edited ?? input.ts;
  return 'ts' in input ? input.ts : undefined;
}

/** Whether it starts a thread: what people said in it before it was ours is taken up behind it. */
export function isStart(input: ThreadInput): input is MessageInput | ForkInput {
  return input.kind === 'message' || input.kind === 'fork';
}

/** A durable input with who sent it; `author` is absent on timers. */
export interface Attributed {
  readonly input: ThreadInput;
  readonly author?: Person;
  /** Whom the input names. */
  readonly other?: Person;
}
