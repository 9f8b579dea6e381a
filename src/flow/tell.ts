/** Tells one person something that only they see. Best effort: nothing hangs on it. */
import type { KnownAgent } from '../core/agents.ts';
import { unbegunKey } from '../core/beginning.ts';
import { threadKey, type CommandName, type ThreadRef } from '../core/event.ts';
import { decodeState } from '../core/record.ts';
import type { Effect, Tell, ThreadState } from '../core/state.ts';
import type { Settings } from '../core/settings.ts';
import type { AgentPort, Block, Content, SlackPort, StorePort } from '../ports.ts';
import type { SessionUsage } from '../ports-usage.ts';
import { keysOf, type TunePlace } from '../core/tune.ts';
import { nearest } from '../lib/spelling.ts';
import { agentsText, costLine, costTotal, usageLine } from '../render/command-words.ts';
import { contextBlock } from '../render/message.ts';
import { isSessionAct, sessionBlocks, threadButton } from '../render/session-buttons.ts';
import { untunedLine } from '../render/setting-words.ts';
import { settingsContent } from '../render/settings-form.ts';
import { notBegunContent } from '../render/beginning.ts';
import { moreLine, sessionLine, tellLine, unshowableLine } from '../render/words.ts';
import { withToday, type TodayDeps } from './today.ts';
import type { Tuning } from './tuning.ts';

export interface TellDeps extends TodayDeps {
  readonly store: Pick<StorePort, 'once' | 'peek' | 'sessionsOf'>;
  readonly slack: Pick<SlackPort, 'ephemeral' | 'direct'>;
  readonly agent: Pick<AgentPort, 'usage'>;
  readonly agents: readonly KnownAgent[];
  readonly settings: Pick<Settings, 'agent' | 'model' | 'budget' | 'trial'>;
  /** Absent where the same settings hold everywhere. */
  readonly tuning?: Tuning;
}

/** How many sessions of a person are looked at, and how many are listed: more would bury the channel. */
const MOST = 200;
const SHOWN = 10;

/** A refusal of what somebody wrote is said once a day, thread and person. */
const REFUSAL_MS = 24 * 3_600_000;

export function textContent(text: string): Content {
  return { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }] };
}

/** The caller's own sessions, newest first, with what each is doing. */
export async function sessionsContent(
  deps: Pick<TellDeps, 'store'>,
  team: string,
  user: string,
): Promise<Content> {
  const notes = await deps.store.sessionsOf(team, user, MOST);
  const known = await Promise.all(
    notes.map(async ({ thread, at }) => ({ state: decodeState(await deps.store.peek(thread)), at })),
  );
  const all = known.flatMap(({ state, at }) => (state ? [{ state, at }] : []));
  const shown = all.slice(0, SHOWN);
  if (shown.length === 0) {
    return textContent('You have no sessions yet. Mention me in a channel, or write me a direct message.');
  }
  const rest = all.length - shown.length;
  const more = rest > 0 ? [moreLine(rest, 'sessions')] : [];
  const lines = ['*Your sessions*', ...shown.map(({ state, at }) => sessionLine(state, at)), ...more];
  const blocks = [
    contextBlock('*Your sessions*'),
    ...shown.flatMap(({ state, at }, index) =>
      sessionBlocks(state, user, { text: sessionLine(state, at), block_id: `heddle.session.${index}` }),
    ),
    ...more.map((line) => contextBlock(line)),
  ];
  return { text: lines.join('\n').slice(0, 3_800), blocks };
}

/** What the caller's newest sessions in a channel have used, and all of that together. */
export async function costsContent(
  { agent }: Pick<TellDeps, 'agent'>,
  threads: readonly Open[],
): Promise<Content> {
  const shown = threads.filter(({ state }) => sessionOf(state) !== undefined).slice(0, SHOWN);
  if (shown.length === 0) {
    return textContent(
      'You have no sessions in this channel, so nothing was spent here by you. `/heddle sessions` lists yours elsewhere.',
    );
  }
  const usages = await Promise.all(shown.map(({ state }) => usageOf(agent, state)));
  const lines = shown.map(({ state, at }, index) => {
    const usage = usages[index];
    return `${sessionLine(state, at)}\n${usage ? usageLine(usage) : 'cost not known at the moment'}`;
  });
  const head = '*What your newest sessions in this channel have used*';
  const total = costTotal(usages);
  const blocks = [head, ...lines, total].map((line) => contextBlock(line));
  return { text: [head, ...lines, total].join('\n').slice(0, 3_800), blocks };
}

/** The thread's session, or the last one that it had. */
export function sessionOf({ phase }: ThreadState): string | undefined {
  if ('session' in phase) return phase.session.id;
  // A fork's earlier session is another thread's.
  const previous = 'previous' in phase ? phase.previous : undefined;
  return previous?.from === undefined ? previous?.session : undefined;
}

/** Undefined where there is none, or where it could not be asked. */
export async function usageOf(
  agent: Pick<AgentPort, 'usage'>,
  state: ThreadState,
): Promise<SessionUsage | undefined> {
  const session = sessionOf(state);
  return session === undefined ? undefined : agent.usage(session).catch(() => undefined);
}

/** A thread of somebody's that a command may mean, and when it was last used, Unix milliseconds. */
export interface Open {
  readonly state: ThreadState;
  readonly at: number;
}

