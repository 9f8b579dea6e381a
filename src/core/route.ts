/**
 * Where a Slack delivery goes. Pure and total: every delivery gets a route, and one that is ignored claims
 * nothing, so that its twin (`app_mention` and `message` of one post) can still count.
 */
import type {
  CommandName,
  Incoming,
  IncomingMessage,
  IncomingReaction,
  IncomingShortcut,
  MessageInput,
  StopInput,
  ThreadInput,
  ThreadRef,
  WithdrawInput,
} from './event.ts';
import { careIn, careOf } from './care.ts';
import { slashCommand, type Said } from './commands.ts';
import {
  routeAsk,
  routeGlobal,
  routeHome,
  routeRequest,
  routeTakeUp,
  START_REACTION,
  type RouteBeside,
} from './route-beside.ts';
import { routeDeleted, routeEdited } from './route-changes.ts';
import {
  HANDOVER_FORM,
  parseCardValue,
  parseFormValue,
  routeAction,
  type ToCardForm,
  type ToHandoverForm,
} from './route-clicks.ts';
import { routeWords, type ToDetails, type ToFeedback, type ToFeedbackWords } from './route-over.ts';
import type { ReplyMode } from './settings.ts';
import {
  commandIn,
  isAside,
  names,
  namesOthers,
  settingIn,
  unescape,
  urgency,
  withoutMention,
} from './words.ts';

/** An input of this thread; `followed` ones only count where the thread is ours already. */
export interface ToThread {
  readonly to: 'thread';
  readonly thread: ThreadRef;
  readonly when: 'any' | 'followed';
  readonly input: ThreadInput;
  readonly claims: readonly string[];
  /** In place of it where one of the claims is taken. */
  readonly otherwise?: ToThread;
}

export type Route =
  | ToThread
  /** A stop on a message, or a deletion of one, whose thread has yet to be found. */
  | {
      readonly to: 'thread-of';
      readonly team: string;
      readonly channel: string;
      readonly ts: string;
      readonly input: StopInput | WithdrawInput;
      readonly claims: readonly string[];
    }
  /** A command without a thread: answered to the person. */
  | {
      readonly to: 'person';
      readonly team: string;
      readonly channel: string;
      readonly user: string;
      readonly userTeam?: string;
      readonly command: CommandName;
      /** What stands behind it. */
      readonly rest: string;
      readonly claims: readonly string[];
    }
  | ToCardForm
  | ToDetails
  | ToHandoverForm
  | ToFeedback
  | ToFeedbackWords
  | RouteBeside
  /** A button or command that this version does not have, or words that are none. */
  | { readonly to: 'unknown'; readonly what: string }
  | { readonly to: 'ignore'; readonly why: string };

/** What the bot is in the workspace of the delivery, and what holds in the channel. */
export interface RouteContext {
  readonly botUserId: string;
  readonly botId: string;
  readonly appId: string;
  readonly allowBots: boolean;
  /** Absent: replies in its threads. */
  readonly replyMode?: ReplyMode;
}

/** Subtypes of `message` that are words of a person (docs.slack.dev, "message" event subtypes). */
const HUMAN_SUBTYPES: ReadonlySet<string> = new Set([
  'file_share',
  'thread_broadcast',
  'me_message',
  'bot_message',
]);

/** The reaction that stops. */
export const STOP_REACTION = 'octagonal_sign';

/** Identities of one delivery. Any of them seen before makes it a duplicate. */
export function claimKeys(incoming: Incoming): readonly string[] {
  const keys: string[] = [];
  if (incoming.eventId) keys.push(`event:${incoming.eventId}`);
  if (incoming.kind === 'message') {
    keys.push(`ts:${incoming.channel}:${incoming.ts}`);
    if (incoming.clientMsgId) keys.push(`client:${incoming.clientMsgId}`);
  }
  // A mention that is edited in is delivered as an edit, and may be delivered as a mention too.
  if ((incoming.kind === 'message' || incoming.kind === 'edited') && incoming.edited !== undefined)
    keys.push(`edit:${incoming.channel}:${incoming.ts}:${incoming.edited}:${incoming.text.length}`);
  return keys;
}

