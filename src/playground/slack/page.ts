import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject, stringOf } from './blocks.ts';
import { SlackApiError, type Slack } from './call.ts';
import type { CallLog } from './calls.ts';
import { closeView, submitView } from './forms.ts';
import { isForeign, parseJson, readBody, sendJson, sendText, uploadedBytes, urlOf } from './http.ts';
import type { Interaction } from './interactions.ts';
import type { Limiter } from './limiter.ts';
import type { ElementUse, HistoryPage, PageActions, PageAnswer, PageState } from './page-api.ts';
import { PageEvents } from './page-events.ts';
import {
  manifestPrompts,
  pageChannel,
  pageFile,
  pageMessage,
  pageStatus,
  pageUser,
  pageView,
} from './page-view.ts';
import type { Personas } from './personas.ts';
import { isGuest, type ChannelRecord, type UserRecord } from './records.ts';
import { emoji, ids, team } from './world.ts';

export interface PageParts {
  slack: Slack;
  personas: Personas;
  calls: CallLog;
  limiter: Limiter;
  present: () => boolean;
}

/** The page's API, as `page-api.ts` describes it. */
export class Page {
  readonly events: PageEvents;
  readonly #parts: PageParts;

  constructor(parts: PageParts) {
    this.#parts = parts;
    this.events = new PageEvents(parts.slack);
  }

