/** Commands without a thread: `/heddle …`, and the same words after a mention at the top of a channel. */
import { firstWord } from '../core/commands.ts';
import { COMMANDS, type CommandName, type ThreadInput, type ThreadRef } from '../core/event.ts';
import type { KnownAgent } from '../core/agents.ts';
import { careOf } from '../core/care.ts';
import { ownerOf } from '../core/owner.ts';
import { mayStop, mayTalk } from '../core/policy.ts';
import { decodeState } from '../core/record.ts';
import type { Route } from '../core/route.ts';
import type { Settings } from '../core/settings.ts';
import type { ThreadState } from '../core/state.ts';
import { unescape } from '../core/words.ts';
import { nearest } from '../lib/spelling.ts';
import type { Admitted, AgentPort, Content, SlackPort, StorePort } from '../ports.ts';
import { agentsText, help, unknownCommand, type Place } from '../render/command-words.ts';
import { standingOf } from '../render/session-buttons.ts';
import { statusLine, tellLine } from '../render/words.ts';
import { choices, costsContent, sessionsContent, settingsHere, textContent, type Open } from './tell.ts';
import { withToday, type TodayDeps } from './today.ts';
import type { Tuning } from './tuning.ts';

export interface CommandDeps extends TodayDeps {
  readonly store: StorePort;
  readonly slack: Pick<SlackPort, 'person'>;
  readonly agent: Pick<AgentPort, 'usage'>;
  readonly agents: readonly KnownAgent[];
  readonly tuning?: Tuning;
}

export type ToPerson = Extract<Route, { to: 'person' }>;
export type AdmitTo = (thread: ThreadRef, input: ThreadInput) => Promise<Admitted>;

export function placeIn(channel: string): Place {
  return channel.startsWith('D') ? 'im' : 'channel';
}

/** Words behind `/heddle` that are no command. */
export function unknownWords(text: string, channel: string): Content {
  const word = firstWord(unescape(text));
  const guess = nearest(word, [...COMMANDS, 'hand']);
  return textContent(unknownCommand(word, guess === 'hand' ? 'hand over' : guess, placeIn(channel)));
}

/** What changes something that is everybody's in the thread. */
const ACTS: ReadonlySet<CommandName> = new Set(['stop', 'close', 'handover', 'mute', 'unmute']);

/** @param settings what holds in the channel */
export async function runCommand(
  deps: CommandDeps,
  settings: Settings,
  to: ToPerson,
  admit: AdmitTo,
): Promise<Content> {
  const { command, team, user, channel } = to;
  if (command === 'help') return textContent(help(placeIn(channel)));
  const person = await deps.slack.person(team, user, to.userTeam);
  const may = (ACTS.has(command) ? mayStop : mayTalk)(person, settings);
  if (may === 'no') return textContent(tellLine({ is: 'refused', role: person.role }, undefined));
  if (may === 'unverified') return textContent(tellLine({ is: 'unverified' }, undefined));
  switch (command) {
    case 'agents':
      return textContent(agentsText(deps.agents, settings));
    case 'settings':
      return settingsHere(deps, to);
    case 'sessions':
      return sessionsContent(deps, team, user);
    case 'cost':
      return withToday(deps, settings, to, await costsContent(deps, await ownThreads(deps, to)));
    default:
      return forOnlyThread(deps, to, command, admit);
  }
}

/** Acts on the caller's only open thread in this channel; with several, they choose. */
async function forOnlyThread(
  deps: CommandDeps,
  to: ToPerson,
  command: CommandName,
  admit: AdmitTo,
): Promise<Content> {
  const open = (await ownThreads(deps, to)).filter(({ state }) => isMeant(command, state, to.user));
  const [only] = open;
  if (!only) {
    const what = NONE[command] ?? 'You have no open session';
    return textContent(`${what} in this channel. \`/heddle sessions\` lists your sessions elsewhere.`);
  }
  const care = careOf(command, to.rest);
  const { to: whom } = care;
  if (open.length > 1 || (command === 'handover' && whom === undefined)) return choices(open, command, whom);
  const { state } = only;
  if (command === 'status') return textContent(statusLine(state));
  const user = { user: to.user, ...(to.userTeam === undefined ? {} : { userTeam: to.userTeam }) };
  if (command === 'close' && isRunning(state)) return textContent(tellLine({ is: 'still-working' }, state));
  const input: ThreadInput =
    command === 'stop'
      ? { kind: 'stop', ...user, via: 'command' }
      : { kind: 'command', ...user, name: isOfThread(command) ? command : 'close', ...care };
  await admit(state.thread, input);
  return textContent(`${DOING[command] ?? 'Closing your session'} in this channel.`);
}

/** What the thread's own actor does, under the same name. */
function isOfThread(command: CommandName): command is 'mute' | 'unmute' | 'resume' | 'handover' | 'fork' {
  return ['mute', 'unmute', 'resume', 'handover', 'fork'].includes(command);
}

const NONE: Readonly<Partial<Record<CommandName, string>>> = {
  stop: 'Nothing of yours is running',
  resume: 'You have no closed session',
  handover: 'You have no open thread that could be handed over',
  fork: 'You have no open session that could be forked',
  mute: 'You have no open session that is not muted',
  unmute: 'You have no muted session',
};

const DOING: Readonly<Partial<Record<CommandName, string>>> = {
  stop: 'Stopping your run',
  resume: 'Opening your session again',
  handover: 'Handing your thread over',
  fork: 'Forking your thread',
  mute: 'Muting me in your thread',
  unmute: 'Unmuting me in your thread',
};

/** Whether a command can mean this thread. */
function isMeant(command: CommandName, state: ThreadState, user: string): boolean {
  if (command === 'stop') return isRunning(state);
  if (command === 'resume') return standingOf(state) === 'over' && state.gen > 0;
  if (standingOf(state) === 'over' || state.phase.is === 'closing') return false;
  if (command === 'handover') return state.surface !== 'im' && ownerOf(state) === user;
  if (command === 'mute' || command === 'unmute')
    return state.surface !== 'im' && (state.muted === undefined) === (command === 'mute');
  return true;
}

export function isRunning({ phase, turns }: ThreadState): boolean {
  return (
    phase.is === 'working' ||
    phase.is === 'asking' ||
    phase.is === 'starting' ||
    turns.some((turn) => !turn.end)
  );
}

/** The caller's threads in this channel, newest first. */
async function ownThreads({ store }: CommandDeps, to: ToPerson): Promise<readonly Open[]> {
  const notes = (await store.sessionsOf(to.team, to.user, 200)).filter(
    ({ thread }) => thread.channel === to.channel,
  );
  const states = await Promise.all(
    notes.map(async ({ thread, at }) => ({ state: decodeState(await store.peek(thread)), at })),
  );
  return states.flatMap(({ state, at }) => (state ? [{ state, at }] : []));
}
