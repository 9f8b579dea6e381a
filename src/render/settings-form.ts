/** The form in which settings are changed, and the same as text. Pure. */
import type { Layer, LayerName, Resolved } from '../core/layers.ts';
import { valueText } from '../core/setting-entry.ts';
import type { SettingKey } from '../core/setting-keys.ts';
import { dataFor, keysOf, NOT_SET, ownText, type TuneScope } from '../core/tune.ts';
import type { Block } from '../ports.ts';
import type { Form } from '../ports-forms.ts';
import { contextBlock } from './message.ts';
import { escapeSlack, oneLine, truncateGraphemes } from './text.ts';

export interface SettingsView {
  readonly scope: TuneScope;
  readonly channel: string;
  /** What the layer itself says. */
  readonly layer: Layer;
  readonly resolved: Resolved;
  readonly mayChange: (key: SettingKey) => boolean;
  /** What somebody has entered and is not saved. */
  readonly entered?: Readonly<Record<string, string>>;
  /** What somebody else has changed meanwhile. */
  readonly meanwhile?: readonly SettingKey[];
}

const SOURCES: Readonly<Record<LayerName, string>> = {
  'built-in': 'built in',
  'heddle.yaml': 'from heddle.yaml',
  environment: 'from the environment',
  workspace: 'set for the workspace',
  channel: 'set for this channel',
  thread: 'set for this thread',
};

function plain(text: string, most: number): { readonly type: 'plain_text'; readonly text: string } {
  return { type: 'plain_text', text: truncateGraphemes(text, most, '…') };
}

/** A value in a line: “none” where it is empty. */
function lineOf(key: SettingKey, { settings, source }: Resolved): string {
  const value = key.read(settings);
  const label = key.entry.is === 'choice' ? key.entry.of.find(([each]) => each === value)?.[1] : undefined;
  const text = label ?? oneLine(valueText(key.entry, value), 100);
  return `${text === '' ? 'none' : text} (${SOURCES[source[key.key] ?? 'built-in']})`;
}

export function placeWords(scope: TuneScope, channel: string): string {
  if (scope === 'workspace') return 'the whole workspace';
  return channel.startsWith('D') ? 'this direct message' : `<#${channel}>`;
}

/** Where it is changed, with a way to the other place. */
function head({ scope, channel }: SettingsView): Block {
  const other: TuneScope = scope === 'channel' ? 'workspace' : 'channel';
  const label = other === 'workspace' ? 'Workspace’s settings' : 'Channel’s settings';
  const text = `Settings for ${placeWords(scope, channel)}. An empty field leaves it to the layer below; the nearest layer wins, and instructions add up.`;
  return {
    type: 'section',
    block_id: 'scope',
    text: { type: 'mrkdwn', text },
    accessory: {
      type: 'button',
      action_id: 'heddle.settings',
      text: plain(label, 75),
      value: `${other}|${channel}`,
    },
  };
}

export function settingsForm(view: SettingsView): Form {
  const { scope, channel, layer, resolved, mayChange, meanwhile = [] } = view;
  const [open, shut] = [keysOf(scope).filter(mayChange), keysOf(scope).filter((key) => !mayChange(key))];
  const lines = shut.map((key) => `*${key.title}*: ${escapeSlack(lineOf(key, resolved))}`);
  const told =
    meanwhile.length === 0
      ? []
      : [
          contextBlock(
            `:warning: Nothing is saved yet: ${meanwhile.map(({ title }) => `“${title}”`).join(', ')} changed while this form was open. The fields show it as it is now, with what you entered; look through and save again.`,
          ),
        ];
  return {
    callbackId: 'heddle.settings',
    title: 'Heddle’s settings',
    ...(open.length === 0 ? {} : { submit: 'Save' }),
    data: JSON.stringify(dataFor(scope, channel, layer)),
    blocks: [
      head(view),
      ...told,
      ...open.map((key) => field(key, view)),
      ...(lines.length === 0 ? [] : [contextBlock('*Only an admin of this workspace changes these:*')]),
      ...inBlocks(lines),
    ],
  };
}

function inBlocks(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at += 8) {
    const text = truncateGraphemes(lines.slice(at, at + 8).join('\n'), 2_900, '…');
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } });
  }
  return blocks;
}

function field(key: SettingKey, view: SettingsView): Block {
  const { scope, layer, resolved, entered = {} } = view;
  const own = entered[key.key] ?? ownText(key, layer, scope);
  const when = key.when === 'now' ? 'Counts at once.' : 'Counts from the next session on.';
  return {
    type: 'input',
    block_id: key.key,
    optional: true,
    label: plain(key.title, 150),
    hint: plain(`${key.help} Now: ${lineOf(key, resolved)}. ${when}`, 1_900),
    element: element(key, own, resolved),
  };
}

function element(key: SettingKey, own: string, resolved: Resolved): Block {
  const { entry } = key;
  if (entry.is !== 'choice' && entry.is !== 'yes-no') {
    return {
      type: 'plain_text_input',
      action_id: 'value',
      max_length: 3_000,
      ...(entry.is === 'text' && entry.lines ? { multiline: true } : {}),
      ...(own === '' ? {} : { initial_value: own }),
    };
  }
  const choices =
    entry.is === 'choice'
      ? entry.of
      : ([
          ['yes', 'Yes'],
          ['no', 'No'],
        ] as const);
  const unset = { text: plain(`Not set here: ${lineOf(key, resolved)}`, 75), value: NOT_SET };
  const options = [unset, ...choices.map(([value, label]) => ({ text: plain(label, 75), value }))];
  const initial = options.find(({ value }) => value === own) ?? unset;
  return { type: 'static_select', action_id: 'value', options, initial_option: initial };
}

/** What was saved, and from when on it counts. */
export function savedForm(view: Pick<SettingsView, 'scope' | 'channel'>, keys: readonly SettingKey[]): Form {
  const titles = (when: SettingKey['when']): string =>
    keys
      .filter((key) => key.when === when)
      .map(({ title }) => `“${title}”`)
      .join(', ');
  const [now, next] = [titles('now'), titles('next')];
  const lines = [
    keys.length === 0 ? 'Nothing was changed.' : `Saved for ${placeWords(view.scope, view.channel)}.`,
    ...(now === '' ? [] : [`At once, also in sessions that run: ${now}.`]),
    ...(next === '' ? [] : [`From the next session of each thread on: ${next}.`]),
  ];
  return {
    callbackId: 'heddle.settings_saved',
    title: 'Heddle’s settings',
    data: '',
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: lines.join('\n') } }],
  };
}

/** All values of a channel with where they come from, where no form can be opened. */
export function settingsText(resolved: Resolved, channel: string): string {
  const lines = keysOf('channel').map((key) => `*${key.title}*: ${escapeSlack(lineOf(key, resolved))}`);
  return [
    `Settings for ${placeWords('channel', channel)}; \`/heddle settings\` opens a form to change them.`,
    ...lines,
  ].join('\n');
}
