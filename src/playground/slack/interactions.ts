import { elementsOf } from './blocks.ts';
import { SlackApiError } from './call.ts';
import type { Outcome, Parcel } from './deliveries.ts';
import { stateOf } from './form-state.ts';
import type { ElementUse, ViewValues } from './page-api.ts';
import type { Timings } from './options.ts';
import type { ChannelRecord, Json, MessageRecord, UserRecord, ViewRecord } from './records.ts';
import { ResponseUrls } from './response-urls.ts';
import { ViewStacks, wireView } from './views.ts';
import { wireMessage } from './wire-objects.ts';
import type { Workspace } from './workspace.ts';
import { ids, team } from './world.ts';

/** What came of a click, command or form. `failed` is what Slack shows the person. */
export type Interaction = { ok: true; ack: unknown } | { ok: false; error: string };

interface Trigger {
  user: string;
  at: number;
  used: boolean;
  view_id: string;
}

/**
 * Clicks, commands, shortcuts and forms on their way to the app. Each is sent once and must be acknowledged in
 * three seconds; Slack does not repeat them (docs.slack.dev/interactivity/handling-user-interaction).
 */
export class Interactions {
  readonly views: ViewStacks;
  readonly responses: ResponseUrls;
  readonly #workspace: Workspace;
  readonly #timings: Timings;
  readonly #send: (parcel: Parcel) => Promise<Outcome>;
  readonly #triggers = new Map<string, Trigger>();

  constructor(workspace: Workspace, timings: Timings, send: (parcel: Parcel) => Promise<Outcome>) {
    this.#workspace = workspace;
    this.#timings = timings;
    this.#send = send;
    this.views = new ViewStacks(workspace);
    this.responses = new ResponseUrls(workspace, timings);
  }

  #trigger(user: string, view_id = ''): string {
    const now = this.#workspace.clock.now();
    for (const [id, trigger] of this.#triggers) if (now - trigger.at > 60_000) this.#triggers.delete(id);
    const id = `${Math.floor(now)}.${this.#workspace.newId('')}.${this.#workspace.newId('').toLowerCase()}`;
    this.#triggers.set(id, { user, at: now, used: false, view_id });
    return id;
  }

  /** A trigger is good for three seconds, and once. */
  takeTrigger(id: string): { user: string; view_id: string } {
    const trigger = this.#triggers.get(id);
    if (!trigger) throw new SlackApiError('invalid_trigger_id');
    if (this.#workspace.clock.now() - trigger.at > this.#timings.triggerMs)
      throw new SlackApiError('expired_trigger_id');
    if (trigger.used) throw new SlackApiError('exchanged_trigger_id');
    trigger.used = true;
    return trigger;
  }

  async #ask(what: string, user: string, parcel: Parcel): Promise<Interaction> {
    const outcome = await this.#send(parcel);
    if (outcome.type === 'acknowledged') return { ok: true, ack: outcome.body };
    const reason = outcome.type === 'failed' ? outcome.reason : 'dispatch_failed';
    this.#workspace.tell({ kind: 'interaction_failed', to: user, what, reason });
    return { ok: false, error: reason };
  }

