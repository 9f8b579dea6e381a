import type { Slack } from './call.ts';
import type { CallLog } from './calls.ts';
import type { Deliveries } from './deliveries.ts';
import { envelope } from './events.ts';
import { closeView, submitView, type Submission } from './forms.ts';
import type { Interaction } from './interactions.ts';
import type { Limiter } from './limiter.ts';
import { resolveLimits, type Limits } from './options.ts';
import type { ViewValues } from './page-api.ts';
import type { Personas, Said } from './personas.ts';
import type { Json, OddFile, StatusRecord, UserRecord, ViewRecord } from './records.ts';
import { seen, type SeenMessage } from './seen.ts';
import type { Sockets } from './sockets.ts';
import type { FaultBook } from './faults.ts';
import type { Webhook } from './webhook.ts';
import { ids } from './world.ts';

/** A file with its bytes, as far as they have been given, and the messages that share it. */
export interface SeenFile {
  id: string;
  name: string;
  title: string;
  shares: { channel: string; ts: string }[];
  bytes: Uint8Array | undefined;
}

/** A file said along with a message. */
export interface Attached {
  name: string;
  content: string | Uint8Array;
  odd?: OddFile;
}

export interface Use {
  user: string;
  channel?: string;
  ts?: string;
  viewId?: string;
  blockId?: string;
  actionId: string;
  state?: ViewValues;
}

type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>;

/** What a test asks of this Slack and does to it. The same is reachable as `POST /__emu/<name>`. */
export interface SlackControl {
  ids: typeof ids;
  /** As a person; the answer is the message's `ts`. Typed text: see `text.ts`; `raw` for wire format. */
  say: (said: Omit<Said, 'files'> & { files?: Attached[] }) => string;
  edit: (what: { user: string; channel: string; ts: string; text: string; raw?: boolean }) => void;
  delete: (what: { user: string; channel: string; ts: string }) => void;
  react: (what: { user: string; channel: string; ts: string; name: string }) => void;
  unreact: (what: { user: string; channel: string; ts: string; name: string }) => void;
  unfurl: (what: { channel: string; ts: string }) => void;
  /** Resolves when the app acknowledged or failed to. */
  click: (use: Use & { value?: string }) => Promise<Interaction>;
  select: (use: Use & { value: Json }) => Promise<Interaction>;
  command: (what: { user: string; channel: string; command: string; text?: string }) => Promise<Interaction>;
  shortcut: (what: {
    user: string;
    callbackId: string;
    channel?: string;
    ts?: string;
  }) => Promise<Interaction>;
  submitView: (what: { user: string; viewId: string; values: ViewValues }) => Promise<Submission>;
  closeView: (what: { user: string; viewId: string; cleared?: boolean }) => Promise<void>;
  stop: (what: { user: string; channel: string; threadTs: string }) => void;
  rename: (what: { user: string; channel: string; threadTs: string; title: string }) => void;
  openHome: (what: { user: string; tab?: 'home' | 'messages' }) => void;
  /** Id of the direct message with the app. */
  dm: (user: string) => string;
  createChannel: (what: { user: string; name: string; isPrivate?: boolean }) => string;
  join: (what: { user: string; channel: string; inviter?: string }) => void;
  leave: (what: { user: string; channel: string }) => void;
  archive: (what: { user: string; channel: string }) => void;
  changeUser: (what: { user: string } & Partial<UserRecord>) => void;
  /** Makes a user group, or changes who is in it. */
  setGroup: (group: { id: string; handle?: string; name?: string; users: string[] }) => void;

  /** Of a thread with its root, or of the whole conversation; oldest first. */
  messages: (channel: string, threadTs?: string) => SeenMessage[];
  message: (channel: string, ts: string) => SeenMessage | undefined;
  /** Messages only `user` saw, or all; newest last. */
  ephemerals: (user?: string) => (SeenMessage & { to: string })[];
  statuses: () => StatusRecord[];
  status: (channel: string, threadTs: string) => StatusRecord;
  reactions: (channel: string, ts: string) => { name: string; users: string[] }[];
  files: () => SeenFile[];
  /** Open forms of a person, bottom first. */
  views: (user: string) => ViewRecord[];
  home: (user: string) => ViewRecord | undefined;

  calls: Pick<CallLog, 'counts' | 'of' | 'log' | 'clear'>;
  /** Resolves with the first truthy answer; asked again after every change of the workspace and every call. */
  waitFor: <T>(predicate: () => T, timeoutMs?: number, what?: string) => Promise<Truthy<T>>;