  /** Answers any request below `/__page/`. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const what = urlOf(request).pathname.slice('/__page/'.length);
    if (isForeign(request)) return sendText(response, 403, 'not from here');
    try {
      if (request.method === 'GET') this.#read(what, urlOf(request).searchParams, response);
      else if (what === 'upload') await this.#upload(request, response);
      else sendJson(response, 200, await this.#act(what, await readBody(request)));
    } catch (error) {
      if (!(error instanceof SlackApiError)) throw error;
      sendJson(response, 200, { ok: false, error: error.code });
    }
  }

  #read(what: string, query: URLSearchParams, response: ServerResponse): void {
    if (what === 'calls') {
      const calls = this.#parts.calls.wire(Number(query.get('after') ?? '0'));
      return sendJson(response, 200, { calls });
    }
    const user = this.#parts.personas.person(query.get('user') ?? ids.ada);
    if (what === 'state') return sendJson(response, 200, this.#state(user));
    if (what === 'events') return this.events.open(response, user.id, this.#parts.present());
    if (what === 'history') return sendJson(response, 200, this.#history(user, query));
    if (what === 'thread') return sendJson(response, 200, this.#thread(user, query));
    if (what === 'file') return this.#file(user, query.get('id') ?? '', response);
    return sendText(response, 404, 'not found');
  }

  #state(me: UserRecord): PageState {
    const { slack, limiter, present } = this.#parts;
    const { workspace, app } = slack;
    const channels = [...workspace.channels.values()].filter(
      (one) =>
        one.members.includes(me.id) || (one.type === 'channel' && me.kind !== 'outsider' && !isGuest(me)),
    );
    const mine = new Set(channels.filter((one) => one.members.includes(me.id)).map((one) => one.id));
    const home = workspace.homes.get(me.id);
    const hearsStop = slack.events.has('agent_session_stopped');
    return {
      team: { id: team.id, name: team.name, domain: team.domain },
      me: pageUser(me),
      bot: { ...pageUser(workspace.bot), bot_id: ids.botId, app_id: workspace.appId },
      bot_present: present(),
      users: [...workspace.users.values()].map(pageUser),
      groups: [...workspace.groups.values()],
      channels: channels.map((one) => pageChannel(workspace, one, me.id)),
      commands: app.commands,
      shortcuts: app.shortcuts,
      statuses: [...workspace.statuses.values()]
        .filter((status) => mine.has(status.channel))
        .map((status) => pageStatus(status, hearsStop)),
      home: home ? pageView(home) : null,
      home_enabled: app.home,
      ephemerals: workspace.ephemerals
        .filter(({ to }) => to === me.id)
        .map(({ message }) => pageMessage(workspace, message, true)),
      views: slack.interactions.views.stack(me.id).map((view) => pageView(view)),
      prompts: this.#prompts(mine),
      emoji,
      limits: limiter.limits() !== undefined,
    };
  }

  /** What the app set, and until then what its manifest offers. */
  #prompts(mine: ReadonlySet<string>): PageState['prompts'] {
    const { workspace, app } = this.#parts.slack;
    const channels = [...workspace.channels.values()].filter((one) => mine.has(one.id));
    return [
      ...[...workspace.prompts.values()].filter((one) => mine.has(one.channel)),
      ...channels.flatMap((channel) => manifestPrompts(workspace, app, channel)),
    ];
  }

  /** Members read; anybody of the workspace may look into a public channel. */
  #readable(user: UserRecord, id: string): ChannelRecord {
    const channel = this.#parts.slack.workspace.channels.get(id);
    const open = channel?.type === 'channel' && ['member', 'admin', 'owner'].includes(user.kind);
    if (!channel || !(open || channel.members.includes(user.id)))
      throw new SlackApiError('channel_not_found');
    return channel;
  }

  #history(user: UserRecord, query: URLSearchParams): HistoryPage {
    const { workspace } = this.#parts.slack;
    const channel = this.#readable(user, query.get('channel') ?? '');
    const limit = Math.min(Number(query.get('limit') ?? '50') || 50, 200);
    const found = workspace.log(channel.id).topBefore(query.get('latest') ?? undefined, limit);
    return { messages: found.messages.map((one) => pageMessage(workspace, one)), has_more: found.more };
  }

  #thread(user: UserRecord, query: URLSearchParams): HistoryPage {
    const { workspace } = this.#parts.slack;
    const channel = this.#readable(user, query.get('channel') ?? '');
    const root = workspace.message(channel.id, query.get('thread_ts') ?? '');
    if (!root) throw new SlackApiError('thread_not_found');
    const latest = query.get('latest');
    const limit = Math.min(Number(query.get('limit') ?? '200') || 200, 1000);
    const replies = workspace.log(channel.id).replies(root.ts);
    const before = latest === null ? replies : replies.filter((one) => one.ts < latest);
    const messages = [root, ...before.slice(-limit)].map((one) => pageMessage(workspace, one));
    return { messages, has_more: before.length > limit };
  }

  #file(user: UserRecord, id: string, response: ServerResponse): void {
    const { workspace } = this.#parts.slack;
    const file = workspace.files.get(id);
    const bytes = workspace.journal.getBytes(id);
    const seen = file?.user === user.id || file?.shares.some(({ channel }) => this.#sees(user, channel));
    if (!file || !bytes || !seen) return sendText(response, 404, 'not found');
    // Never shown as a page of this origin: what people and agents upload is not to be trusted.
    const inline = /^image\/(png|jpeg|gif|webp)$/.test(file.mimetype);
    response.writeHead(200, {
      'Content-Type': file.mimetype,
      'Content-Length': String(bytes.byteLength),
      'Content-Disposition': `${inline ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': 'sandbox',
    });
    response.end(bytes);
  }

  #sees(user: UserRecord, channel: string): boolean {
    return this.#parts.slack.workspace.channels.get(channel)?.members.includes(user.id) ?? false;
  }

  async #upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const query = urlOf(request).searchParams;
    const bytes = uploadedBytes(request, await readBody(request));
    const file = this.#parts.personas.upload(query.get('user') ?? '', query.get('name') || 'file', bytes);
    sendJson(response, 200, { ok: true, file: pageFile(file) });
  }

  async #act(what: string, body: Buffer): Promise<PageAnswer> {
    const parsed = parseJson(body.toString() || '{}');
    if (!isObject(parsed)) return { ok: false, error: 'json_not_object' };
    const act = actions(this.#parts)[what as keyof PageActions] as Act<keyof PageActions> | undefined;
    if (!act) return { ok: false, error: 'unknown_action' };
    const user = this.#parts.personas.person(stringOf(parsed['user']));
    return act(user, parsed as unknown as PageActions[keyof PageActions]);
  }
}

type Act<K extends keyof PageActions> = (
  user: UserRecord,
  body: PageActions[K],
) => PageAnswer | Promise<PageAnswer>;

function actions({ slack, personas }: PageParts): { [K in keyof PageActions]: Act<K> } {
  const { workspace } = slack;
  const shown = (channel: ChannelRecord, user: UserRecord): PageAnswer => ({
    ok: true,
    channel: pageChannel(workspace, channel, user.id),
  });
  const done = (): PageAnswer => ({ ok: true });
  return {
    say: (user, { channel, text, thread_ts, broadcast, files }) => {
      const thread = thread_ts === undefined || thread_ts === '' ? {} : { threadTs: thread_ts };
      const said = {
        user: user.id,
        channel,
        text: text ?? '',
        files: files ?? [],
        broadcast: broadcast ?? false,
      };
      return { ok: true, ts: personas.say({ ...said, ...thread }) };
    },
    edit: (user, { channel, ts, text }) => (personas.edit(user.id, channel, ts, text), done()),
    delete: (user, { channel, ts }) => (personas.delete(user.id, channel, ts), done()),
    dismiss: (user, { channel, ts }) => (workspace.hideEphemeral(channel, ts, user.id), done()),
    react: (user, { channel, ts, name }) => (personas.react(user.id, channel, ts, name), done()),
    unreact: (user, { channel, ts, name }) => (personas.unreact(user.id, channel, ts, name), done()),
    click: async (user, { value, ...use }) => told(await personas.click(user.id, elementUse(use), value)),
    select: async (user, { value, ...use }) => told(await personas.select(user.id, elementUse(use), value)),
    options: async (user, { query, ...use }) => {
      const asked = await slack.interactions.suggest(user, elementUse(use), query);
      const ack = asked.ok && isObject(asked.ack) ? asked.ack : {};
      return asked.ok ? { ok: true, options: Array.isArray(ack['options']) ? ack['options'] : [] } : asked;
    },
    command: async (user, { channel, command, text }) =>
      told(await personas.command(user.id, channel, command, text ?? '')),
    shortcut: async (user, { callback_id, channel, ts }) => {
      const at = ts === undefined ? undefined : { channel: channel ?? '', ts };
      return told(await personas.shortcut(user.id, callback_id, at));
    },
    view_submit: (user, { view_id, values }) => submitView(slack, user, view_id, values ?? {}),
    view_close: async (user, { view_id, is_cleared }) => {
      await closeView(slack, user, view_id, is_cleared ?? false);
      return done();
    },
    stop: (user, { channel, thread_ts }) => (personas.stop(user.id, channel, thread_ts), done()),
    open_dm: (user, body) => shown(personas.openDm(user.id, body.with), user),
    create_channel: (user, { name, is_private }) =>
      shown(personas.createChannel(user.id, name, is_private), user),
    invite: (user, { channel, invitee }) => shown(personas.join(invitee, channel, user.id), user),
    join: (user, { channel }) => shown(personas.join(user.id, channel), user),
    leave: (user, { channel }) => (personas.leave(user.id, channel), done()),
    app_home: (user, { tab }) => (personas.appHome(user.id, tab), done()),
    suggested_prompt: (user, { channel, message, thread_ts }) => {
      const thread = thread_ts === undefined || thread_ts === '' ? {} : { threadTs: thread_ts };
      return { ok: true, ts: personas.say({ user: user.id, channel, text: message, ...thread }) };
    },
  };
}

/** Only the fields of the use, not the `user` that came beside them. */
function elementUse({ channel, ts, view_id, block_id, action_id, state }: ElementUse): ElementUse {
  return {
    block_id,
    action_id,
    ...(channel === undefined ? {} : { channel }),
    ...(ts === undefined ? {} : { ts }),
    ...(view_id === undefined ? {} : { view_id }),
    ...(state === undefined ? {} : { state }),
  };
}

function told(interaction: Interaction): PageAnswer {
  return interaction.ok ? { ok: true } : interaction;
}