  #who(user: UserRecord): Json {
    return { id: user.id, username: user.name, name: user.name, team_id: user.team_id };
  }

  #base(type: string, user: UserRecord, view_id = ''): Json {
    return {
      type,
      user: this.#who(user),
      api_app_id: this.#workspace.appId,
      token: 'verification-token-of-the-playground',
      trigger_id: this.#trigger(user.id, view_id),
      team: { id: team.id, domain: team.domain },
      enterprise: null,
      is_enterprise_install: false,
    };
  }

  /** A Slash command; never in a thread, as developers' commands cannot be used there. */
  async command(
    user: UserRecord,
    channel: ChannelRecord,
    command: string,
    text: string,
  ): Promise<Interaction> {
    const target = { channel: channel.id, user: user.id };
    const body: Json = {
      token: 'verification-token-of-the-playground',
      team_id: team.id,
      team_domain: team.domain,
      channel_id: channel.id,
      channel_name: channel.type === 'im' ? 'directmessage' : channel.name,
      user_id: user.id,
      user_name: user.name,
      command,
      text,
      api_app_id: this.#workspace.appId,
      is_enterprise_install: 'false',
      response_url: this.responses.create('commands', target),
      trigger_id: this.#trigger(user.id),
    };
    const result = await this.#ask(command, user.id, { kind: 'slash_commands', body });
    if (result.ok) this.responses.show(target, result.ack);
    return result;
  }

  /** A button, menu or other element of a message or view was used; `use` says which, `action` its value. */
  async act(user: UserRecord, use: ElementUse, action: Json): Promise<Interaction> {
    const at = this.#locate(user, use);
    if (!at) return { ok: false, error: 'element_not_found' };
    const actions = [
      {
        ...action,
        type: at.element['type'],
        action_id: use.action_id,
        block_id: use.block_id,
        action_ts: this.#workspace.nextTs(),
      },
    ];
    const body = { ...this.#base('block_actions', user, at.view?.id), ...at.context, actions };
    return this.#ask(use.action_id, user.id, { kind: 'interactive', body });
  }

  /** Choices of an external menu. */
  async suggest(user: UserRecord, use: ElementUse, query: string): Promise<Interaction> {
    const at = this.#locate(user, use);
    if (!at) return { ok: false, error: 'element_not_found' };
    const body = {
      ...this.#base('block_suggestion', user),
      ...at.context,
      action_id: use.action_id,
      block_id: use.block_id,
      value: query,
    };
    return this.#ask(use.action_id, user.id, { kind: 'interactive', body });
  }

  #locate(
    user: UserRecord,
    use: ElementUse,
  ): { element: Json; context: Json; view?: ViewRecord } | undefined {
    const view = use.view_id === undefined ? undefined : this.#view(user, use.view_id);
    if (use.view_id !== undefined) {
      const element = view && find(view.blocks, use);
      if (!view || !element) return undefined;
      const container = { type: 'view', view_id: view.id };
      const values = stateOf(view.blocks, use.state);
      return { element, view, context: { container, view: wireView(this.#workspace, view, values) } };
    }
    const message = this.#message(user, use);
    const element = message && find(message.blocks ?? [], use);
    if (!message || !element) return undefined;
    return { element, context: this.#messageContext(user, message, use) };
  }

  #view(user: UserRecord, id: string): ViewRecord | undefined {
    const home = this.#workspace.homes.get(user.id);
    return home?.id === id ? home : this.views.stack(user.id).find((view) => view.id === id);
  }

  /** Only messages of the app have elements that come to it. */
  #message(user: UserRecord, use: ElementUse): MessageRecord | undefined {
    const { channel = '', ts = '' } = use;
    const seen = this.#workspace.ephemerals.find(({ to, message }) => to === user.id && message.ts === ts);
    const message = seen?.message ?? this.#workspace.message(channel, ts);
    return message?.user === ids.bot ? message : undefined;
  }

  #messageContext(user: UserRecord, message: MessageRecord, use: ElementUse): Json {
    const channel = this.#workspace.channels.get(message.channel);
    const ephemeral = this.#workspace.message(message.channel, message.ts) === undefined;
    const thread = message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts };
    const target = { channel: message.channel, user: user.id, message_ts: message.ts, ...thread };
    return {
      container: {
        type: 'message',
        message_ts: message.ts,
        channel_id: message.channel,
        is_ephemeral: ephemeral,
        ...thread,
      },
      channel: { id: message.channel, name: channelName(channel) },
      ...(ephemeral ? {} : { message: wireMessage(this.#workspace, message, { metadata: true }) }),
      state: { values: stateOf(message.blocks ?? [], use.state) },
      response_url: this.responses.create('actions', target),
    };
  }

  /** A message shortcut with `message`, else a global one. */
  async shortcut(user: UserRecord, callback_id: string, message?: MessageRecord): Promise<Interaction> {
    const type = message ? 'message_action' : 'shortcut';
    const body: Json = { ...this.#base(type, user), callback_id, action_ts: this.#workspace.nextTs() };
    if (message) {
      const channel = this.#workspace.channels.get(message.channel);
      Object.assign(body, {
        message_ts: message.ts,
        message: wireMessage(this.#workspace, message, { metadata: true }),
        channel: { id: message.channel, name: channelName(channel) },
        response_url: this.responses.create('app', { channel: message.channel, user: user.id }),
      });
    }
    return this.#ask(callback_id, user.id, { kind: 'interactive', body });
  }

  /** Sends a form; the acknowledgement may close it, show errors, or put another view in its place. */
  async submit(user: UserRecord, view: ViewRecord, values: ViewValues): Promise<Interaction> {
    const body = {
      ...this.#base('view_submission', user, view.id),
      view: wireView(this.#workspace, view, values),
      response_urls: this.#responseUrls(user, view, values),
    };
    return this.#ask('view_submission', user.id, { kind: 'interactive', body });
  }

  /** One for each chosen conversation of a menu that asks for it. */
  #responseUrls(user: UserRecord, view: ViewRecord, values: ViewValues): Json[] {
    return view.blocks.flatMap((block) => {
      const element = (block['element'] ?? {}) as Json;
      if (element['response_url_enabled'] !== true) return [];
      const [block_id, action_id] = [String(block.block_id), String(element['action_id'])];
      const value = values[block_id]?.[action_id] ?? {};
      const channel = value['selected_conversation'] ?? value['selected_channel'];
      if (typeof channel !== 'string') return [];
      const response_url = this.responses.create('app', { channel, user: user.id });
      return [{ block_id, action_id, channel_id: channel, response_url }];
    });
  }

  async closed(user: UserRecord, view: ViewRecord, is_cleared: boolean): Promise<void> {
    if (!view.notify_on_close) return;
    const body = { ...this.#base('view_closed', user), view: wireView(this.#workspace, view), is_cleared };
    await this.#ask('view_closed', user.id, { kind: 'interactive', body });
  }
}

function channelName(channel: ChannelRecord | undefined): string {
  if (channel?.type === 'im') return 'directmessage';
  return channel?.type === 'group' ? 'privategroup' : (channel?.name ?? '');
}

function find(blocks: Json[], use: ElementUse): Json | undefined {
  for (const block of blocks) {
    const inner = Array.isArray(block['child_blocks'])
      ? find(block['child_blocks'] as Json[], use)
      : undefined;
    if (inner) return inner;
    if (block['block_id'] !== use.block_id) continue;
    const element = elementsOf(block).find((one) => one['action_id'] === use.action_id);
    if (element) return element;
  }
  return undefined;
}
