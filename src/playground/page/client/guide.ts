/** The panel that says what to try, how to get a real agent, and how to connect a real Slack. */
import type { Keyword } from '../parent-api.ts';
import type { App } from './app.ts';
import { icon } from './icons.ts';
import { currentChannel, focusComposer, openChannel } from './places.ts';
import { changeDraft } from './sending.ts';
import { formatted } from './tree-view.ts';
import { sideTitle, toggleGuide } from './side.ts';
import type { Child, VNode } from './vdom.ts';
import { h } from './vdom.ts';

export function drawGuide(app: App): VNode {
  return h(
    'aside',
    { key: 'guide', class: 'side guide', 'aria-label': 'Guide' },
    h(
      'header',
      { class: 'side-header' },
      sideTitle(app, 'guide'),
      h('span', { class: 'spring' }),
      h(
        'button',
        { type: 'button', class: 'tool', 'aria-label': 'Close guide', onclick: () => toggleGuide(app, true) },
        icon('close'),
      ),
    ),
    h('div', { class: 'guide-body' }, first(app), keywords(app), more(app), agent(app), slack(app)),
  );
}

function mention(app: App): string {
  return `@${app.model.page?.bot.name ?? 'heddle'}`;
}

/** Puts a text into the composer of a channel, ready to be sent. */
function tryIt(app: App, text: string): void {
  const here = currentChannel(app.model);
  const channel = here ?? app.model.page?.channels.find((c) => c.type === 'channel' && c.is_member) ?? null;
  if (channel === null) return;
  const direct = channel.type === 'im' && channel.user === app.model.page?.bot.id;
  openChannel(app, channel.id, false);
  const target = { channel: channel.id, thread: null };
  changeDraft(app, target, (draft) => ({
    ...draft,
    text: direct ? text : `${mention(app)} ${text}`,
    problem: '',
  }));
  focusComposer(app, channel.id, null);
}

function first(app: App): VNode {
  return h(
    'section',
    null,
    h(
      'p',
      null,
      'Mention the bot in a channel. The thread becomes a session: reply to steer it, write ',
      h('code', { class: 'code-span' }, 'stop'),
      ' to stop it, come back later.',
    ),
    h(
      'button',
      {
        type: 'button',
        class: 'button button-primary',
        onclick: () => tryIt(app, 'hello! What can you do?'),
      },
      `Write “${mention(app)} hello!”`,
    ),
  );
}

function keywords(app: App): Child {
  const list = app.model.parent?.keywords ?? [];
  if (list.length === 0) return null;
  const groups = [...new Set(list.map(({ group }) => group ?? ''))];
  return h(
    'section',
    null,
    h('h3', null, 'Words the scripted agent knows'),
    groups.map((group) => [
      group === '' ? null : h('h4', { key: `group-${group}` }, group),
      h(
        'ul',
        { key: `list-${group}`, class: 'keywords' },
        list.filter((entry) => (entry.group ?? '') === group).map((entry) => keyword(app, entry)),
      ),
    ]),
  );
}

function keyword(app: App, { word, what }: Keyword): VNode {
  return h(
    'li',
    { key: word },
    h(
      'button',
      {
        type: 'button',
        class: 'keyword',
        title: 'Put it into the composer',
        onclick: () => tryIt(app, word.replace(/ N$/, ' 20')),
      },
      word,
    ),
    formatted(app, 'mrkdwn', what),
  );
}

const MORE: readonly (readonly [string, string])[] = [
  [
    'Kill it in mid-sentence',
    'Press Kill while an answer grows, then Restart. The same answer is finished, once.',
  ],
  [
    'Be several people',
    'Switch person below the composer, or open a window for each from the menu on top. Grace decides as a member of @oncall, Joan as an admin; guests and people of other organisations are refused.',
  ],
  [
    'Decide',
    'Write “ask five”, “choose eight” or “budget”, and answer as different people, also twice, late, or after a Kill.',
  ],
  [
    'Change your mind',
    'Edit or delete a message that is being worked on; hand over files; use a message’s menu, or + beside the composer.',
  ],
  ['Watch the wire', 'Open Wire to see every call the bot makes, on both sides.'],
  [
    'Use only the keyboard',
    'Arrow up edits your last message; on a message, T opens its thread, R reacts, M opens its menu. Alt+1 to Alt+9 switches person.',
  ],
];

function more(app: App): VNode {
  const idle = app.model.parent?.idle_timeout;
  const sleeps: readonly (readonly [string, string])[] =
    idle === undefined || idle === ''
      ? []
      : [
          [
            'Let it fall asleep',
            `After ${idle} without a word the session is closed; a later reply starts a new one that remembers. HEDDLE_IDLE_TIMEOUT=90s shortens the wait.`,
          ],
        ];
  return h(
    'section',
    null,
    h('h3', null, 'And then'),
    h(
      'dl',
      null,
      [...MORE, ...sleeps].map(([name, words]) => [h('dt', null, name), h('dd', null, words)]),
    ),
  );
}

function agent(app: App): Child {
  const mode = app.model.parent?.agent;
  if (mode === undefined) return null;
  if (mode.mode === 'real') {
    return h(
      'section',
      null,
      h('h3', null, 'The agent is real'),
      h(
        'p',
        null,
        'Sessions run on Managed Agents with ',
        h('code', { class: 'code-span' }, mode.agent_id ?? ''),
        ' and cost money.',
      ),
    );
  }
  const missing: Readonly<Record<string, string>> = {
    ANTHROPIC_API_KEY: 'an API key',
    agent: 'an agent',
    environment: 'an environment',
  };
  return h(
    'section',
    null,
    h('h3', null, 'Get a real agent'),
    h(
      'p',
      null,
      'Now the agent follows a script',
      mode.missing.length === 0
        ? '.'
        : `; missing for a real one: ${mode.missing.map((name) => missing[name] ?? name).join(', ')}.`,
    ),
    steps([
      'export ANTHROPIC_API_KEY=sk-ant-…',
      'cp heddle.example.yaml heddle.yaml',
      'npm run heddle -- setup',
      'npm start',
    ]),
    h(
      'p',
      { class: 'hint' },
      'setup creates the agent and its environment once and pins them in heddle.lock.json. Slack stays this playground.',
    ),
  );
}

function slack(app: App): VNode {
  const urls = app.model.parent;
  return h(
    'section',
    null,
    h('h3', null, 'Connect a real Slack'),
    h('p', null, 'Create an app from manifest.yml at api.slack.com/apps, install it, then'),
    steps(['export SLACK_BOT_TOKEN=xoxb-…', 'export SLACK_APP_TOKEN=xapp-…', 'npm start']),
    urls === null
      ? null
      : h(
          'p',
          { class: 'hint' },
          'Your own bot can use these servers as well: ',
          h('code', { class: 'code-span' }, `SLACK_API_URL=${urls.slack_api_url}`),
          urls.anthropic_base_url === null
            ? null
            : [' ', h('code', { class: 'code-span' }, `ANTHROPIC_BASE_URL=${urls.anthropic_base_url}`)],
        ),
  );
}

function steps(lines: readonly string[]): VNode {
  return h('div', { class: 'code-block' }, h('pre', { tabindex: 0 }, h('code', null, lines.join('\n'))));
}
