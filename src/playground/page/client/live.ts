/** Keeps the page's data up to date: loads a persona's state, follows the event stream, recovers after gaps. */
import type { ParentEvent } from '../parent-api.ts';
import type { PageEvent, PageState } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { toast } from './app.ts';
import type { Stream } from './connection.ts';
import { followEvents } from './connection.ts';
import { applyEvent, mergeCalls } from './events.ts';
import { readJson } from './memory.ts';
import type { Model, Place, ThreadPlace } from './model.ts';
import { without } from './model.ts';
import { isAddress } from './address.ts';
import { restoreAddress } from './addresses.ts';
import {
  channelOf,
  isLookingAt,
  loadChannel,
  loadThread,
  markRead,
  markThreadRead,
  openHome,
  remember,
} from './places.ts';
import { claimOutgoing, settleOutgoing } from './sending.ts';
import { isRecord, text } from './values.ts';

export interface Live {
  actAs(user: string | null): void;
}

export function createLive(app: App): Live {
  let stream: Stream | null = null;
  let attempt = 0;

  const reload = (user: string | null, round: number): void => {
    app.api.state(user).then(
      (page) => {
        if (round === attempt) show(page);
      },
      () => {
        if (round !== attempt) return;
        app.update((model) => ({ ...model, connection: 'lost' }));
        // A persona of an older workspace may be gone: the next try asks for the first one.
        setTimeout(() => round === attempt && reload(app.model.page === null ? null : user, round), 1500);
      },
    );
  };

  const show = (page: PageState): void => {
    const first = app.model.user !== page.me.id || app.model.page === null;
    app.update((model) => withState(app, model, page));
    if (first) {
      connect(page.me.id);
      restoreAddress(app);
    }
    refreshView(app);
    remember(app);
  };

  const connect = (user: string): void => {
    stream?.close();
    let gaps = false;
    stream = followEvents(user, {
      opened() {
        app.update((model) => ({ ...model, connection: 'open' }));
        readCalls(app);
        if (gaps) {
          attempt += 1;
          reload(user, attempt);
        }
        gaps = false;
      },
      lost() {
        gaps = true;
        app.update((model) => ({ ...model, connection: 'lost' }));
      },
      event: (event) => take(app, event),
      parent: (event) => app.update((model) => withParent(model, event)),
    });
  };

  return {
    actAs(user) {
      attempt += 1;
      reload(user, attempt);
    },
  };
}

/** The state of the bot's process, the agent's mode, the keywords. */
function withParent(model: Model, event: ParentEvent): Model {
  if (event.type === 'state') return { ...model, parent: event.state };
  return model.parent === null ? model : { ...model, parent: { ...model.parent, bot: event.bot } };
}

/** The calls made before this page listened, or while it could not. */
function readCalls(app: App): void {
  app.api.calls().then(
    ({ calls }) =>
      app.update((model) => ({
        ...model,
        wire: { ...model.wire, calls: mergeCalls(model.wire.calls, calls) },
      })),
    () => undefined,
  );
}

function take(app: App, event: PageEvent): void {
  app.update((model) => {
    const next = applyEvent(model, event);
    return settleOutgoing(event.type === 'message' ? claimOutgoing(next, event.message) : next);
  });
  if (event.type === 'message' && isLookingAt(app.model, event.message.channel)) {
    app.update((model) => markThreadRead(markRead(model, event.message.channel)));
    remember(app);
  }
  // That it failed is told where it was asked for; here comes only what the app's author has to know.
  if (event.type === 'interaction_failed' && event.detail !== undefined)
    toast(app, `${event.what}: ${event.detail}`, 'bad');
}

