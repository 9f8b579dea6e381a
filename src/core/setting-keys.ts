/** Every setting that can be set by channel: how it is read, shown, who may change it, and from when on it counts. */
import { no, parseList, yes, type Entry, type Parsed } from './setting-entry.ts';
import { SESSION_KEYS } from './session-keys.ts';
import { define, inside, plain, PLACES, type SettingKey } from './setting-key.ts';

export type { SettingKey } from './setting-key.ts';

const DOLLARS: Entry = { is: 'number', least: 0, most: 100_000 };

/** `requester`, people and user groups; mentions as Slack writes them count too. */
function parseApprovers(raw: unknown): Parsed {
  const list = parseList(raw === 'nobody' ? [] : raw, 50);
  if (!list.ok || !Array.isArray(list.value)) return list;
  const ids = list.value.map(
    (each: string) => /^<[@!](?:subteam\^)?([A-Z0-9]+)(?:\|[^>]*)?>$/.exec(each)?.[1] ?? each,
  );
  const wrong = ids.find((each) => !/^(?:requester|[UWS][A-Z0-9]{2,20})$/.test(each));
  if (wrong === undefined) return yes(ids);
  return no(`“${wrong.slice(0, 40)}” is neither requester, nor a person (U…), nor a user group (S…).`);
}

