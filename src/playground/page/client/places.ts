/** Going somewhere: channels, threads, the Home tab, older messages. */
import type { PageChannel, PageMessage } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { attempt, reason, toast } from './app.ts';
import { upsert } from './events.ts';
import type { Model, Timeline } from './model.ts';
import { composerKey, sideOf, threadKey, withEntry, without } from './model.ts';

const LOADING: Timeline = { messages: [], hasMore: false, load: 'loading' };

export function channelOf(model: Model, id: string): PageChannel | null {
  return model.page?.channels.find((channel) => channel.id === id) ?? null;
}

export function currentChannel(model: Model): PageChannel | null {
  return model.place.view === 'channel' ? channelOf(model, model.place.channel) : null;
}

export function openChannel(app: App, id: string, focus = true): void {
  app.update((model) => ({
    ...markRead(model, id),
    newMark: unreadMark(model, id),
    place: { view: 'channel', channel: id },
    thread: model.thread?.channel === id ? model.thread : null,
    guide: model.guide && !isNarrow(),
    sidebarOpen: false,
    editing: null,
    layer: null,
    below: without(model.below, id),
  }));
  remember(app);
  loadChannel(app, id);
  tellApp(app, id);
  if (focus) focusComposer(app, id, null);
}

/** On a phone the right side covers everything, so going somewhere must uncover it. */
function isNarrow(): boolean {
  return matchMedia('(max-width: 760px)').matches;
}

/** Slack tells an app when its Messages tab is opened; that is where it sets its suggested prompts. */
function tellApp(app: App, id: string): void {
  const { page, user } = app.model;
  const channel = channelOf(app.model, id);
  if (page === null || user === null || channel?.type !== 'im' || channel.user !== page.bot.id) return;
  attempt(app, async () => {
    await app.api.act(user, 'app_home', { tab: 'messages' });
  });
}

/** Where "New" begins, kept while the persona stays. */
function unreadMark(model: Model, channel: string): Model['newMark'] {
  if (isLookingAt(model, channel)) return model.newMark;
  const ts = model.lastRead.get(channel);
  return ts !== undefined && model.unread.has(channel) ? { channel, ts } : null;
}

export function markRead(model: Model, channel: string): Model {
  const latest = newestIn(model, channel);
  const lastRead = latest === '' ? model.lastRead : withEntry(model.lastRead, channel, latest);
  return { ...model, lastRead, unread: without(model.unread, channel) };
}

/** What stands in the thread that is seen counts as read. */
export function markThreadRead(model: Model): Model {
  const { thread } = model;
  if (thread === null || sideOf(model) !== 'thread') return model;
  const key = threadKey(thread.channel, thread.ts);
  const messages = model.threads.get(key)?.messages ?? [];
  const newest = messages[messages.length - 1]?.ts ?? '';
  if (newest <= (model.lastRead.get(key) ?? '')) return model;
  return { ...model, lastRead: withEntry(model.lastRead, key, newest) };
}

function newestIn(model: Model, channel: string): string {
  const loaded = model.channels.get(channel)?.messages;
  const last = loaded?.[loaded.length - 1]?.ts ?? '';
  const known = channelOf(model, channel)?.latest ?? '';
  return last > known ? last : known;
}

export function remember(app: App): void {
  const { place, thread, front, user, lastRead } = app.model;
  if (user === null) return;
  app.memory.write('user', user);
  app.memory.write(`place.${user}`, JSON.stringify({ place, thread, front }));
  app.memory.write(`read.${user}`, JSON.stringify([...lastRead]));
}

/** Loads a channel's newest messages where they are not there yet. */
export function loadChannel(app: App, id: string, again = false): void {
  const { user } = app.model;
  const known = app.model.channels.get(id);
  if (user === null || (known !== undefined && known.load !== 'failed' && !again)) return;
  app.update((model) => ({ ...model, channels: withEntry(model.channels, id, known ?? LOADING) }));
  load(app, user, 'channels', id, () => app.api.history(user, id, null));
}

function load(
  app: App,
  user: string,
  where: 'channels' | 'threads',
  key: string,
  read: () => Promise<{ messages: PageMessage[]; has_more: boolean }>,
): void {
  read().then(
    (history) => {
      app.update((model) => {
        if (model.user !== user) return model;
        const before = model[where].get(key)?.messages ?? [];
        const newest = history.messages[history.messages.length - 1]?.ts ?? '';
        // Ephemeral messages are in no history, and what came while reading is newer than what was read.
        const own = model.ephemerals.filter((m) => isIn(m, where, key));
        const kept = [...own, ...before.filter((m) => m.ephemeral !== true && m.ts > newest)];
        const messages = kept.reduce<readonly PageMessage[]>((all, m) => upsert(all, m), history.messages);
        const loaded = {
          ...model,
          [where]: withEntry(model[where], key, { messages, hasMore: history.has_more, load: 'ready' }),
        };
        if (where === 'threads') return markThreadRead(loaded);
        return isLookingAt(loaded, key) ? markRead(loaded, key) : loaded;
      });
      remember(app);
    },
    () =>
      app.update((model) => {
        if (model.user !== user) return model;
        const known = model[where].get(key) ?? LOADING;
        return { ...model, [where]: withEntry(model[where], key, { ...known, load: 'failed' }) };
      }),
  );
}