/** Several threads that a command may mean, newest first: they choose. */
export function choices(open: readonly Open[], command: CommandName, with2 = ''): Content {
  const shown = open.slice(0, SHOWN);
  const head = `You have several ${command === 'resume' ? 'closed sessions' : 'open threads'} in this channel`;
  const blocks: Block[] = [contextBlock(`*${head}:*`)];
  shown.forEach(({ state, at }, index) => {
    const text = { type: 'mrkdwn', text: sessionLine(state, at) };
    const block_id = `heddle.choice.${index}`;
    blocks.push(
      command === 'status'
        ? { type: 'section', block_id, text }
        : {
            type: 'section',
            block_id,
            text,
            accessory: threadButton(state, isSessionAct(command) ? command : 'close', with2),
          },
    );
  });
  const rest = open.length - shown.length;
  if (rest > 0) blocks.push(contextBlock(moreLine(rest, command)));
  return { text: `${head}.`, blocks };
}

async function contentOf(
  deps: TellDeps,
  state: ThreadState,
  team: string,
  user: string,
  tell: Tell,
): Promise<Content> {
  switch (tell.is) {
    case 'sessions':
      return sessionsContent(deps, team, user);
    case 'agents':
      return textContent(agentsText(deps.agents, deps.settings));
    case 'cost':
      return withToday(
        deps,
        deps.settings,
        { team, user, channel: state.thread.channel },
        textContent(
          sessionOf(state) === undefined
            ? tellLine({ is: 'nothing-open' }, state)
            : costLine(state.gen, await usageOf(deps.agent, state)),
        ),
      );
    case 'edited':
      return redoContent(state.thread, tell);
    case 'handover-whom':
      return whomContent(state, tell);
    case 'settings':
      return settingsHere(deps, state.thread, state);
    case 'untuned':
      return textContent(untunedLine(tell.wrong, meantKey(tell.wrong)));
    default:
      return textContent(tellLine(tell, state));
  }
}

/** What holds here, and a button to the form: a message brings no trigger that could open one. */
export function settingsHere(
  { tuning }: Pick<TellDeps, 'tuning'>,
  { team, channel }: Pick<ThreadRef, 'team' | 'channel'>,
  state?: ThreadState,
): Content {
  if (!tuning) return textContent(NO_SETTINGS);
  // A thread without a session has nothing yet that could have settings of its own.
  const isOurs = state && (state.phase.is !== 'none' || state.gen > 0);
  const place: TunePlace = isOurs
    ? { scope: 'thread', channel, thread: state.thread.ts }
    : { scope: 'channel', channel };
  return settingsContent(tuning.at({ team, channel }, state?.overrides), place);
}

const NO_SETTINGS = 'The same settings hold everywhere here; whoever runs Heddle sets them.';

/** The key that was perhaps meant by the one word that is none. */
function meantKey(wrong: Readonly<Record<string, string>>): string | undefined {
  const [name, ...more] = Object.keys(wrong);
  const keys = keysOf('thread').map(({ key }) => key);
  return name === undefined || more.length > 0 || keys.includes(name) ? undefined : nearest(name, keys);
}

/** To whom a thread is handed over is chosen in a form. */
function whomContent(state: ThreadState, tell: Extract<Tell, { is: 'handover-whom' }>): Content {
  const { text, blocks } = textContent(tellLine(tell, undefined));
  const elements = [threadButton(state, 'handover')];
  return { text, blocks: [...blocks, { type: 'actions', block_id: 'heddle.whom', elements }] };
}

/** They changed a message after its turn: whether the agent is to have it. */
function redoContent(thread: ThreadRef, tell: Extract<Tell, { is: 'edited' }>): Content {
  const { text, blocks } = textContent(tellLine(tell, undefined));
  const button = {
    type: 'button',
    action_id: 'heddle.redo',
    text: { type: 'plain_text', text: 'Send the changed message' },
    value: `${threadKey(thread)}|${tell.token}`,
  };
  return { text, blocks: [...blocks, { type: 'actions', block_id: 'heddle.redo', elements: [button] }] };
}

async function tellPerson(
  deps: TellDeps,
  thread: ThreadRef,
  state: ThreadState,
  { user, tell, beside, in: there }: Extract<Effect, { do: 'tell' }>,
): Promise<void> {
  const { team, channel, ts } = thread;
  const saidOnce = tell.is === 'refused' && !tell.clicked;
  if (saidOnce && !(await deps.store.once(`refused:${threadKey(thread)}:${user}`, REFUSAL_MS))) return;
  const content = await contentOf(deps, state, team, user, tell);
  const where = there !== undefined ? { channel: there } : beside ? {} : { threadTs: ts };
  await deps.slack.ephemeral({ team, channel, ...where, user, priority: 'first', content });
}

/** Tells somebody, once a day and thread, that their thread cannot be written to. */
async function tellDirectly(
  deps: TellDeps,
  thread: ThreadRef,
  { user, code, words, id }: Extract<Effect, { do: 'tell-direct' }>,
): Promise<void> {
  const key = id === undefined ? `unshowable:${threadKey(thread)}:${user}` : unbegunKey(id);
  if (!(await deps.store.once(key, REFUSAL_MS))) return;
  const content =
    words === undefined
      ? textContent(unshowableLine(thread.channel, code))
      : notBegunContent(thread.channel, code, words);
  await deps.slack.direct({ team: thread.team, user, priority: 'first', content });
}

/** Tells one person what only they read: beside the thread, or in a direct message. */
export function tell(
  deps: TellDeps,
  thread: ThreadRef,
  state: ThreadState,
  effect: Extract<Effect, { do: 'tell' | 'tell-direct' }>,
): Promise<void> {
  return effect.do === 'tell' ? tellPerson(deps, thread, state, effect) : tellDirectly(deps, thread, effect);
}
