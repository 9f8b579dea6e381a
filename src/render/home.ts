/**
 * A person's App Home (docs.slack.dev/surfaces/app-home): what waits for them, their sessions, costs, defaults, help.
 * Pure; only the person's own things. At most 100 blocks.
 */
import { groupsAsked, refusalOf, ruleOf } from '../core/approvals.ts';
import { copiesOf, copySlot } from '../core/copies.ts';
import type { KnownAgent } from '../core/agents.ts';
import type { Person } from '../core/event.ts';
import type { Resolved } from '../core/layers.ts';
import type { Settings } from '../core/settings.ts';
import type { Ask, ThreadState } from '../core/state.ts';
import type { Block } from '../ports.ts';
import type { SessionUsage } from '../ports-usage.ts';
import { costTotal, help, usageLine } from './command-words.ts';
import { homeDefaults } from './home-defaults.ts';
import { contextBlock } from './message.ts';
import { moment } from './phrases.ts';
import { sessionBlocks, standingOf } from './session-buttons.ts';
import { visibleBidi } from './safety.ts';
import { escapeSlack, oneLine } from './text.ts';
import { sessionLine, tellLine, threadLink } from './words.ts';

export const REFRESH = 'heddle.home_refresh';

/** A thread in which the person takes part, and when they last did (Unix milliseconds). */
export interface HomeThread {
  readonly state: ThreadState;
  readonly at: number;
  /** Absent where it could not be asked, or was not. */
  readonly usage?: SessionUsage;
}

