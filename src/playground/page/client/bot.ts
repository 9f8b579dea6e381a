/** The bot's process: what it is doing, in words, and what can be done to it. */
import type { BotProcess } from '../parent-api.ts';
import type { App } from './app.ts';
import { attempt, toast } from './app.ts';
import { icon } from './icons.ts';
import { withoutBusy } from './places.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

type Exited = Extract<BotProcess, { state: 'exited' }>;

export interface BotWords {
  readonly tone: 'good' | 'wait' | 'bad';
  readonly words: string;
  readonly title: string;
  /** Whether there is a process that could be killed. */
  readonly alive: boolean;
}

/** @param present whether a bot is connected to the Slack server, whoever started it */
export function describeBot(bot: BotProcess | null, present: boolean, now: number): BotWords {
  if (bot === null || bot.state === 'absent') {
    const title = 'No bot process belongs to this page';
    if (present) return { tone: 'good', words: 'Bot connected', title, alive: false };
    return { tone: 'bad', words: 'No bot', title, alive: false };
  }
  switch (bot.state) {
    case 'starting':
      return {
        tone: 'wait',
        words: 'Bot starting',
        title: `Process ${bot.pid} is not ready yet`,
        alive: true,
      };
    case 'running':
      return {
        tone: present ? 'good' : 'wait',
        words: present ? 'Bot running' : 'Bot not connected',
        title: `Process ${bot.pid}, up for ${Math.max(0, Math.round((now - bot.since) / 1000))} s`,
        alive: true,
      };
    case 'stopping':
      return {
        tone: 'wait',
        words: 'Bot stopping',
        title: `Process ${bot.pid} finishes its work`,
        alive: true,
      };
    case 'killed':
      return {
        tone: 'bad',
        words: 'Bot killed',
        title: 'Killed with SIGKILL from this page. Press Restart: it goes on where it was.',
        alive: false,
      };
    case 'exited': {
      const { why, next } = wordsOfExit(bot, now);
      return { tone: 'bad', words: `Bot exited, ${howOf(bot)}`, title: `${why} ${next}`, alive: false };
    }
  }
}

function howOf(bot: Exited): string {
  return bot.signal ?? (bot.code === null ? 'not started' : `code ${bot.code}`);
}

/** Why a process that ended by itself is gone, and what comes next. */
export function wordsOfExit(bot: Exited, now: number): { readonly why: string; readonly next: string } {
  const why = bot.said === '' ? `${howOf(bot)}, without a word.` : bot.said;
  if (bot.retry_at === null)
    return { why, next: 'It is not started again by itself. Put it right, then press Restart.' };
  const seconds = Math.ceil((bot.retry_at - now) / 1000);
  return { why, next: seconds > 0 ? `It is started again in ${seconds} s.` : 'It is started again now.' };
}

export function botControls(app: App): VNode {
  const { parent, page } = app.model;
  const bot = parent?.bot ?? null;
  const shown = describeBot(bot, page?.bot_present ?? false, app.model.now);
  return h(
    'div',
    { class: 'bot', role: 'group', 'aria-label': 'Bot process' },
    h(
      'span',
      { class: `bot-state bot-${shown.tone}`, role: 'status', title: shown.title },
      h('span', { class: 'lamp', 'aria-hidden': 'true' }),
      h('span', { class: 'bot-words' }, shown.words),
      bot !== null && 'pid' in bot ? h('code', { class: 'bot-pid' }, `pid ${bot.pid}`) : null,
    ),
    bot === null || bot.state === 'absent'
      ? null
      : [killButton(app, shown.alive), restartButton(app, bot, shown.alive)],
  );
}

function killButton(app: App, alive: boolean): VNode {
  return h(
    'button',
    {
      key: 'kill',
      type: 'button',
      class: 'button bot-kill',
      disabled: !alive,
      'aria-busy': app.model.busy.has('kill') ? 'true' : null,
      title: 'kill -9: the process dies at once, in the middle of whatever it does',
      onclick: () => act(app, 'kill'),
    },
    icon('bolt'),
    h('span', null, 'Kill'),
  );
}

function restartButton(app: App, bot: BotProcess, alive: boolean): VNode {
  const stopping = bot.state === 'stopping';
  return h(
    'button',
    {
      key: 'restart',
      type: 'button',
      class: alive ? 'button' : 'button button-primary',
      disabled: stopping,
      'aria-busy': stopping || app.model.busy.has('restart') ? 'true' : null,
      title: alive
        ? 'As a deploy does it: the process is asked to stop (SIGTERM), then a new one starts'
        : 'Start the process again',
      onclick: () => act(app, 'restart'),
    },
    icon('refresh'),
    h('span', null, 'Restart'),
  );
}

/** What it did is told by the parent's event stream, which may be ahead of the answer; the answer is not news. */
function act(app: App, action: 'kill' | 'restart'): void {
  if (app.model.busy.has(action)) return;
  app.update((model) => ({ ...model, busy: new Set(model.busy).add(action) }));
  attempt(app, async () => {
    try {
      const answer = await app.api.parentAct(action);
      if (!answer.ok) toast(app, answer.error, 'bad');
    } finally {
      app.update((model) => ({ ...model, busy: withoutBusy(model, action) }));
    }
  });
}
