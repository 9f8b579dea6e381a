/** Tells one person something that only they see. Best effort: nothing hangs on it. */
import { threadKey, type ThreadRef } from '../core/event.ts';
import { decodeState } from '../core/record.ts';
import type { Effect, ThreadState } from '../core/state.ts';
import type { Content, SlackPort, StorePort } from '../ports.ts';
import { contextBlock } from '../render/message.ts';
import { sessionLine, tellLine, unshowableLine } from '../render/words.ts';

export interface TellDeps {
  readonly store: Pick<StorePort, 'once' | 'peek' | 'sessionsOf'>;
  readonly slack: Pick<SlackPort, 'ephemeral' | 'direct'>;
}

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
  const notes = await deps.store.sessionsOf(team, user, 20);
  const lines: string[] = [];
  for (const { thread, at } of notes) {
    const state = decodeState(await deps.store.peek(thread));
    if (state) lines.push(sessionLine(state, at));
  }
  if (lines.length === 0) {
    return textContent('You have no sessions yet. Mention me in a channel, or write me a direct message.');
  }
  const text = ['*Your sessions*', ...lines].join('\n');
  const blocks = [contextBlock('*Your sessions*'), ...lines.slice(0, 40).map((line) => contextBlock(line))];
  return { text: text.slice(0, 3_800), blocks };
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
