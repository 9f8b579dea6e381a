/** The form in which settings are changed, and the same as text. Pure. */
import type { Layer, Resolved } from '../core/layers.ts';
import type { SettingKey } from '../core/setting-keys.ts';
import { dataFor, keysOf, NOT_SET, ownText, placeValue, type TunePlace } from '../core/tune.ts';
import type { Block, Content } from '../ports.ts';
import type { Form } from '../ports-forms.ts';
import { contextBlock } from './message.ts';
import { shownValue, sourceWords } from './setting-words.ts';
import { escapeSlack, oneLine, truncateGraphemes } from './text.ts';
import { threadLink } from './words.ts';

/** Opens the form; in the form, turns to another place. */
export const OPEN_SETTINGS = 'heddle.settings_open';
export const TURN_SETTINGS = 'heddle.settings';

export interface SettingsView extends TunePlace {
  /** Threads whose settings may be changed from here: what they are about, by the `ts` of their root. */
  readonly threads?: Readonly<Record<string, string>>;
  /** What the layer itself says. */
  readonly layer: Layer;
  readonly resolved: Resolved;
  readonly mayChange: (key: SettingKey) => boolean;
  /** What somebody has entered and is not saved. */
  readonly entered?: Readonly<Record<string, string>>;
  /** What somebody else has changed meanwhile. */
  readonly meanwhile?: readonly SettingKey[];
}

function plain(text: string, most: number): { readonly type: 'plain_text'; readonly text: string } {
  return { type: 'plain_text', text: truncateGraphemes(text, most, '…') };
}

/** A value in a line, and where it comes from. */
function lineOf(key: SettingKey, { settings, source }: Resolved): string {
  return `${shownValue(key, key.read(settings))} (${sourceWords(source[key.key])})`;
}

export function placeWords({ scope, channel, thread }: TunePlace): string {
  if (scope === 'workspace') return 'the whole workspace';
  if (scope === 'thread') return threadLink({ team: '', channel, ts: thread ?? '' }, 'this thread');
  return channel.startsWith('D') ? 'this direct message' : `<#${channel}>`;
}

/** Slack's limit for what stands in a menu. */
const OPTION_CHARS = 75;

/** Where it is changed, with a way to the other places. */
function head(view: SettingsView): Block {
  const { channel, thread, threads = {} } = view;
  const text = `Settings for ${placeWords(view)}. An empty field leaves it to the layer below; the nearest layer wins, and instructions add up.`;
  const option = (place: TunePlace, label: string): { readonly text: object; readonly value: string } => ({
    text: plain(oneLine(label, OPTION_CHARS), OPTION_CHARS),
    value: placeValue(place),
  });
  const back = thread === undefined ? {} : { thread };
  const options = [
    ...Object.entries(threads).map(([ts, title]) =>
      option({ scope: 'thread', channel, thread: ts }, `Thread: ${title || 'Untitled'}`),
    ),
    option(
      { scope: 'channel', channel, ...back },
      channel.startsWith('D') ? 'This direct message' : 'The channel',
    ),
    option({ scope: 'workspace', channel, ...back }, 'The whole workspace'),
  ];
  const here = options.find(({ value }) => value === placeValue(view));
  return {
    type: 'section',
    block_id: 'scope',
    text: { type: 'mrkdwn', text },
    accessory: {
      type: 'static_select',
      action_id: TURN_SETTINGS,
      options,
      ...(here ? { initial_option: here } : {}),
    },
  };
}

export function settingsForm(view: SettingsView): Form {
  const { scope, layer, resolved, mayChange, meanwhile = [] } = view;
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
    data: JSON.stringify(dataFor(view, layer)),
    blocks: [
      head(view),
      ...told,
      ...open.map((key) => field(key, view)),
      ...(lines.length === 0 ? [] : [contextBlock('*Only an admin of this workspace changes these:*')]),
      ...inBlocks(lines),
      ...(scope === 'thread' ? [contextBlock(WIDER)] : []),
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

const WIDER = 'Everything else is set for the channel or the whole workspace: choose that above.';

/** What was saved, and from when on it counts. */
export function savedForm(place: TunePlace, keys: readonly SettingKey[]): Form {
  const titles = (when: SettingKey['when']): string =>
    keys
      .filter((key) => key.when === when)
      .map(({ title }) => `“${title}”`)
      .join(', ');
  const [now, next] = [titles('now'), titles('next')];
  const isThread = place.scope === 'thread';
  const saved = isThread
    ? `Sent to ${placeWords(place)}, which says in a line when it is done.`
    : `Saved for ${placeWords(place)}.`;
  const lines = [
    keys.length === 0 ? 'Nothing was changed.' : saved,
    ...(now === '' ? [] : [`At once${isThread ? '' : ', also in sessions that run'}: ${now}.`]),
    ...(next === '' ? [] : [`From the next session of ${isThread ? 'it' : 'each thread'} on: ${next}.`]),
  ];
  return closingForm(lines.join('\n'));
}

/** There is nothing of which settings could be changed. */
export function noThreadForm(): Form {
  return closingForm(
    'There is no session in this thread, or not any more, so nothing was changed. Mention me there with a request first.',
  );
}

function closingForm(text: string): Form {
  return {
    callbackId: 'heddle.settings_saved',
    title: 'Heddle’s settings',
    data: '',
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }],
  };
}

/** What holds in a place and where it comes from, with a way to the form. */
export function settingsContent(resolved: Resolved, place: TunePlace): Content {
  const lines = keysOf(place.scope).map((key) => `*${key.title}*: ${escapeSlack(lineOf(key, resolved))}`);
  const head = `*Settings for ${placeWords(place)}*`;
  return {
    text: truncateGraphemes([head, ...lines].join('\n'), 3_800, '…'),
    blocks: [
      ...inBlocks([head, ...lines]),
      { type: 'actions', block_id: 'heddle.settings', elements: [settingsButton(place)] },
    ],
  };
}

/** Opens the form. */
export function settingsButton(place: TunePlace, label = 'Change settings'): Block {
  return { type: 'button', action_id: OPEN_SETTINGS, text: plain(label, 75), value: placeValue(place) };
}