export const KEYS: readonly SettingKey[] = [
  define(
    {
      key: 'enabled',
      title: 'On',
      help: 'Whether Heddle works here at all. Off: it says so to whoever writes to it.',
      entry: { is: 'yes-no' },
      scopes: PLACES,
      who: 'admin',
    },
    plain('enabled'),
  ),
  define(
    {
      key: 'agent',
      title: 'Agent',
      help: 'Name of an agent in heddle.yaml, or its id, with a version to pin it (agent_x@7). Empty: the default one.',
      entry: { is: 'text', most: 100 },
      empty: 'the default one',
      when: 'next',
    },
    plain('agent'),
  ),
  define(
    {
      key: 'environment',
      title: 'Environment',
      help: 'Name of an environment in heddle.yaml, or its id. Empty: the default one.',
      entry: { is: 'text', most: 100 },
      empty: 'the default one',
      scopes: PLACES,
      who: 'admin',
      when: 'next',
    },
    plain('environment'),
  ),
  define(
    {
      key: 'model',
      title: 'Model',
      help: 'In place of the agent’s own model. Empty: the agent’s.',
      entry: { is: 'text', most: 100 },
      empty: 'the agent’s own',
      when: 'next',
    },
    plain('model'),
  ),
  ...SESSION_KEYS,
  define(
    {
      key: 'instructions',
      title: 'Instructions',
      help: 'What the agent is told of this place, beside the instructions of the layers around it.',
      entry: { is: 'text', most: 3_000, lines: true },
      when: 'next',
    },
    {
      read: ({ instructions }) => instructions.join('\n\n'),
      write: (settings, value) =>
        value === '' ? settings : { ...settings, instructions: [...settings.instructions, String(value)] },
    },
  ),
  define(
    {
      key: 'reply_mode',
      title: 'Which messages count',
      help: 'Mentions always do. Replies in a thread of the agent, or every message of the channel, besides.',
      entry: {
        is: 'choice',
        of: [
          ['mention_only', 'Only mentions'],
          ['thread', 'Replies in its threads'],
          ['every_message', 'Every message'],
        ],
      },
      scopes: PLACES,
    },
    plain('replyMode'),
  ),
  define(
    {
      key: 'busy_mode',
      title: 'Replies while it works',
      help: 'Sent at once, sent after stopping what runs, or held until the turn ends.',
      entry: {
        is: 'choice',
        of: [
          ['steer', 'Steer: sent at once'],
          ['interrupt', 'Interrupt what runs'],
          ['queue', 'Queue until it is done'],
        ],
      },
    },
    plain('busyMode'),
  ),
  define(
    {
      key: 'verbosity',
      title: 'Steps shown',
      help: 'How much of what the agent does is shown beside what it says.',
      entry: {
        is: 'choice',
        of: [
          ['quiet', 'Quiet: that it works'],
          ['normal', 'Normal: the last few'],
          ['verbose', 'Verbose: all'],
        ],
      },
    },
    plain('verbosity'),
  ),
  define(
    {
      key: 'output',
      title: 'How answers grow',
      help: 'By edits, by Slack’s own streaming, or by whichever there is room for.',
      entry: {
        is: 'choice',
        of: [
          ['edit', 'Edits'],
          ['stream', 'Streaming'],
          ['auto', 'Whichever there is room for'],
        ],
      },
      scopes: PLACES,
    },
    plain('output'),
  ),
  define(
    {
      key: 'idle_timeout',
      title: 'Close when quiet for',
      help: 'A span such as 30m or 8h; 0 never closes.',
      entry: { is: 'span' },
    },
    plain('idleTimeoutMs'),
  ),
  define(
    {
      key: 'session_budget_usd',
      title: 'Budget of a session ($)',
      help: 'US dollars a new session may cost; 0 is no limit.',
      entry: DOLLARS,
      scopes: PLACES,
      who: 'admin',
      when: 'next',
    },
    plain('sessionBudgetUsd'),
  ),
  define(
    {
      key: 'budget.user_daily_usd',
      title: 'Budget of a person, a day ($)',
      help: 'US dollars one person’s requests may cost in a day (UTC), wherever they ask; 0 is no limit.',
      entry: DOLLARS,
      scopes: ['workspace'],
      who: 'admin',
    },
    inside('budget', 'userDailyUsd'),
  ),
  define(
    {
      key: 'budget.channel_daily_usd',
      title: 'Budget of a channel, a day ($)',
      help: 'US dollars what is asked in one channel may cost in a day (UTC); 0 is no limit.',
      entry: DOLLARS,
      scopes: PLACES,
      who: 'admin',
    },
    inside('budget', 'channelDailyUsd'),
  ),
  define(
    {
      key: 'budget.workspace_daily_usd',
      title: 'Budget of the workspace, a day ($)',
      help: 'US dollars everything together may cost in a day (UTC); 0 is no limit.',
      entry: DOLLARS,
      scopes: ['workspace'],
      who: 'admin',
    },
    inside('budget', 'workspaceDailyUsd'),
  ),
  define(
    {
      key: 'budget.raise_usd',
      title: 'Raise a reached budget by ($)',
      help: 'What the button on the card of a reached budget adds. 0: no button, and a session at its budget is closed.',
      entry: DOLLARS,
      scopes: PLACES,
      who: 'admin',
    },
    inside('budget', 'raiseUsd'),
  ),
  define(
    {
      key: 'budget.raisers',
      title: 'Who may raise a budget',
      help: 'Besides admins: people and user groups, by mention or id; requester lets people raise their own.',
      entry: { is: 'list', most: 50 },
      scopes: PLACES,
      who: 'admin',
      parse: parseApprovers,
    },
    inside('budget', 'raisers'),
  ),
  define(
    {
      key: 'approval.approvers',
      title: 'Who may approve',
      help: 'requester, people and user groups, by mention or id. “nobody”: nothing that asks is ever run.',
      entry: { is: 'list', most: 50 },
      scopes: PLACES,
      who: 'admin',
      parse: parseApprovers,
    },
    inside('approval', 'approvers'),
  ),
  define(
    {
      key: 'approval.two_persons',
      title: 'Two persons must approve',
      help: 'Two different approvers, neither of whom asked for it.',
      entry: { is: 'yes-no' },
      scopes: PLACES,
      who: 'admin',
    },
    inside('approval', 'twoPersons'),
  ),
  define(
    {
      key: 'approval.expires',
      title: 'Approval waits at most',
      help: 'A span such as 1h; then it expires and nothing is run. 0 waits for ever.',
      entry: { is: 'span' },
      scopes: PLACES,
      who: 'admin',
    },
    inside('approval', 'expiresMs'),
  ),
  define(
    {
      key: 'approval.where',
      title: 'Where approvals are asked for',
      help: 'In a direct message each approver gets a card of their own, and the thread says that it waits.',
      entry: {
        is: 'choice',
        of: [
          ['thread', 'In the thread'],
          ['dm', 'In direct messages'],
        ],
      },
      scopes: PLACES,
      who: 'admin',
    },
    inside('approval', 'where'),
  ),
  define(
    {
      key: 'allow.guests',
      title: 'Guests may write to it',
      help: 'Start and steer. They never approve and never stop others’ work.',
      entry: { is: 'yes-no' },
      scopes: PLACES,
      who: 'admin',
    },
    inside('allow', 'guests'),
  ),
  define(
    {
      key: 'allow.outsiders',
      title: 'People of other organisations may write to it',
      help: 'Start and steer, in channels shared by Slack Connect.',
      entry: { is: 'yes-no' },
      scopes: PLACES,
      who: 'admin',
    },
    inside('allow', 'outsiders'),
  ),
  define(
    {
      key: 'allow.bots',
      title: 'Other bots may write to it',
      help: 'After five turns of bots in a row somebody has to write.',
      entry: { is: 'yes-no' },
      scopes: PLACES,
      who: 'admin',
    },
    inside('allow', 'bots'),
  ),
  define(
    {
      key: 'files.max_mb',
      title: 'Largest file for the agent, MB',
      help: 'Of what people attach. Larger ones are refused with a note; the message goes.',
      entry: { is: 'number', least: 1, most: 500 },
      scopes: PLACES,
      who: 'admin',
    },
    inside('files', 'maxMb'),
  ),
  define(
    {
      key: 'files.max_out_mb',
      title: 'Largest file from the agent, MB',
      help: 'Of what it writes to its outputs. Larger ones are named, and stay in the session.',
      entry: { is: 'number', least: 1, most: 1_000 },
      scopes: PLACES,
      who: 'admin',
    },
    inside('files', 'maxOutMb'),
  ),
  define(
    {
      key: 'shared_channels',
      title: 'Work in channels shared with other organisations',
      help: 'Their people read everything there (Slack Connect). On, too, where they may write to it.',
      entry: { is: 'yes-no' },
      scopes: PLACES,
      who: 'admin',
    },
    plain('sharedChannels'),
  ),
  define(
    {
      key: 'start_by_reaction',
      title: 'Start by :thread:',
      help: 'The reaction :thread: on a message starts a thread of the agent there.',
      entry: { is: 'yes-no' },
      scopes: PLACES,
    },
    plain('startByReaction'),
  ),
];