export function route(incoming: Incoming, context: RouteContext): Route {
  switch (incoming.kind) {
    case 'message':
      return routeMessage(incoming, context);
    case 'agent_session_stopped':
      return {
        to: 'thread',
        thread: { team: incoming.team, channel: incoming.channel, ts: incoming.threadTs },
        when: 'followed',
        input: stop(incoming, 'slack'),
        claims: claimKeys(incoming),
      };
    case 'reaction':
      return routeReaction(incoming, context);
    case 'action':
      return routeAction(incoming, claimKeys(incoming));
    case 'command':
      return routeCommand(incoming);
    case 'shortcut':
      return routeShortcut(incoming);
    case 'form':
      return routeForm(incoming);
    case 'global':
      return routeGlobal(incoming) ?? { to: 'unknown', what: incoming.callbackId };
    case 'home':
      return routeHome(incoming);
    case 'edited': {
      const asSaid = (message: IncomingMessage): Route => routeMessage(message, context);
      return routeEdited(incoming, context.botUserId, claimKeys(incoming), asSaid);
    }
    case 'deleted':
      return routeDeleted(incoming, claimKeys(incoming));
  }
}

function stop(incoming: Incoming, via: StopInput['via']): StopInput {
  return { kind: 'stop', user: incoming.user, ...team(incoming), via };
}

function team(incoming: Incoming): { userTeam?: string } {
  return incoming.userTeam === undefined ? {} : { userTeam: incoming.userTeam };
}

/** Why a message is not words of a person for us; undefined where it is. */
function notWords(event: IncomingMessage, context: RouteContext): string | undefined {
  if (event.user === context.botUserId) return 'own message';
  if (event.botId !== undefined && event.botId === context.botId) return 'own message';
  if (event.appId !== undefined && event.appId === context.appId) return 'own message';
  if (event.subtype !== undefined && !HUMAN_SUBTYPES.has(event.subtype)) return `subtype ${event.subtype}`;
  const bot = event.botId !== undefined || event.subtype === 'bot_message';
  if (bot && !context.allowBots) return 'another bot';
  if (!event.user) return 'no author';
  return undefined;
}

function routeMessage(event: IncomingMessage, context: RouteContext): Route {
  const why = notWords(event, context);
  if (why) return { to: 'ignore', why };
  const inThread = event.threadTs !== undefined && event.threadTs !== event.ts;
  const mentioned = event.mentionEvent || names(event.text, context.botUserId);
  const forOthers = !mentioned && event.surface !== 'im' && namesOthers(event.text, context.botUserId);
  const begins = !inThread && context.replyMode === 'every_message' && !forOthers;
  const addressed = mentioned || event.surface === 'im' || begins;
  if (!inThread && !addressed) return { to: 'ignore', why: 'not for the bot' };
  const words = unescape(withoutMention(event.text, context.botUserId)).trim();
  if (isAside(words)) return { to: 'ignore', why: 'an aside' };
  const thread: ThreadRef = { team: event.team, channel: event.channel, ts: event.threadTs ?? event.ts };
  const claims = claimKeys(event);
  const care = mentioned ? careIn(withoutMention(event.text, context.botUserId)) : undefined;
  const command = care ?? commandFor(words, mentioned, event, inThread);
  if (command && event.files.length === 0)
    return commandRoute(command, event, { thread, inThread, mentioned, claims });
  const wanted = mentioned && inThread && event.files.length === 0 ? settingIn(words) : undefined;
  if (wanted) {
    const input: ThreadInput = { kind: 'tune', user: event.user, ...team(event), wanted };
    return { to: 'thread', thread, when: 'any', input, claims };
  }
  return {
    to: 'thread',
    thread,
    when: addressed ? 'any' : 'followed',
    input: { ...message(event, words, addressed, inThread), ...(forOthers ? { forOthers } : {}) },
    claims,
  };
}

/** Command words count after a mention; without one only `stop`, and `help` in a new direct message. */
function commandFor(
  words: string,
  mentioned: boolean,
  event: IncomingMessage,
  inThread: boolean,
): Said | undefined {
  const name = commandIn(words);
  const isHelp = event.surface === 'im' && !inThread && name === 'help';
  return name && (mentioned || name === 'stop' || isHelp) ? { name, rest: '' } : undefined;
}

