import type { ServerResponse } from 'node:http';
import type { Slack } from './call.ts';
import type { Change } from './changes.ts';
import type { PageEvent } from './page-api.ts';
import { manifestPrompts, pageChannel, pageMessage, pageStatus, pageView } from './page-view.ts';
import type { MessageRecord } from './records.ts';
import { ids } from './world.ts';

/** Tells every open page what happens, as far as its persona may know. */
export class PageEvents {
  readonly #slack: Slack;
  readonly #open = new Map<ServerResponse, string>();

  constructor(slack: Slack) {
    this.#slack = slack;
  }

  get readers(): number {
    return this.#open.size;
  }

  open(response: ServerResponse, user: string, present: boolean): void {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      Connection: 'keep-alive',
    });
    this.#open.set(response, user);
    response.on('close', () => this.#open.delete(response));
    write(response, { type: 'hello', bot_present: present });
  }

  close(): void {
    for (const response of this.#open.keys()) response.end();
    this.#open.clear();
  }

  hear(change: Change): void {
    if (this.#open.size === 0) return;
    const cache = new Map<PageEvent, string>();
    for (const [response, user] of this.#open) {
      for (const event of this.#for(user, change)) {
        const line = cache.get(event) ?? `data: ${JSON.stringify(event)}\n\n`;
        cache.set(event, line);
        response.write(line);
      }
    }
  }

  #for(user: string, change: Change): PageEvent[] {
    const { workspace, events, app } = this.#slack;
    const sees = (channel: string): boolean =>
      workspace.channels.get(channel)?.members.includes(user) ?? false;
    switch (change.kind) {
      case 'posted':
        return sees(change.message.channel) ? this.#message(change) : this.#nudges(change.message);
      case 'edited':
      case 'deleted':
      case 'reaction':
        return sees(change.message.channel) ? this.#message(change) : [];
      case 'ephemeral': {
        const message = pageMessage(workspace, change.message, true);
        return change.to === user ? [{ type: 'ephemeral', message }] : [{ type: 'nudge', user: change.to }];
      }
      case 'ephemeral_deleted': {
        const { channel, ts } = change;
        return change.to === user ? [{ type: 'ephemeral_deleted', channel, ts }] : [];
      }
      case 'status': {
        const status = pageStatus(change.status, events.has('agent_session_stopped'));
        return sees(status.channel) ? [{ type: 'status', status }] : [];
      }
      case 'prompts':
        return sees(change.prompts.channel) ? [{ type: 'prompts', ...change.prompts }] : [];
      case 'channel': {
        const { channel } = change;
        const shown = channel.type === 'channel' || channel.members.includes(user);
        if (!shown) return [];
        const prompts = channel.members.includes(user) ? manifestPrompts(workspace, app, channel) : [];
        return [
          { type: 'channel', channel: pageChannel(workspace, channel, user) },
          ...prompts.map((one) => ({ type: 'prompts' as const, ...one })),
        ];
      }
      case 'view':
        return change.view.user === user ? [viewEvent(change)] : [];
      case 'home':
        return change.view.user === user ? [{ type: 'home', view: pageView(change.view) }] : [];
      case 'presence':
        return [{ type: 'bot_presence', present: change.present }];
      case 'interaction_failed': {
        const { kind: type, to, ...told } = change;
        return to === user ? [{ type, ...told }] : [];
      }
      case 'call':
        return [{ type: 'wire_call', call: change.call }];
      default:
        return [];
    }
  }

  /** Whom a direct message of the app is for. */
  #nudges(message: MessageRecord): PageEvent[] {
    const channel = this.#slack.workspace.channels.get(message.channel);
    if (channel?.type !== 'im' || message.user !== ids.bot) return [];
    return channel.members.filter((id) => id !== ids.bot).map((user) => ({ type: 'nudge', user }));
  }

  /** With a reply, or without one, its root has changed too: its count of replies. */
  #message(change: Extract<Change, { kind: 'posted' | 'edited' | 'deleted' | 'reaction' }>): PageEvent[] {
    const { workspace } = this.#slack;
    const { channel, ts, thread_ts } = change.message;
    if (change.kind === 'reaction') {
      return [{ type: 'reaction', channel, ts, reactions: change.message.reactions ?? [] }];
    }
    const message = pageMessage(workspace, change.message);
    if (change.kind === 'edited') return [{ type: 'message_changed', message }];
    const root =
      thread_ts === undefined || thread_ts === ts ? undefined : workspace.message(channel, thread_ts);
    const counted: PageEvent[] = root
      ? [{ type: 'message_changed', message: pageMessage(workspace, root) }]
      : [];
    if (change.kind === 'posted') return [{ type: 'message', message }, ...counted];
    return [
      { type: 'message_deleted', channel, ts, ...(thread_ts === undefined ? {} : { thread_ts }) },
      ...counted,
    ];
  }
}

function viewEvent(change: Extract<Change, { kind: 'view' }>): PageEvent {
  if (change.what === 'closed') return { type: 'view_closed', view_id: change.view.id };
  const view = pageView(change.view, change.errors);
  return { type: change.what === 'opened' ? 'view_opened' : 'view_updated', view };
}

function write(response: ServerResponse, event: PageEvent): void {
  response.write(`data: ${JSON.stringify(event)}\n\n`);
}
