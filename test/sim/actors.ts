/** What people do in Slack: they write, stop, decide, change their mind, and click on what stands there. */
import { threadKey } from '../../src/core/event.ts';
import { EDITED } from './amendments.ts';
import type { Deliveries } from './deliveries.ts';
import type { Place, Said } from './people.ts';
import type { Action, PlannedThread, Says } from './plan.ts';
import { type SlackModel } from './slack-model.ts';
import { BOT, type Block, type Message } from './slack-kinds.ts';
import type { Timeline } from './timeline.ts';

export interface ActorsOptions {
  readonly timeline: Timeline;
  readonly slack: SlackModel;
  readonly deliveries: Deliveries;
  readonly threads: readonly PlannedThread[];
  readonly said: (who: string, what: string) => void;
}

interface Button {
  readonly action_id: string;
  readonly value: string;
}

export class Actors {
  readonly messages: Said[] = [];
  readonly places = new Map<string, Place>();
  /** Threads in which a message of the bot was deleted by somebody. */
  readonly wiped = new Set<string>();
  private readonly options: ActorsOptions;

  constructor(options: ActorsOptions) {
    this.options = options;
  }

  act(action: Action): void {
    switch (action.do) {
      case 'say':
        this.say(action);
        return;
      case 'stop':
        return this.stop(action.thread, action.user, action.via);
      case 'close':
        return this.write(action.thread, action.user, `<@${BOT.botUserId}> close`, true);
      case 'decide':
        this.decide(action.thread, action.verdict);
        return;
      case 'edit':
      case 'delete':
        return this.change(action.n, action.do, action.roots);
      case 'wipe':
        return this.wipe(action.thread);
      default:
    }
  }

  private say({ thread, user, n, mentions, urgent, script }: Says): void {
    const planned = this.options.threads.find(({ id }) => id === thread);
    if (!planned) throw new Error(`no thread ${thread}`);
    const words = `${urgent ? '! ' : ''}w${n} do:${script}`;
    const text = mentions ? `<@${BOT.botUserId}> ${words}` : words;
    const message = this.post(planned, user, text);
    const place = this.place(planned, message);
    const said: Said = {
      n,
      word: `w${n}`,
      key: place.key,
      channel: place.channel,
      ts: message.ts,
      user,
      addressed: mentions || planned.begun === 'im',
      at: this.options.timeline.elapsed,
    };
    this.messages.push(said);
    this.announce(message, mentions, {
      acknowledged: () => {
        said.acknowledged ??= this.options.timeline.elapsed;
      },
      unheard: () => {
        said.unheard = true;
      },
    });
  }

  private place(planned: PlannedThread, message: Message): Place {
    const known = this.places.get(planned.id);
    if (known) return known;
    const { channel, ts } = message;
    const place = { id: planned.id, key: threadKey({ team: BOT.team, channel, ts }), channel, root: ts };
    this.places.set(planned.id, place);
    return place;
  }

  private post(planned: PlannedThread, user: string, text: string): Message {
    const { slack, said } = this.options;
    const root = this.places.get(planned.id)?.root;
    const message = slack.add({
      channel: planned.channel,
      threadTs: root,
      user,
      own: false,
      text,
      blocks: [],
    });
    said(user, `${planned.id} ${message.channel}:${root ?? message.ts} writes ${message.ts} ${text}`);
    return message;
  }

  /** Words that are no request: commands and stops. */
  private write(thread: string, user: string, text: string, mentions: boolean): void {
    const planned = this.options.threads.find(({ id }) => id === thread);
    if (!planned || !this.places.has(thread)) return;
    this.announce(this.post(planned, user, text), mentions && planned.begun !== 'im');
  }

  /** A mention is delivered twice: as itself and as a message. */
  private announce(message: Message, mentions: boolean, told: Parameters<Deliveries['send']>[2] = {}): void {
    const { deliveries, slack } = this.options;
    const { channel, ts, threadTs, user, text } = message;
    const im = channel.startsWith('D');
    const outside = slack.people.get(user)?.role === 'outsider';
    const event = {
      channel,
      channel_type: im ? 'im' : 'channel',
      user,
      text,
      ts,
      client_msg_id: `client-${ts}`,
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      ...(outside ? { user_team: 'T0OTHER' } : {}),
    };
    deliveries.send(this.envelope({ ...event, type: 'message' }), `message ${ts}`, told);
    if (mentions && !im)
      deliveries.send(this.envelope({ ...event, type: 'app_mention' }), `app_mention ${ts}`, told);
  }