interface Standing {
  readonly thread: ThreadRef;
  readonly inThread: boolean;
  readonly mentioned: boolean;
  readonly claims: readonly string[];
}

function commandRoute({ name, rest }: Said, event: IncomingMessage, standing: Standing): Route {
  const { thread, inThread, mentioned, claims } = standing;
  if (!inThread) {
    const { team: workspace, channel, user } = event;
    return { to: 'person', team: workspace, channel, user, ...team(event), command: name, rest, claims };
  }
  const input: ThreadInput =
    name === 'stop'
      ? { kind: 'stop', user: event.user, ...team(event), via: mentioned ? 'mention' : 'word', ts: event.ts }
      : { kind: 'command', user: event.user, ...team(event), name, ts: event.ts, ...careOf(name, rest) };
  return { to: 'thread', thread, when: mentioned ? 'any' : 'followed', input, claims };
}

function message(event: IncomingMessage, words: string, addressed: boolean, inThread: boolean): MessageInput {
  const { urgent, text } = urgency(words);
  return {
    kind: 'message',
    ts: event.ts,
    user: event.user,
    ...team(event),
    text,
    files: event.files,
    addressed,
    urgent,
    surface: event.surface,
    inThread,
    ...(event.edited === undefined ? {} : { edited: event.edited }),
    ...(event.shared ? { shared: true } : {}),
  };
}

function routeReaction(event: IncomingReaction, context: RouteContext): Route {
  if (event.user === context.botUserId) return { to: 'ignore', why: 'own reaction' };
  if (event.name === START_REACTION) return routeTakeUp(event, claimKeys(event));
  if (event.name !== STOP_REACTION) return { to: 'ignore', why: 'a reaction without meaning' };
  const { team, channel, itemTs } = event;
  return {
    to: 'thread-of',
    team,
    channel,
    ts: itemTs,
    input: stop(event, 'reaction'),
    claims: claimKeys(event),
  };
}

/** What somebody entered. The form's data is ours, and yet proof of nothing: the thread's actor judges. */
function routeForm(event: Extract<Incoming, { kind: 'form' }>): Route {
  const beside = routeRequest(event) ?? routeWords(event);
  if (beside) return beside;
  const clicked = parseFormValue(event.data);
  const card = clicked ?? parseCardValue(event.data);
  if (card?.thread.team !== event.team) return { to: 'ignore', why: 'a malformed form' };
  const where = clicked ? { in: clicked.in } : {};
  const { words } = event.values;
  const text = typeof words === 'string' ? words : '';
  const from = { user: event.user, ...team(event) };
  const { thread, token } = card;
  const to = (input: ThreadInput): Route => ({ to: 'thread', thread, when: 'followed', input, claims: [] });
  switch (event.callbackId) {
    case 'heddle.deny_reason':
      return to({ kind: 'answer', ...from, token, verdict: 'deny', reason: text, ...where });
    case 'heddle.answer_text':
      return to({ kind: 'reply', ...from, token, text, ...where });
    case HANDOVER_FORM: {
      const { whom } = event.values;
      return to({
        kind: 'command',
        ...from,
        name: 'handover',
        ...(typeof whom === 'string' ? { to: whom } : {}),
      });
    }
    default:
      return { to: 'unknown', what: event.callbackId };
  }
}

function routeCommand(event: Extract<Incoming, { kind: 'command' }>): Route {
  const said = slashCommand(event.text);
  if (!said) return { to: 'unknown', what: event.text.trim() };
  const { team: workspace, channel, user } = event;
  const from = { team: workspace, channel, user, ...team(event) };
  return { to: 'person', ...from, command: said.name, rest: said.rest, claims: claimKeys(event) };
}

function routeShortcut(event: IncomingShortcut): Route {
  if (event.callbackId === 'ask_heddle') return routeAsk(event);
  if (event.callbackId !== 'stop_agent_message') return { to: 'unknown', what: event.callbackId };
  const thread: ThreadRef = {
    team: event.team,
    channel: event.channel,
    ts: event.threadTs ?? event.messageTs,
  };
  return { to: 'thread', thread, when: 'followed', input: stop(event, 'shortcut'), claims: claimKeys(event) };
}
