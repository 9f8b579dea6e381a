/** Tells one person something that only they see. Best effort: nothing hangs on it. */
import { threadKey, type CommandName, type ThreadRef } from '../core/event.ts';
import { decodeState } from '../core/record.ts';
import type { Effect, ThreadState } from '../core/state.ts';
import type { Block, Content, SlackPort, StorePort } from '../ports.ts';
import { contextBlock } from '../render/message.ts';
import { moreLine, sessionLine, tellLine, unshowableLine } from '../render/words.ts';

export interface TellDeps {
  readonly store: Pick<StorePort, 'once' | 'peek' | 'sessionsOf'>;
  readonly slack: Pick<SlackPort, 'ephemeral' | 'direct'>;
}

/** How many sessions of a person are looked at, and how many are listed: more would bury the channel. */
const MOST = 200;
const SHOWN = 10;

/** A refusal is said once a day, thread and person. */
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
  const all = known.flatMap(({ state, at }) => (state ? [sessionLine(state, at)] : []));
  const lines = all.slice(0, SHOWN);
  if (lines.length === 0) {
    return textContent('You have no sessions yet. Mention me in a channel, or write me a direct message.');
  }
  if (all.length > lines.length) lines.push(moreLine(all.length - lines.length, 'sessions'));
  const text = ['*Your sessions*', ...lines].join('\n');
  const blocks = [contextBlock('*Your sessions*'), ...lines.map((line) => contextBlock(line))];
  return { text: text.slice(0, 3_800), blocks };
}

/** A thread of somebody's that a command may mean, and when it was last used, Unix milliseconds. */
export interface Open {
  readonly state: ThreadState;
  readonly at: number;
}

/** Several threads that a command may mean, newest first: they choose. */
export function choices(open: readonly Open[], command: CommandName): Content {
  const shown = open.slice(0, SHOWN);
  const blocks: Block[] = [contextBlock('*You have several open threads in this channel:*')];
  shown.forEach(({ state, at }, index) => {
    const text = { type: 'mrkdwn', text: sessionLine(state, at) };
    const label = command === 'stop' ? 'Stop' : 'Close';
    const button = {
      type: 'button',
      action_id: command === 'stop' ? 'heddle.stop' : 'heddle.close',
      text: { type: 'plain_text', text: label },
      value: threadKey(state.thread),
    };
    const block_id = `heddle.choice.${index}`;
    blocks.push(
      command === 'status'
        ? { type: 'section', block_id, text }
        : { type: 'section', block_id, text, accessory: button },
    );
  });
  const rest = open.length - shown.length;
  if (rest > 0) blocks.push(contextBlock(moreLine(rest, command)));
  return { text: 'You have several open threads in this channel.', blocks };
}

async function tellPerson(
  deps: TellDeps,
  thread: ThreadRef,
  state: ThreadState,
  { user, tell, beside }: Extract<Effect, { do: 'tell' }>,
): Promise<void> {
  const { team, channel, ts } = thread;
  if (tell.is === 'refused' && !(await deps.store.once(`refused:${threadKey(thread)}:${user}`, REFUSAL_MS)))
    return;
  const content =
    tell.is === 'sessions' ? await sessionsContent(deps, team, user) : textContent(tellLine(tell, state));
  const where = beside ? {} : { threadTs: ts };
  await deps.slack.ephemeral({ team, channel, ...where, user, priority: 'first', content });
}

/** Tells somebody, once a day and thread, that their thread cannot be written to. */
async function tellDirectly(
  deps: TellDeps,
  thread: ThreadRef,
  { user, code }: Extract<Effect, { do: 'tell-direct' }>,
): Promise<void> {
  if (!(await deps.store.once(`unshowable:${threadKey(thread)}:${user}`, REFUSAL_MS))) return;
  const content = textContent(unshowableLine(thread.channel, code));
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
