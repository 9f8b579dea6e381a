/** Where a click on one of the bot's buttons, or a choice in one of its menus, goes. Pure. */
import {
  parseThreadKey,
  threadKey,
  type IncomingAction,
  type StopInput,
  type ThreadInput,
  type ThreadRef,
} from './event.ts';
import { routeHome } from './route-beside.ts';
import { routeOver } from './route-over.ts';
import type { Route } from './route.ts';

/** A button that opens a form about a card. */
export interface ToCardForm {
  readonly to: 'form';
  readonly form: 'deny_reason' | 'answer_text';
  readonly thread: ThreadRef;
  readonly token: string;
  /** Channel of the card that was clicked. */
  readonly in: string;
}

/** A button that opens a form in which somebody is chosen, to whom the thread is handed over. */
export interface ToHandoverForm {
  readonly to: 'handover-form';
  readonly thread: ThreadRef;
  /** Who is chosen to begin with. */
  readonly whom?: string;
}

/** The form's name, and what its button carries behind the thread's key. */
export const HANDOVER_FORM = 'heddle.handover';

/** What a card's button carries. */
export interface CardValue {
  readonly thread: ThreadRef;
  readonly token: string;
  /** Which of a question's choices, from 0. */
  readonly choice?: number;
}

/** What the form of a card carries: the card, and in which channel it was clicked. */
export function formValue({ thread, token }: CardValue, channel: string): string {
  return `${threadKey(thread)}|${token}@${channel}`;
}

/** The inverse of {@link formValue}; undefined for anything else. */
export function parseFormValue(value: string): (CardValue & { readonly in: string }) | undefined {
  const [, card = '', channel = ''] = /^(.*)@([CDG][A-Z0-9]{1,20})$/.exec(value) ?? [];
  const parsed = parseCardValue(card);
  return parsed && parsed.choice === undefined ? { ...parsed, in: channel } : undefined;
}

/** Splits a card's value `<thread key>|<token>`, behind which a choice may stand. */
export function parseCardValue(value: string): CardValue | undefined {
  const [key, token, choice, ...rest] = value.split('|');
  const thread = key === undefined ? undefined : parseThreadKey(key);
  if (!thread || !token || rest.length > 0) return undefined;
  if (choice === undefined) return { thread, token };
  return /^\d{1,3}$/.test(choice) ? { thread, token, choice: Number(choice) } : undefined;
}

export function routeAction(event: IncomingAction, claims: readonly string[]): Route {
  const { user, userTeam } = event;
  const from: From = { user, ...(userTeam === undefined ? {} : { userTeam }) };
  const to = (thread: ThreadRef, input: ThreadInput): Route =>
    thread.team === event.team
      ? { to: 'thread', thread, when: 'followed', input, claims }
      : { to: 'ignore', why: 'a button of another workspace' };
  switch (event.actionId) {
    case 'heddle.stop': {
      const thread = parseThreadKey(event.value);
      return thread
        ? to(thread, { kind: 'stop', ...from, via: 'button' })
        : { to: 'ignore', why: 'a malformed button' };
    }
    case 'heddle.close':
    case 'heddle.resume':
    case 'heddle.fork':
    case 'heddle.mute':
    case 'heddle.unmute': {
      const thread = parseThreadKey(event.value);
      const name = BUTTONS[event.actionId];
      return thread
        ? to(thread, { kind: 'command', ...from, name })
        : { to: 'ignore', why: 'a malformed button' };
    }
    case HANDOVER_FORM: {
      const [key = '', whom = ''] = event.value.split('|');
      const thread = parseThreadKey(key);
      if (thread?.team !== event.team) return { to: 'ignore', why: 'a malformed button' };
      return { to: 'handover-form', thread, ...(/^[UW][A-Z0-9]+$/.test(whom) ? { whom } : {}) };
    }
    case 'heddle.redo':
    case 'heddle.raise_budget':
    case 'heddle.approve':
    case 'heddle.always':
    case 'heddle.deny':
    case 'heddle.answer':
    case 'heddle.deny_reason':
    case 'heddle.answer_text': {
      const card = parseCardValue(event.value);
      if (card?.thread.team !== event.team) return { to: 'ignore', why: 'a malformed button' };
      return routeCard(event, card, from, to);
    }
    case 'heddle.details':
    case 'heddle.details_page':
    case 'heddle.feedback':
      return routeOver(event) ?? { to: 'ignore', why: 'a malformed button' };
    case 'heddle.home_refresh':
      return routeHome(event);
    case 'heddle.open':
      return { to: 'ignore', why: 'a link' };
    default:
      return { to: 'unknown', what: event.actionId };
  }
}

const BUTTONS = {
  'heddle.close': 'close',
  'heddle.resume': 'resume',
  'heddle.fork': 'fork',
  'heddle.mute': 'mute',
  'heddle.unmute': 'unmute',
} as const;

type From = Pick<StopInput, 'user' | 'userTeam'>;

function routeCard(
  { actionId: action, channel }: Pick<IncomingAction, 'actionId' | 'channel'>,
  { thread, token, choice }: CardValue,
  from: From,
  to: (thread: ThreadRef, input: ThreadInput) => Route,
): Route {
  switch (action) {
    case 'heddle.deny_reason':
      return { to: 'form', form: 'deny_reason', thread, token, in: channel };
    case 'heddle.answer_text':
      return { to: 'form', form: 'answer_text', thread, token, in: channel };
    case 'heddle.answer':
      return choice === undefined
        ? { to: 'ignore', why: 'a malformed button' }
        : to(thread, { kind: 'reply', ...from, token, choice, in: channel });
    case 'heddle.deny':
      return to(thread, { kind: 'answer', ...from, token, verdict: 'deny', in: channel });
    case 'heddle.redo':
      return to(thread, { kind: 'redo', ...from, token });
    case 'heddle.raise_budget':
      return to(thread, { kind: 'raise', ...from, token });
    default: {
      const always = action === 'heddle.always' ? { always: true as const } : {};
      return to(thread, { kind: 'answer', ...from, token, verdict: 'allow', ...always, in: channel });
    }
  }
}