/** A fresh picture of the workspace; what is loaded stays until it is read again, so that nothing flickers. */
function withState(app: App, model: Model, page: PageState): Model {
  const same = model.user === page.me.id;
  const base: Model = same
    ? model
    : {
        ...model,
        channels: new Map(),
        threads: new Map(),
        unread: new Map(),
        below: new Map(),
        forms: new Map(),
        editing: null,
        completion: null,
        layer: null,
        newMark: null,
      };
  const lastRead = same ? model.lastRead : readMarks(app, page);
  const next: Model = {
    ...base,
    user: page.me.id,
    page,
    statuses: page.statuses,
    views: page.views,
    home: page.home,
    ephemerals: page.ephemerals,
    nudges: without(base.nudges, page.me.id),
    lastRead,
  };
  return { ...withPlace(app, next, same), unread: unreadOf(next, page) };
}

function readMarks(app: App, page: PageState): ReadonlyMap<string, string> {
  const stored = readJson(app.memory, `read.${page.me.id}`);
  const marks = new Map<string, string>();
  for (const pair of Array.isArray(stored) ? stored : []) {
    if (Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string')
      marks.set(pair[0], pair[1]);
  }
  // A channel never seen before counts as read up to now; what was said to somebody directly is new to them.
  for (const { id, type, latest } of page.channels)
    if (!marks.has(id)) marks.set(id, type === 'im' ? '' : latest);
  return marks;
}

function unreadOf(model: Model, page: PageState): ReadonlyMap<string, number> {
  const unread = new Map<string, number>();
  for (const channel of page.channels) {
    if (!channel.is_member || channel.latest <= (model.lastRead.get(channel.id) ?? '')) continue;
    unread.set(channel.id, model.unread.get(channel.id) ?? (channel.type === 'im' ? 1 : 0));
  }
  return unread;
}

/** Where this persona goes: the same place as the one before if they can see it, else where they were last. */
function withPlace(app: App, model: Model, same: boolean): Model {
  const visible = (place: Place): boolean =>
    place.view === 'home' || channelOf(model, place.channel) !== null;
  const reachable = (thread: ThreadPlace | null): ThreadPlace | null =>
    thread !== null && channelOf(model, thread.channel) !== null ? thread : null;
  const cameFrom = model.place.view === 'channel' ? model.place : null;
  if (same && visible(model.place)) return model;
  if (cameFrom !== null && visible(cameFrom)) return { ...model, thread: reachable(model.thread) };
  const stored = readJson(app.memory, `place.${model.user ?? ''}`);
  const place = isRecord(stored) ? readPlace(stored['place']) : null;
  if (place !== null && visible(place)) {
    const thread = isRecord(stored) ? reachable(readThread(stored['thread'])) : null;
    const front = isRecord(stored) && stored['front'] === 'guide' ? 'guide' : 'thread';
    return { ...model, place, thread, front };
  }
  const first =
    model.page?.channels.find((c) => c.type === 'channel' && c.is_member) ??
    model.page?.channels.find((c) => c.is_member);
  return {
    ...model,
    place: first === undefined ? { view: 'home' } : { view: 'channel', channel: first.id },
    thread: null,
  };
}

function readPlace(value: unknown): Place | null {
  if (!isRecord(value)) return null;
  if (value['view'] === 'home') return { view: 'home' };
  return text(value['channel']) === '' ? null : { view: 'channel', channel: text(value['channel']) };
}

function readThread(value: unknown): ThreadPlace | null {
  if (!isRecord(value) || text(value['channel']) === '' || text(value['ts']) === '') return null;
  return { channel: text(value['channel']), ts: text(value['ts']) };
}

/** Reads again what is in view; everything else is read when it is opened. */
function refreshView(app: App): void {
  const { place, thread } = app.model;
  const shown = place.view === 'channel' ? place.channel : null;
  const key = thread === null ? null : `${thread.channel}:${thread.ts}`;
  app.update((model) => ({
    ...model,
    channels: new Map([...model.channels].filter(([id]) => id === shown)),
    threads: new Map([...model.threads].filter(([id]) => id === key)),
  }));
  if (shown !== null) loadChannel(app, shown, true);
  else if (!isAddress(location.hash)) openHome(app);
  if (thread !== null) loadThread(app, thread.channel, thread.ts, true);
}
