/** What an event of the Slack server does to the page's data. Pure: the event stream is the only writer of messages. */
import type { PageEvent, PageMessage, PageState, PageView } from '../../slack/page-api.ts';
import type { Model, Timeline } from './model.ts';
import { threadKey, withEntry, without } from './model.ts';

const MAX_CALLS = 1000;

export function applyEvent(model: Model, event: PageEvent): Model {
  switch (event.type) {
    case 'hello':
      return presence(model, event.bot_present);
    case 'bot_presence':
      return presence(model, event.present);
    case 'message':
      return arrived(store(model, event.message), event.message);
    case 'message_changed':
      return store(model, event.message, true);
    case 'ephemeral':
      return withEphemeral(store(model, event.message), event.message);
    case 'message_deleted':
      return removed(model, event.channel, event.ts);
    case 'ephemeral_deleted':
      return removed(withoutEphemeral(model, event.channel, event.ts), event.channel, event.ts);
    case 'reaction':
      return changeMessage(model, event.channel, event.ts, (message) => ({
        ...message,
        reactions: event.reactions,
      }));
    case 'status':
      return {
        ...model,
        statuses: [
          ...model.statuses.filter(
            (s) => s.channel !== event.status.channel || s.thread_ts !== event.status.thread_ts,
          ),
          event.status,
        ],
      };
    case 'prompts':
      return withPrompts(model, event);
    case 'view_opened':
      return { ...model, views: [...model.views.filter((v) => v.id !== event.view.id), event.view] };
    case 'view_updated':
      return { ...model, views: model.views.map((v) => (v.id === event.view.id ? event.view : v)) };
    case 'view_closed':
      return closeView(model, event.view_id);
    case 'home':
      return { ...model, home: event.view };
    case 'channel':
      return withChannel(model, event.channel);
    case 'wire_call':
      return addCall(model, event.call);
    case 'nudge':
      return nudged(model, event.user);
    case 'interaction_failed':
      return model;
  }
}

function withEphemeral(model: Model, message: PageMessage): Model {
  return { ...model, ephemerals: upsert(model.ephemerals, message) };
}

function withoutEphemeral(model: Model, channel: string, ts: string): Model {
  return { ...model, ephemerals: model.ephemerals.filter((m) => m.ts !== ts || m.channel !== channel) };
}

function nudged(model: Model, user: string): Model {
  if (user === model.user) return model;
  return { ...model, nudges: withEntry(model.nudges, user, (model.nudges.get(user) ?? 0) + 1) };
}

function presence(model: Model, present: boolean): Model {
  return model.page === null ? model : { ...model, page: { ...model.page, bot_present: present } };
}

function closeView(model: Model, id: string): Model {
  return {
    ...model,
    views: model.views.filter((view: PageView) => view.id !== id),
    forms: without(model.forms, id),
  };
}

function withChannel(model: Model, channel: Extract<PageEvent, { type: 'channel' }>['channel']): Model {
  if (model.page === null) return model;
  const known = model.page.channels.some((c) => c.id === channel.id);
  const channels = known
    ? model.page.channels.map((c) => (c.id === channel.id ? channel : c))
    : [...model.page.channels, channel];
  return { ...model, page: { ...model.page, channels } };
}

function withPrompts(model: Model, event: Extract<PageEvent, { type: 'prompts' }>): Model {
  if (model.page === null) return model;
  const others = model.page.prompts.filter(
    (p) => p.channel !== event.channel || p.thread_ts !== event.thread_ts,
  );
  const { type: _, ...prompts } = event;
  return { ...model, page: { ...model.page, prompts: [...others, prompts] } };
}

function addCall(model: Model, call: Model['wire']['calls'][number]): Model {
  const { wire } = model;
  if (wire.paused) return { ...model, wire: { ...wire, held: [...wire.held, call].slice(-MAX_CALLS) } };
  return { ...model, wire: { ...wire, calls: mergeCalls(wire.calls, [call]) } };
}

/** A call that is known already is not added again. */
export function mergeCalls(
  known: Model['wire']['calls'],
  more: Model['wire']['calls'],
): Model['wire']['calls'] {
  const ids = new Set(known.map((call) => call.seq));
  const fresh = more.filter((call) => !ids.has(call.seq));
  if (fresh.length === 0) return known;
  return [...known, ...fresh].sort((a, b) => a.seq - b.seq).slice(-MAX_CALLS);
}

