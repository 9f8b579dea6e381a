import { isObject } from '../blocks.ts';
import { invalidArguments, SlackApiError, type Args, type Method, type Slack } from '../call.ts';
import type { Block, Json, ViewRecord } from '../records.ts';
import type { Surface } from '../surfaces.ts';
import { checkedBlocks } from './shared.ts';
import { wireView } from '../views.ts';

/** Forms and the Home tab: views.open, .push, .update, .publish. */
export const viewMethods: Record<string, Method> = {
  'views.open': { tier: 4, run: open },
  'views.push': { tier: 4, run: push },
  'views.update': { tier: 4, run: update },
  'views.publish': { tier: 4, run: publish },
};

/** Most forms on top of each other. */
export const maxStack = 3;
const maxViewBytes = 250_000;

function open(slack: Slack, args: Args): Json {
  const view = args.json('view', 'invalid_arguments');
  const { user } = slack.interactions.takeTrigger(args.need('trigger_id'));
  const record = readView(slack, view, 'modal', user, undefined);
  return { view: wireView(slack.workspace, slack.interactions.views.open(record)) };
}

function push(slack: Slack, args: Args): Json {
  const view = args.json('view', 'invalid_arguments');
  const { user, view_id } = slack.interactions.takeTrigger(args.need('trigger_id'));
  const below = slack.interactions.views.stack(user);
  if (below.length >= maxStack) throw new SlackApiError('push_limit_reached');
  const under = below.find((one) => one.id === view_id) ?? below.at(-1);
  const record = readView(slack, view, 'modal', user, undefined);
  const linked: ViewRecord = under
    ? { ...record, root_view_id: under.root_view_id, previous_view_id: under.id }
    : record;
  return { view: wireView(slack.workspace, slack.interactions.views.open(linked)) };
}

function update(slack: Slack, args: Args): Json {
  const id = args.string('view_id') ?? '';
  const external = args.string('external_id') ?? '';
  const old = slack.interactions.views.find(id, external) ?? homeById(slack, id);
  if (!old) throw new SlackApiError('not_found');
  const hash = args.string('hash') ?? '';
  if (hash !== '' && hash !== old.hash) throw new SlackApiError('hash_conflict');
  const next = readView(slack, args.json('view', 'invalid_arguments'), old.type, old.user, old);
  if (old.type === 'home') slack.workspace.putHome(next);
  else slack.interactions.views.replace(next);
  return { view: wireView(slack.workspace, next) };
}

function homeById(slack: Slack, id: string): ViewRecord | undefined {
  return [...slack.workspace.homes.values()].find((view) => view.id === id);
}

function publish(slack: Slack, args: Args): Json {
  if (!slack.app.home) throw new SlackApiError('not_enabled');
  const user = args.need('user_id');
  if (!slack.workspace.user(user)) throw new SlackApiError('user_not_found');
  const old = slack.workspace.homes.get(user);
  const hash = args.string('hash') ?? '';
  if (hash !== '' && old && hash !== old.hash) throw new SlackApiError('hash_conflict');
  const view = readView(slack, args.json('view', 'invalid_arguments'), 'home', user, old);
  slack.workspace.putHome(view);
  return { view: wireView(slack.workspace, view) };
}

/** Checks a view and gives it an id and a hash; `old` keeps its place in the stack. */
export function readView(
  slack: Slack,
  input: unknown,
  type: 'modal' | 'home',
  user: string,
  old: ViewRecord | undefined,
): ViewRecord {
  if (!isObject(input)) throw invalidArguments('missing required field: view');
  if (input['type'] !== type) throw invalidArguments(`must be a valid enum value [json-pointer:/view/type]`);
  checkFields(input, type);
  checkTexts(input, type);
  const blocks = viewBlocks(slack, input['blocks'], type);
  const asks = blocks.some((block) => block.type === 'input');
  if (type === 'modal' && asks && input['submit'] === undefined) {
    throw invalidArguments('missing required field: submit [json-pointer:/view]');
  }
  const external = limited(input, 'external_id', 255);
  const same = slack.interactions.views.find('', external);
  if (same && same.id !== old?.id) throw new SlackApiError('duplicate_external_id');
  const id = old?.id ?? slack.workspace.newId('V');
  const titles: Json = {};
  for (const name of ['title', 'submit', 'close']) if (input[name] !== undefined) titles[name] = input[name];
  return {
    id,
    type,
    user,
    callback_id: limited(input, 'callback_id', 255),
    external_id: external,
    ...titles,
    blocks,
    private_metadata: limited(input, 'private_metadata', 3000),
    clear_on_close: input['clear_on_close'] === true,
    notify_on_close: input['notify_on_close'] === true,
    hash: `${Math.floor(slack.workspace.clock.now() / 1000)}.${slack.workspace.newId('').slice(0, 8)}`,
    root_view_id: old?.root_view_id ?? id,
    previous_view_id: old?.previous_view_id ?? null,
  };
}

/** Invalid blocks of a view are invalid arguments, with Slack's pointers below `/view`. */
function viewBlocks(slack: Slack, blocks: unknown, surface: Surface): Block[] {
  try {
    return checkedBlocks(slack, blocks, surface);
  } catch (error) {
    if (!(error instanceof SlackApiError)) throw error;
    const problems = (error.more['errors'] as string[] | undefined) ?? [
      `${error.code} [json-pointer:/blocks]`,
    ];
    throw invalidArguments(...problems.map((problem) => problem.replace('pointer:/', 'pointer:/view/')));
  }
}

const shared = ['type', 'blocks', 'private_metadata', 'callback_id', 'external_id'];
const known: Readonly<Record<'modal' | 'home', readonly string[]>> = {
  home: shared,
  modal: [...shared, 'title', 'close', 'submit', 'clear_on_close', 'notify_on_close', 'submit_disabled'],
};

function checkFields(view: Json, type: 'modal' | 'home'): void {
  const strange = Object.keys(view).find((name) => view[name] !== undefined && !known[type].includes(name));
  if (strange !== undefined)
    throw invalidArguments(`invalid additional property: ${strange} [json-pointer:/view]`);
  if (Buffer.byteLength(JSON.stringify(view)) > maxViewBytes) throw new SlackApiError('view_too_large');
}

function checkTexts(view: Json, type: 'modal' | 'home'): void {
  if (type === 'modal' && view['title'] === undefined) {
    throw invalidArguments('missing required field: title [json-pointer:/view]');
  }
  for (const name of ['title', 'submit', 'close']) {
    const text = view[name];
    if (text === undefined) continue;
    const fine = isObject(text) && text['type'] === 'plain_text' && typeof text['text'] === 'string';
    if (!fine) throw invalidArguments(`must be plain_text [json-pointer:/view/${name}]`);
    if (String(text['text']).length > 24) {
      throw invalidArguments(`must be less than 25 characters [json-pointer:/view/${name}/text]`);
    }
  }
}

function limited(view: Json, name: string, max: number): string {
  const value = view[name] ?? '';
  if (typeof value !== 'string' || value.length > max) {
    throw invalidArguments(`must be less than ${max + 1} characters [json-pointer:/view/${name}]`);
  }
  return value;
}