  faults: Pick<FaultBook, 'add' | 'clear'>;
  deliveries: Pick<Deliveries, 'addFault' | 'clearFaults' | 'release' | 'waiting'>;
  sockets: Pick<Sockets, 'count' | 'drop' | 'disconnect' | 'mute' | 'sendRaw'>;
  /** Any inner event, in a proper envelope; answers its event id. */
  inject: (event: Json, shared?: boolean) => string;
  /** Any outer body at all, delivered once and never again, e.g. a malformed one. */
  injectBody: (body: Json) => void;
  /** HTTP mode: a request with a chosen signature or time; answers the status. */
  forge: (what: { body: string; contentType?: string; headers?: Record<string, string> }) => Promise<number>;
  setLimits: (limits: boolean | Partial<Limits>) => void;
  lack: (...methods: string[]) => void;
  unlack: (...methods: string[]) => void;
  grant: (scope: string) => void;
  revoke: (scope: string) => void;
  setLatency: (ms: number) => void;
}

export interface ControlParts {
  slack: Slack;
  personas: Personas;
  calls: CallLog;
  deliveries: Deliveries;
  sockets: Sockets;
  webhook: Webhook | undefined;
  limiter: Limiter;
  lacks: Set<string>;
  setLatency: (ms: number) => void;
}

export function createControl(parts: ControlParts): SlackControl {
  return { ids, ...acts(parts), ...looks(parts), ...trouble(parts) };
}

type Acts = Pick<
  SlackControl,
  | 'say'
  | 'edit'
  | 'delete'
  | 'react'
  | 'unreact'
  | 'unfurl'
  | 'click'
  | 'select'
  | 'command'
  | 'shortcut'
  | 'submitView'
  | 'closeView'
  | 'stop'
  | 'rename'
  | 'openHome'
  | 'dm'
  | 'createChannel'
  | 'join'
  | 'leave'
  | 'archive'
  | 'changeUser'
  | 'setGroup'
>;

function acts({ slack, personas }: ControlParts): Acts {
  const attach = (user: string, files: Attached[]): string[] =>
    files.map(({ name, content, odd }) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      return personas.upload(user, name, bytes, odd).id;
    });
  return {
    say: ({ files, ...said }) => personas.say({ ...said, files: attach(said.user, files ?? []) }),
    edit: ({ user, channel, ts, text, raw }) => personas.edit(user, channel, ts, text, raw),
    delete: ({ user, channel, ts }) => personas.delete(user, channel, ts),
    react: ({ user, channel, ts, name }) => personas.react(user, channel, ts, name),
    unreact: ({ user, channel, ts, name }) => personas.unreact(user, channel, ts, name),
    unfurl: ({ channel, ts }) => personas.unfurl(channel, ts),
    click: ({ value, ...use }) => personas.click(use.user, elementUse(use), value),
    select: ({ value, ...use }) => personas.select(use.user, elementUse(use), value),
    command: ({ user, channel, command, text }) => personas.command(user, channel, command, text ?? ''),
    shortcut: ({ user, callbackId, channel, ts }) =>
      personas.shortcut(user, callbackId, ts === undefined ? undefined : { channel: channel ?? '', ts }),
    submitView: ({ user, viewId, values }) => submitView(slack, personas.person(user), viewId, values),
    closeView: ({ user, viewId, cleared }) =>
      closeView(slack, personas.person(user), viewId, cleared ?? false),
    stop: ({ user, channel, threadTs }) => personas.stop(user, channel, threadTs),
    rename: ({ user, channel, threadTs, title }) => personas.rename(user, channel, threadTs, title),
    openHome: ({ user, tab }) => personas.appHome(user, tab ?? 'home'),
    dm: (user) => personas.openDm(user, ids.bot).id,
    createChannel: ({ user, name, isPrivate }) => personas.createChannel(user, name, isPrivate).id,
    join: ({ user, channel, inviter }) => {
      personas.join(user, channel, inviter);
    },
    leave: ({ user, channel }) => personas.leave(user, channel),
    archive: ({ user, channel }) => personas.archive(user, channel),
    changeUser: ({ user, ...more }) => personas.changeUser(user, more),
    setGroup: ({ id, handle, name, users }) => {
      const known = slack.workspace.groups.get(id);
      const called = handle ?? known?.handle ?? id.toLowerCase();
      slack.workspace.putGroup({ id, handle: called, name: name ?? known?.name ?? called, users });
    },
  };
}