export interface HomeView {
  readonly person: Person;
  /** Newest first. */
  readonly threads: readonly HomeThread[];
  /** Threads of others in which they are asked to decide. */
  readonly asked?: readonly HomeThread[];
  /** What holds where no channel says otherwise. */
  readonly settings: Settings;
  /** Where each of it comes from, by key; absent where the same settings hold everywhere. */
  readonly source?: Resolved['source'];
  /** Their direct message with the bot. */
  readonly channel?: string;
  readonly agents: readonly KnownAgent[];
  /** What they and the workspace spent today, in words; absent where that is not known. */
  readonly today?: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/** How many of each kind are shown: 100 blocks are all that Slack takes. */
const MOST = 20;
/** Each session has a line, and a row of buttons. */
const SESSIONS_MOST = 10;
/** Of those that are closed: the newest, which somebody may want to go on with. */
const CLOSED_MOST = 5;

const header = (text: string): Block => ({ type: 'header', text: { type: 'plain_text', text } });
const section = (text: string): Block => ({
  type: 'section',
  text: { type: 'mrkdwn', text, verbatim: true },
});

/** Open cards and questions of a thread that this person may answer. */
export function asksFor(state: ThreadState, person: Person, settings: Settings): readonly Ask[] {
  return state.asks.filter((ask) => {
    if (ask.step.is !== 'open') return false;
    if (ask.question) return true;
    const rule = ruleOf(state, ask);
    if ((ask.votes ?? []).includes(person.user)) return false;
    return refusalOf(person, rule, ask.votes ?? [], { verdict: 'deny' }, settings) === undefined;
  });
}

/** User groups that have to be known to say what waits for somebody. */
export function groupsOf(threads: readonly Pick<HomeThread, 'state'>[]): readonly string[] {
  return [...new Set(threads.flatMap(({ state }) => groupsAsked(state)))];
}

export function homeBlocks(view: HomeView): readonly Block[] {
  const { now, threads, person } = view;
  const { user } = person;
  const of = (standing: ReturnType<typeof standingOf>): readonly HomeThread[] =>
    threads.filter(({ state }) => standingOf(state) === standing);
  return [
    contextBlock(`As of ${moment(now)}.`),
    {
      type: 'actions',
      block_id: 'heddle.home',
      elements: [button(REFRESH, 'Refresh', view.channel ?? 'refresh')],
    },
    ...waiting(view),
    ...sessions('Running', of('running'), 'stop', user, 'Nothing of yours runs.'),
    ...sessions(
      'Resting',
      of('resting'),
      'close',
      user,
      'You have no open session. Mention me in a channel, or write to me under Messages.',
    ),
    ...sessions('Closed', of('over').filter(isKept), 'resume', user, 'Nothing that could be resumed.'),
    ...costs(view),
    ...homeDefaults(view),
    header('Help'),
    section(help('channel')),
  ];
}

/** What stands there for people who may not use the bot. */
export function homeRefused(role: Person['role']): readonly Block[] {
  const tell = role === 'unknown' ? ({ is: 'unverified' } as const) : ({ is: 'refused', role } as const);
  const again = role === 'unknown' ? [button(REFRESH, 'Try again', 'refresh')] : [];
  return [
    section(tellLine(tell, undefined)),
    ...(again.length > 0 ? [{ type: 'actions', block_id: 'heddle.home', elements: again }] : []),
  ];
}

function button(action_id: string, label: string, value: string, more: object = {}): Block {
  return { type: 'button', action_id, text: { type: 'plain_text', text: label }, value, ...more };
}

function waiting({ threads, asked = [], person, settings }: HomeView): readonly Block[] {
  const of = ({ state }: HomeThread): readonly { state: ThreadState; ask: Ask }[] =>
    asksFor(state, person, settings).map((ask) => ({ state, ask }));
  // A question is for who takes part.
  const all = [...threads.flatMap(of), ...asked.flatMap(of).filter(({ ask }) => !ask.question)];
  const lines = all.slice(0, MOST).map(({ state, ask }) => section(waitingLine(state, ask, person)));
  const more = all.length - lines.length;
  return [
    header('Waiting for you'),
    ...(lines.length > 0 ? lines : [contextBlock('Nothing waits for your approval or answer.')]),
    ...(more > 0 ? [contextBlock(`…and ${more} more.`)] : []),
  ];
}

/** Where the card is that this person decides on. */
function decideLink(state: ThreadState, ask: Ask, { user }: Person): string {
  const copy = copiesOf(ask).find((each) => each.user === user);
  const ts = copy && state.posted[copySlot(ask, user)]?.ts;
  return copy && ts !== undefined
    ? threadLink({ ...state.thread, channel: copy.channel, ts }, 'Decide in your direct messages')
    : threadLink(state.thread, 'Decide in the thread');
}

function waitingLine(state: ThreadState, ask: Ask, person: Person): string {
  const link = decideLink(state, ask, person);
  const where = `in <#${state.thread.channel}>`;
  const safe = (text: string, max: number): string => escapeSlack(oneLine(visibleBidi(text), max));
  if (ask.question) return `:question: ${safe(ask.question.text, 200)} ${where}. ${link}`;
  return `:raised_hand: Approve or deny \`${safe(ask.name, 80).replaceAll('`', "'")}\` ${where}. ${link}`;
}

/** It had a session. */
function isKept({ state }: HomeThread): boolean {
  return state.gen > 0;
}

function sessions(
  title: string,
  threads: readonly HomeThread[],
  what: 'stop' | 'close' | 'resume',
  user: string,
  empty: string,
): readonly Block[] {
  const shown = threads.slice(0, what === 'resume' ? CLOSED_MOST : SESSIONS_MOST);
  const blocks = shown.flatMap(({ state, at, usage }, index) => {
    const text = `${sessionLine(state, at)}${usage ? `\n${usageLine(usage)}` : ''}`;
    return sessionBlocks(state, user, { text, block_id: `heddle.home.${what}.${index}` });
  });
  const more = threads.length - shown.length;
  return [
    header(title),
    ...(blocks.length > 0 ? blocks : [contextBlock(empty)]),
    ...(more > 0 ? [contextBlock(`…and ${more} more.`)] : []),
  ];
}

function costs({ threads, today }: HomeView): readonly Block[] {
  const open = threads.filter(({ state }) => standingOf(state) !== 'over');
  const usages = open.map(({ usage }) => usage);
  const line =
    usages.length === 0
      ? 'No open session costs anything.'
      : `Your open sessions. ${costTotal(usages)} \`/heddle cost\` in a channel includes those that are closed.`;
  return [header('Costs'), contextBlock(line), ...(today === undefined ? [] : [contextBlock(today)])];
}