  private envelope(event: object): object {
    return {
      type: 'event_callback',
      event_id: this.options.deliveries.newEventId(),
      team_id: BOT.team,
      authorizations: [{ team_id: BOT.team, user_id: BOT.botUserId }],
      event,
    };
  }

  private stop(
    thread: string,
    user: string,
    via: 'word' | 'mention' | 'button' | 'slack' | 'reaction',
  ): void {
    const place = this.places.get(thread);
    if (!place) return;
    const { deliveries, said } = this.options;
    const { channel, root } = place;
    said(user, `${thread} stops by ${via}`);
    if (via === 'word') this.write(thread, user, 'Stop.', false);
    else if (via === 'mention') this.write(thread, user, `<@${BOT.botUserId}> stop`, true);
    else if (via === 'button') this.click(place, user, 'heddle.stop');
    else if (via === 'slack') {
      this.options.slack.streams.stopAll(channel, root);
      const event = { type: 'agent_session_stopped', channel, user, thread_ts: root };
      deliveries.send(this.envelope(event), `agent_session_stopped ${root}`);
    } else {
      const item = { type: 'message', channel, ts: root };
      const event = { type: 'reaction_added', user, reaction: 'octagonal_sign', item };
      deliveries.send(this.envelope(event), `reaction_added ${root}`);
    }
  }

  /** Presses a button that stands in the thread; false where there is none. */
  private click(place: Place, user: string, actionId: string): boolean {
    const { slack, deliveries, said } = this.options;
    for (const message of slack.thread(place.channel, place.root).toReversed()) {
      const button = message.own
        ? buttonsOf(message).find(({ action_id }) => action_id === actionId)
        : undefined;
      if (!button) continue;
      const { channel, root } = place;
      said(user, `${place.id} clicks ${actionId} on ${message.ts}`);
      deliveries.click(
        {
          kind: 'action',
          team: BOT.team,
          channel,
          user,
          actionId,
          value: button.value,
          messageTs: message.ts,
          threadTs: root,
        },
        actionId,
      );
      return true;
    }
    return false;
  }

  /** Whoever is asked decides. */
  decide(thread: string, verdict: 'approve' | 'deny'): boolean {
    const place = this.places.get(thread);
    if (!place) return false;
    const { slack } = this.options;
    const card = slack
      .thread(place.channel, place.root)
      .find((one) => one.own && buttonsOf(one).some(({ action_id }) => action_id === 'heddle.approve'));
    if (!card) return false;
    const asked = /<@(U[A-Z0-9]+)>/.exec(JSON.stringify(card.blocks))?.[1] ?? 'UADA';
    return this.click(place, asked, `heddle.${verdict}`);
  }

  private change(n: number, how: 'edit' | 'delete', roots = false): void {
    const said = this.messages.find((one) => one.n === n);
    const message = said && this.options.slack.message(said.channel, said.ts);
    if (!said || !message || (message.threadTs === undefined && !roots)) return;
    const { channel, ts } = message;
    this.options.said(said.user, `${how}s ${ts}`);
    const thread = message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
    const before = { type: 'message', user: said.user, text: message.text, ts, ...thread };
    if (how === 'edit') message.text = `${message.text} ${EDITED}`;
    else message.deleted = said.deleted = true;
    const at = this.options.slack.newTs();
    const changed = { ...before, text: message.text, edited: { user: said.user, ts: at } };
    const event =
      how === 'edit'
        ? { subtype: 'message_changed', message: changed, previous_message: before }
        : { subtype: 'message_deleted', deleted_ts: ts, previous_message: before };
    const whole = { type: 'message', channel, hidden: true, ts: at, ...event };
    this.options.deliveries.send(this.envelope(whole), `${event.subtype} ${ts}`);
  }

  private wipe(thread: string): void {
    const place = this.places.get(thread);
    if (!place) return;
    const last = this.options.slack.thread(place.channel, place.root).findLast(({ own }) => own);
    if (!last) return;
    this.options.said('somebody', `${thread} deletes the bot's ${last.ts}`);
    last.deleted = true;
    this.wiped.add(place.key);
  }
}

function buttonsOf(message: Message): readonly Button[] {
  return message.blocks.flatMap((block: Block) =>
    block.type === 'actions' ? (block['elements'] as readonly Button[]) : [],
  );
}