function elementUse({
  channel,
  ts,
  viewId,
  blockId,
  actionId,
  state,
}: Use): Parameters<Personas['click']>[1] {
  return {
    action_id: actionId,
    ...(channel === undefined ? {} : { channel }),
    ...(ts === undefined ? {} : { ts }),
    ...(viewId === undefined ? {} : { view_id: viewId }),
    ...(blockId === undefined ? {} : { block_id: blockId }),
    ...(state === undefined ? {} : { state }),
  };
}

type Looks = Pick<
  SlackControl,
  | 'messages'
  | 'message'
  | 'ephemerals'
  | 'statuses'
  | 'status'
  | 'reactions'
  | 'files'
  | 'views'
  | 'home'
  | 'calls'
  | 'waitFor'
>;

function looks({ slack, calls }: ControlParts): Looks {
  const { workspace } = slack;
  const messages = (channel: string, threadTs?: string): SeenMessage[] => {
    const log = workspace.log(channel);
    if (threadTs === undefined) return [...log.all()].map((message) => seen(workspace, message));
    const root = log.get(threadTs);
    return [...(root ? [root] : []), ...log.replies(threadTs)].map((message) => seen(workspace, message));
  };
  return {
    messages,
    message: (channel, ts) => {
      const found = workspace.message(channel, ts);
      return found ? seen(workspace, found) : undefined;
    },
    ephemerals: (user) =>
      workspace.ephemerals
        .filter(({ to }) => user === undefined || to === user)
        .map(({ to, message }) => ({ ...seen(workspace, message), to })),
    statuses: () => [...workspace.statuses.values()],
    status: (channel, threadTs) => workspace.status(channel, threadTs),
    reactions: (channel, ts) => workspace.message(channel, ts)?.reactions ?? [],
    files: () =>
      [...workspace.files.values()].map(({ id, name, title, shares }) => {
        return { id, name, title, shares, bytes: workspace.journal.getBytes(id) };
      }),
    views: (user) => slack.interactions.views.stack(user),
    home: (user) => workspace.homes.get(user),
    calls,
    waitFor: (predicate, timeoutMs = 10_000, what = 'the condition') =>
      waitFor(slack, calls, predicate, timeoutMs, what),
  };
}

/** Changes that come together are looked at together, once they are all done. */
function waitFor<T>(
  slack: Slack,
  calls: CallLog,
  predicate: () => T,
  timeoutMs: number,
  what: string,
): Promise<Truthy<T>> {
  return new Promise((resolve, reject) => {
    let planned = false;
    const finish = (settle: () => void): void => {
      stopListening();
      clearTimeout(timer);
      settle();
    };
    const look = (): void => {
      planned = false;
      try {
        const found = predicate();
        if (found) finish(() => resolve(found as Truthy<T>));
      } catch (error) {
        finish(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    };
    const stopListening = slack.workspace.listen(() => {
      if (planned) return;
      planned = true;
      setImmediate(look);
    });
    const timer = setTimeout(() => {
      const last = calls
        .log()
        .slice(-8)
        .map((call) => `${call.method} ${call.error ?? call.status}`);
      finish(() =>
        reject(new Error(`${what} did not come true in ${timeoutMs} ms; last calls: ${last.join(', ')}`)),
      );
    }, timeoutMs);
    look();
  });
}

type Trouble = Omit<SlackControl, keyof Acts | keyof Looks | 'ids'>;

function trouble(parts: ControlParts): Trouble {
  const { slack, deliveries, sockets, webhook, limiter, lacks } = parts;
  return {
    faults: slack.faults,
    deliveries,
    sockets,
    inject(event, shared) {
      const { event_id, body } = envelope(slack.workspace, event, shared ?? false);
      deliveries.post(event_id, body);
      return event_id;
    },
    injectBody(body) {
      const parcel = { kind: 'events_api' as const, body };
      (webhook ?? sockets).send(parcel, { number: 0, reason: '' }).catch(() => undefined);
    },
    async forge({ body, contentType, headers }) {
      if (!webhook) throw new Error('forge needs events over HTTP');
      const { status } = await webhook.request(body, contentType ?? 'application/json', headers);
      return status;
    },
    setLimits: (limits) => limiter.set(resolveLimits(limits)),
    lack: (...methods) => methods.forEach((method) => lacks.add(method)),
    unlack: (...methods) => methods.forEach((method) => lacks.delete(method)),
    grant: (scope) => {
      slack.scopes.add(scope);
    },
    revoke: (scope) => {
      slack.scopes.delete(scope);
    },
    setLatency: parts.setLatency,
  };
}