export function isReply(message: PageMessage): boolean {
  return message.thread_ts !== undefined && message.thread_ts !== '' && message.thread_ts !== message.ts;
}

/** Puts a message where it belongs. `onlyKnown`: an edit of something that is not loaded stays unloaded. */
function store(model: Model, message: PageMessage, onlyKnown = false): Model {
  let next = model;
  if (!isReply(message) || message.subtype === 'thread_broadcast') {
    next = { ...next, channels: upsertIn(next.channels, message.channel, message, onlyKnown) };
  }
  if (message.thread_ts !== undefined && message.thread_ts !== '') {
    const key = threadKey(message.channel, message.thread_ts);
    next = { ...next, threads: upsertIn(next.threads, key, message, onlyKnown) };
  } else {
    next = {
      ...next,
      threads: upsertIn(next.threads, threadKey(message.channel, message.ts), message, true),
    };
  }
  return next;
}

function upsertIn(
  map: ReadonlyMap<string, Timeline>,
  key: string,
  message: PageMessage,
  onlyKnown: boolean,
): ReadonlyMap<string, Timeline> {
  const timeline = map.get(key);
  if (timeline === undefined) return map;
  const messages = upsert(timeline.messages, message, onlyKnown);
  return messages === timeline.messages ? map : withEntry(map, key, { ...timeline, messages });
}

/** Inserts by `ts` (compared as text: both parts have a fixed width) or replaces. */
export function upsert(
  messages: readonly PageMessage[],
  message: PageMessage,
  onlyKnown = false,
): readonly PageMessage[] {
  const at = messages.findIndex((m) => m.ts === message.ts);
  if (at !== -1) return messages.map((m, index) => (index === at ? message : m));
  if (onlyKnown) return messages;
  let end = messages.length;
  while (end > 0 && (messages[end - 1]?.ts ?? '') > message.ts) end -= 1;
  return [...messages.slice(0, end), message, ...messages.slice(end)];
}

function changeMessage(
  model: Model,
  channel: string,
  ts: string,
  change: (message: PageMessage) => PageMessage,
): Model {
  const edit = (map: ReadonlyMap<string, Timeline>): ReadonlyMap<string, Timeline> => {
    let result = map;
    for (const [key, timeline] of map) {
      if (!key.startsWith(channel) || !timeline.messages.some((m) => m.ts === ts)) continue;
      result = withEntry(result, key, {
        ...timeline,
        messages: timeline.messages.map((m) => (m.ts === ts ? change(m) : m)),
      });
    }
    return result;
  };
  return { ...model, channels: edit(model.channels), threads: edit(model.threads) };
}

function removed(model: Model, channel: string, ts: string): Model {
  const drop = (map: ReadonlyMap<string, Timeline>): ReadonlyMap<string, Timeline> => {
    let result = map;
    for (const [key, timeline] of map) {
      if (!key.startsWith(channel) || !timeline.messages.some((m) => m.ts === ts)) continue;
      result = withEntry(result, key, {
        ...timeline,
        messages: timeline.messages.filter((m) => m.ts !== ts),
      });
    }
    return result;
  };
  return { ...model, channels: drop(model.channels), threads: drop(model.threads) };
}

/** By name, as a member of a group, or with everybody. */
function mentions(text: string, user: string | null, { groups }: PageState): boolean {
  if (user === null) return false;
  if (text.includes(`<@${user}>`) || /<!(here|channel|everyone)>/.test(text)) return true;
  return groups.some(({ id, users }) => users.includes(user) && text.includes(`<!subteam^${id}`));
}

/** A new message marks its channel unread unless it is looked at or one's own. */
function arrived(model: Model, message: PageMessage): Model {
  if (message.user === model.user || model.page === null) return model;
  const inThread = isReply(message);
  const looking = inThread
    ? model.thread?.channel === message.channel && model.thread.ts === message.thread_ts
    : model.place.view === 'channel' && model.place.channel === message.channel;
  if (looking) return model;
  const channel = model.page.channels.find((c) => c.id === message.channel);
  const direct = channel?.type === 'im';
  const mentioned = mentions(message.text, model.user, model.page);
  // A reply in a thread nobody has open marks a channel only where it asks for this persona.
  if (inThread && !direct && !mentioned) return model;
  const count = (model.unread.get(message.channel) ?? 0) + (direct || mentioned ? 1 : 0);
  return { ...model, unread: withEntry(model.unread, message.channel, count) };
}
