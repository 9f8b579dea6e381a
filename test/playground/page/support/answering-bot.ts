/** A tiny bot with one of everything the page has to show: a growing answer, a button, a form with errors. */
import type { SlackServer } from '../../../../src/playground/slack/index.ts';
import { startTinyBot, type Envelope, type Json, type TinyBot } from './tiny-bot.ts';

export interface AnsweringBot extends TinyBot {
  /** Submitted forms, newest last. */
  readonly forms: Json[];
  /** Types of the events that came. */
  readonly events: string[];
  /** Pressed elements by action id. */
  readonly clicks: string[];
  /** What they brought. */
  readonly actions: Json[];
  /** Lets the answer grow by one step; it waits otherwise. */
  grow(text: string): Promise<void>;
}

const plain = (text: string): Json => ({ type: 'plain_text', text });

function answerBlocks(text: string): Json[] {
  const button = (action_id: string, label: string, style?: string): Json => ({
    type: 'button',
    action_id,
    text: plain(label),
    value: 'v',
    ...(style === undefined ? {} : { style }),
  });
  return [
    { type: 'markdown', text },
    {
      type: 'actions',
      block_id: 'choices',
      elements: [button('demo.approve', 'Approve', 'primary'), button('demo.form', 'Deny with a reason')],
    },
  ];
}

/** One of every element that a message may hold; posted where somebody says “card”. */
const cardBlocks: Json[] = [
  {
    type: 'section',
    text: plain('Where should it stand?'),
    accessory: {
      type: 'static_select',
      action_id: 'demo.choose',
      options: ['Hall', 'Attic'].map((text) => ({ text: plain(text), value: text })),
    },
  },
  {
    type: 'actions',
    block_id: 'row',
    elements: [
      {
        type: 'radio_buttons',
        action_id: 'demo.mode',
        options: ['slow', 'fast'].map((text) => ({ text: plain(text), value: text })),
      },
      {
        type: 'overflow',
        action_id: 'demo.more',
        options: [{ text: plain('Always allow'), value: 'always' }],
      },
    ],
  },
  {
    type: 'input',
    block_id: 'own',
    dispatch_action: true,
    label: plain('In your own words'),
    element: { type: 'plain_text_input', action_id: 'demo.own' },
  },
];

const form: Json = {
  type: 'modal',
  callback_id: 'demo',
  title: plain('Deny'),
  submit: plain('Send'),
  blocks: [
    {
      type: 'input',
      block_id: 'why',
      label: plain('Reason'),
      element: { type: 'plain_text_input', action_id: 'text', multiline: true },
    },
    {
      type: 'input',
      block_id: 'level',
      label: plain('Severity'),
      element: {
        type: 'static_select',
        action_id: 'pick',
        options: [
          { text: plain('Low'), value: 'low' },
          { text: plain('High'), value: 'high' },
        ],
      },
    },
    {
      type: 'input',
      block_id: 'also',
      optional: true,
      label: plain('Also'),
      element: {
        type: 'checkboxes',
        action_id: 'boxes',
        options: [{ text: plain('Stop the session'), value: 'stop' }],
      },
    },
  ],
};

export async function startAnsweringBot(slack: SlackServer): Promise<AnsweringBot> {
  const forms: Json[] = [];
  const clicks: string[] = [];
  const actions: Json[] = [];
  const events: string[] = [];
  let posted: { channel: string; ts: string } | null = null;

  const mentioned = async (bot: TinyBot, event: Json): Promise<void> => {
    const channel = String(event['channel']);
    const thread_ts = String(event['thread_ts'] ?? event['ts']);
    await bot.api('agents.sessions.setStatus', { channel_id: channel, thread_ts, status: 'processing' });
    const { ts } = await bot.api('chat.postMessage', {
      channel,
      thread_ts,
      text: 'One',
      blocks: answerBlocks('One'),
    });
    posted = { channel, ts: String(ts) };
    const text = String(event['text']);
    if (text.includes('card')) {
      await bot.api('chat.postMessage', { channel, thread_ts, text: 'card', blocks: cardBlocks });
    }
    if (text.includes('whisper')) {
      await bot.api('chat.postEphemeral', { channel, thread_ts, user: event['user'], text: 'Only for you' });
    }
  };

  const homeOpened = async (bot: TinyBot, event: Json): Promise<void> => {
    if (event['tab'] === 'home') {
      const blocks = [{ type: 'header', text: plain('My sessions') }];
      await bot.api('views.publish', { user_id: event['user'], view: { type: 'home', blocks } });
      return;
    }
    const prompts = [{ title: 'What can you do?', message: 'Tell me what you can do.' }];
    await bot.api('assistant.threads.setSuggestedPrompts', { channel_id: event['channel'], prompts });
  };

  const hear = async ({ type, payload }: Envelope, bot: TinyBot): Promise<Json | null> => {
    const event = payload['event'] as Json | undefined;
    if (event !== undefined) events.push(String(event['type']));
    if (type === 'events_api' && event?.['type'] === 'app_mention') {
      await mentioned(bot, event);
    }
    if (type === 'events_api' && event?.['type'] === 'app_home_opened') await homeOpened(bot, event);
    if (type === 'slash_commands')
      return { response_type: 'ephemeral', text: `You said *${String(payload['text'])}*` };
    if (type !== 'interactive') return null;
    if (payload['type'] === 'message_action' || payload['type'] === 'shortcut') {
      await bot.api('views.open', { trigger_id: payload['trigger_id'], view: form });
    }
    if (payload['type'] === 'block_actions') {
      const [action] = payload['actions'] as Json[];
      clicks.push(String(action?.['action_id']));
      actions.push({ ...action, state: payload['state'] });
      if (action?.['action_id'] === 'demo.form') {
        await bot.api('views.open', { trigger_id: payload['trigger_id'], view: form });
      }
      return null;
    }
    return payload['type'] === 'view_submission' ? submitted(payload) : null;
  };

  const submitted = (payload: Json): Json | null => {
    const { values } = (payload['view'] as Json)['state'] as { values: Record<string, Record<string, Json>> };
    forms.push(values);
    const reason = values['why']?.['text']?.['value'];
    return typeof reason !== 'string' || reason.length < 5
      ? { response_action: 'errors', errors: { why: 'Say a little more.' } }
      : null;
  };

  const bot = await startTinyBot(slack, hear);
  return {
    ...bot,
    forms,
    clicks,
    actions,
    events,
    async grow(text) {
      if (posted === null) throw new Error('nothing was posted yet');
      await bot.api('chat.update', { ...posted, text, blocks: answerBlocks(text) });
    },
  };
}
