/** What holds in App Home's reader's workspace, where each of it comes from, and a way to change it. Pure. */
import { agentHere } from '../core/agents.ts';
import type { TunePlace } from '../core/tune.ts';
import type { Block } from '../ports.ts';
import { dollars } from './command-words.ts';
import type { HomeView } from './home.ts';
import { contextBlock } from './message.ts';
import { duration } from './phrases.ts';
import { sourceWords } from './setting-words.ts';
import { settingsButton } from './settings-form.ts';
import { escapeSlack, oneLine } from './text.ts';

export function homeDefaults(view: HomeView): readonly Block[] {
  const lines = linesOf(view);
  return [
    { type: 'header', text: { type: 'plain_text', text: 'Defaults' } },
    { type: 'section', text: { type: 'mrkdwn', text: lines.join('\n'), verbatim: true } },
    contextBlock('A channel or thread may say otherwise. `/heddle settings` shows what holds in a channel.'),
    ...buttons(view),
  ];
}

function linesOf({ settings, source, agents }: HomeView): readonly string[] {
  const { busyMode, idleTimeoutMs, sessionBudgetUsd, approval, replyMode } = settings;
  const here = agentHere(agents, settings);
  const busy = {
    steer: 'is taken up by the agent as it works',
    interrupt: 'interrupts it',
    queue: 'waits until it is done',
  }[busyMode];
  const replies = {
    mention_only: 'Only messages that mention me are for the agent',
    thread: 'Replies in my threads are for the agent, without a mention',
    every_message: 'Every message in a channel is for the agent',
  }[replyMode];
  const from = (key: string): string => (source ? ` _(${sourceWords(source[key])})_` : '');
  const expiry = `An approval that nobody gives expires after ${duration(approval.expiresMs)}`;
  return [
    here ? `• *${escapeSlack(oneLine(here.name, 60))}* answers${from('agent')}.` : '',
    `• ${replies}${from('reply_mode')}.`,
    `• A reply while the agent works ${busy}${from('busy_mode')}.`,
    idleTimeoutMs > 0
      ? `• A quiet session is closed after ${duration(idleTimeoutMs)}${from('idle_timeout')}.`
      : '',
    `• Budget: ${sessionBudgetUsd > 0 ? `${dollars(sessionBudgetUsd)} a session` : 'none'}${from('session_budget_usd')}.`,
    approval.expiresMs > 0 ? `• ${expiry}${from('approval.expires')}.` : '',
  ].filter(Boolean);
}

/** The workspace's for admins, their own direct message's for everybody: neither is known without the latter. */
function buttons({ channel, person, source }: HomeView): readonly Block[] {
  if (channel === undefined || !source) return [];
  const own = row('own', 'What holds in our direct messages.', { scope: 'channel', channel });
  const all = row('all', 'What holds in the whole workspace.', { scope: 'workspace', channel });
  return person.role === 'admin' ? [all, own] : [own];
}

function row(name: string, text: string, place: TunePlace): Block {
  const accessory = settingsButton(place);
  return { type: 'section', block_id: `heddle.home.${name}`, text: { type: 'mrkdwn', text }, accessory };
}