/** Whether a message stands in a channel's top level, or in a thread. */
function isIn({ channel, ts, thread_ts }: PageMessage, where: 'channels' | 'threads', key: string): boolean {
  if (where === 'threads') return threadKey(channel, thread_ts ?? ts) === key;
  return channel === key && (thread_ts === undefined || thread_ts === ts);
}

export function isLookingAt(model: Model, channel: string): boolean {
  return model.place.view === 'channel' && model.place.channel === channel;
}

/** Adds an older page on top; the drawing keeps what is in view where it is. */
export function loadOlder(app: App, id: string): void {
  attempt(app, () => readOlder(app, id));
}

/** Loads a channel until a message of that time is there, or what is older than it. */
export async function loadBackTo(app: App, id: string, ts: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const known = app.model.channels.get(id);
    if (known === undefined || known.load === 'failed') return;
    const oldest = known.messages.find((message) => message.ephemeral !== true)?.ts ?? '';
    if (known.load === 'ready' && (oldest <= ts || !known.hasMore)) return;
    const busy = known.load !== 'ready' || app.model.busy.has(`older:${id}`);
    if (!busy) await readOlder(app, id);
    else await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function readOlder(app: App, id: string): Promise<void> {
  const { user } = app.model;
  const known = app.model.channels.get(id);
  const oldest = known?.messages.find((message) => message.ephemeral !== true);
  if (user === null || known === undefined || oldest === undefined || app.model.busy.has(`older:${id}`))
    return;
  app.update((model) => ({ ...model, busy: new Set(model.busy).add(`older:${id}`) }));
  try {
    const history = await app.api.history(user, id, oldest.ts);
    app.update((model) => {
      const timeline = model.channels.get(id);
      if (timeline === undefined || model.user !== user) return model;
      const messages = [...history.messages.filter((m) => m.ts < oldest.ts), ...timeline.messages];
      return {
        ...model,
        channels: withEntry(model.channels, id, { ...timeline, messages, hasMore: history.has_more }),
      };
    });
  } finally {
    app.update((model) => ({ ...model, busy: withoutBusy(model, `older:${id}`) }));
  }
}

export function withoutBusy(model: Model, name: string): ReadonlySet<string> {
  const busy = new Set(model.busy);
  busy.delete(name);
  return busy;
}

export function openThread(app: App, channel: string, ts: string, focus = true): void {
  app.update((model) =>
    markThreadRead({
      ...model,
      thread: { channel, ts },
      front: 'thread',
      guide: model.guide && !isNarrow(),
      editing: null,
      layer: null,
    }),
  );
  remember(app);
  loadThread(app, channel, ts);
  if (focus) focusComposer(app, channel, ts);
}

export function loadThread(app: App, channel: string, ts: string, again = false): void {
  const { user } = app.model;
  if (user === null) return;
  const key = threadKey(channel, ts);
  const known = app.model.threads.get(key);
  if (known !== undefined && known.load !== 'failed' && !again) return;
  const root = app.model.channels.get(channel)?.messages.find((m) => m.ts === ts);
  const start: Timeline = known ?? { ...LOADING, messages: root === undefined ? [] : [root] };
  app.update((model) => ({ ...model, threads: withEntry(model.threads, key, start) }));
  load(app, user, 'threads', key, () => app.api.thread(user, channel, ts));
}

export function closeThread(app: App): void {
  const { thread } = app.model;
  app.update((model) => ({ ...model, thread: null, editing: null }));
  remember(app);
  if (thread === null) return;
  app.afterDraw(() => document.getElementById(`m-${thread.ts}`)?.focus());
}

export function openHome(app: App): void {
  const { user } = app.model;
  app.update((model) => ({
    ...model,
    place: { view: 'home' },
    thread: null,
    sidebarOpen: false,
    layer: null,
  }));
  remember(app);
  if (user === null) return;
  attempt(app, async () => {
    await app.api.act(user, 'app_home', { tab: 'home' });
  });
}

export function openDm(app: App, who: string): void {
  const { user } = app.model;
  if (user === null) return;
  attempt(app, async () => {
    const answer = await app.api.act(user, 'open_dm', { with: who });
    if (!answer.ok) {
      toast(app, reason(answer.error), 'bad');
      return;
    }
    const { channel } = answer;
    if (channel === undefined) return;
    app.update((model) => addChannel(model, channel));
    openChannel(app, channel.id);
  });
}

/** Adds somebody to a channel. */
export function invite(app: App, channel: string, invitee: string): void {
  app.run(async () => {
    const answer = await app.api.act(app.model.user ?? '', 'invite', { channel, invitee });
    if (!answer.ok) throw new Error(answer.error);
  });
}

export function addChannel(model: Model, channel: PageChannel): Model {
  if (model.page === null || model.page.channels.some((c) => c.id === channel.id)) return model;
  return { ...model, page: { ...model.page, channels: [...model.page.channels, channel] } };
}

export function focusComposer(app: App, channel: string, thread: string | null): void {
  app.afterDraw(() => {
    const { user } = app.model;
    if (user === null || matchMedia('(pointer: coarse)').matches) return;
    document.getElementById(composerId(user, channel, thread))?.focus({ preventScroll: true });
  });
}

/** The element id of a composer's text field. */
export function composerId(user: string, channel: string, thread: string | null): string {
  return `composer-${composerKey(user, channel, thread)}`;
}
