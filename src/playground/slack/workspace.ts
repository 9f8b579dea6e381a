import { randomBytes } from 'node:crypto';
import { ChannelLog } from './channel-log.ts';
import type { Change, ChangeListener } from './changes.ts';
import type { Clock } from './clock.ts';
import type { Journal } from './journal.ts';
import type {
  Block,
  ChannelRecord,
  FileRecord,
  GroupRecord,
  MessageRecord,
  PromptsRecord,
  SecretsRecord,
  StatusRecord,
  UserRecord,
  ViewRecord,
} from './records.ts';
import type { Directory } from './text.ts';
import { appIdOf, directMessageId, ids, makeSecrets, seedChannels, seedGroups, seedUsers } from './world.ts';

/** One edit of a message as tests see it. */
export interface Edit {
  at: number;
  text: string;
  blocks: MessageRecord['blocks'];
}

/**
 * All that the workspace is at this moment. Invariants:
 * W1 every change of a record is in the journal before a listener hears of it;
 * W2 records are replaced, never altered, so that a listener may keep what it was given;
 * W3 time stamps are unique in the workspace and only grow.
 */
export class Workspace implements Directory {
  readonly clock: Clock;
  readonly secrets: SecretsRecord;
  /** As long as its journal lives, and no other workspace's. */
  readonly appId: string;
  readonly users = new Map<string, UserRecord>();
  readonly groups = new Map<string, GroupRecord>();
  readonly channels = new Map<string, ChannelRecord>();
  readonly statuses = new Map<string, StatusRecord>();
  readonly files = new Map<string, FileRecord>();
  readonly homes = new Map<string, ViewRecord>();
  readonly prompts = new Map<string, PromptsRecord>();
  /** Shown to one person, and gone with this process; newest last. */
  readonly ephemerals: { to: string; message: MessageRecord }[] = [];
  readonly journal: Journal;
  /** Where this server answers, without a slash at the end: known once it listens. */
  fileBase = '';
  readonly #logs = new Map<string, ChannelLog>();
  readonly #listeners = new Set<ChangeListener>();
  readonly #edits = new Map<string, Edit[]>();
  readonly #keepEdits: number;
  #lastMicros = 0;

  /** `appId` is for a workspace that is new; a journal keeps the one it was begun with. */
  constructor(clock: Clock, journal: Journal, keepEdits: number, appId?: string) {
    this.clock = clock;
    this.journal = journal;
    this.#keepEdits = keepEdits;
    const [secrets] = journal.load('secrets') as SecretsRecord[];
    this.secrets = secrets ?? makeSecrets(appId);
    if (!secrets) journal.put('secrets', '', this.secrets);
    this.appId = appIdOf(this.secrets);
    for (const user of seedUsers(this.appId)) this.users.set(user.id, user);
    for (const channel of seedChannels()) this.#keepChannel(channel);
    for (const group of seedGroups()) this.groups.set(group.id, group);
    this.#recall();
  }

  #recall(): void {
    const load = <T>(kind: string): T[] => this.journal.load(kind) as T[];
    for (const user of load<UserRecord>('user')) this.users.set(user.id, user);
    for (const channel of load<ChannelRecord>('channel')) this.#keepChannel(channel);
    for (const group of load<GroupRecord>('group')) this.groups.set(group.id, group);
    for (const message of load<MessageRecord>('message')) {
      this.log(message.channel).add(message);
      this.#lastMicros = Math.max(this.#lastMicros, micros(message.ts));
    }
    for (const status of load<StatusRecord>('status')) this.statuses.set(threadKey(status), status);
    for (const file of load<FileRecord>('file')) this.files.set(file.id, file);
    for (const view of load<ViewRecord>('home')) this.homes.set(view.user, view);
    for (const prompts of load<PromptsRecord>('prompts')) this.prompts.set(threadKey(prompts), prompts);
  }

  #keepChannel(channel: ChannelRecord): void {
    this.channels.set(channel.id, channel);
    if (!this.#logs.has(channel.id)) this.#logs.set(channel.id, new ChannelLog());
  }

  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  nextTs(): string {
    this.#lastMicros = Math.max(this.#lastMicros + 1, Math.floor(this.clock.now()) * 1000);
    const seconds = Math.floor(this.#lastMicros / 1e6);
    return `${seconds}.${String(this.#lastMicros % 1e6).padStart(6, '0')}`;
  }

  /** An id as Slack makes them: a letter and ten capitals or digits. */
  newId(letter: string): string {
    return (
      letter +
      BigInt(`0x${randomBytes(8).toString('hex')}`)
        .toString(36)
        .toUpperCase()
        .padStart(10, '0')
        .slice(-10)
    );
  }

  log(channel: string): ChannelLog {
    const log = this.#logs.get(channel);
    if (log) return log;
    const fresh = new ChannelLog();
    this.#logs.set(channel, fresh);
    return fresh;
  }

  message(channel: string, ts: string): MessageRecord | undefined {
    return this.log(channel).get(ts);
  }

  /** Root of the thread a message stands in. */
  rootOf(message: MessageRecord): string {
    return message.thread_ts ?? message.ts;
  }

  editsOf(channel: string, ts: string): Edit[] {
    return this.#edits.get(`${channel}/${ts}`) ?? [];
  }

  add(message: MessageRecord): void {
    this.log(message.channel).add(message);
    this.#journalMessage(message);
    this.tell({ kind: 'posted', message });
  }

  /** Replaces a message; `how` is what listeners are told. */
  change(previous: MessageRecord, more: MessageChange, by: string, how: EditKind): MessageRecord {
    const { blocks, ...rest } = { ...previous, ...more, edits: (previous.edits ?? 0) + 1 };
    const message: MessageRecord = blocks === undefined ? rest : { ...rest, blocks };
    this.log(message.channel).replace(message);
    this.#journalMessage(message);
    this.#rememberEdit(previous, message);
    this.tell({ kind: 'edited', message, previous, by, how });
    return message;
  }

  #rememberEdit(previous: MessageRecord, message: MessageRecord): void {
    const key = `${message.channel}/${message.ts}`;
    const edits = this.#edits.get(key) ?? [
      { at: micros(previous.ts) / 1000, text: previous.text, blocks: previous.blocks },
    ];
    edits.push({ at: this.clock.now(), text: message.text, blocks: message.blocks });
    if (edits.length > this.#keepEdits) edits.shift();
    this.#edits.set(key, edits);
  }

  /** A root with replies leaves a tombstone behind, as in Slack. */
  remove(message: MessageRecord, by: string): void {
    const log = this.log(message.channel);
    if (log.replyCount(message.ts) > 0) {
      const { blocks: _blocks, files: _files, reactions: _reactions, metadata: _metadata, ...rest } = message;
      const tombstone = { ...rest, tombstone: true, subtype: 'tombstone', text: 'This message was deleted.' };
      log.replace(tombstone);
      this.#journalMessage(tombstone);
      this.tell({ kind: 'edited', message: tombstone, previous: message, by, how: 'tombstone' });
      return;
    }
    log.remove(message);
    this.journal.drop('message', `${message.channel}/${message.ts}`);
    this.tell({ kind: 'deleted', message, by });
  }

  /** Reactions change a message without editing it. */
  react(
    message: MessageRecord,
    reactions: MessageRecord['reactions'],
    user: string,
    name: string,
    added: boolean,
  ): void {
    const changed: MessageRecord = { ...message, ...(reactions ? { reactions } : {}) };
    this.log(message.channel).replace(changed);
    this.#journalMessage(changed);
    this.tell({ kind: 'reaction', message: changed, user, name, added });
  }

  #journalMessage(message: MessageRecord): void {
    this.journal.put('message', `${message.channel}/${message.ts}`, message);
  }

  showEphemeral(to: string, message: MessageRecord): void {
    this.ephemerals.push({ to, message });
    if (this.ephemerals.length > 1000) this.ephemerals.shift();
    this.tell({ kind: 'ephemeral', to, message });
  }

  /** `of`: only where it was for this person. */
  hideEphemeral(channel: string, ts: string, of?: string): boolean {
    const at = this.ephemerals.findIndex(
      ({ to, message }) =>
        message.ts === ts && message.channel === channel && (of === undefined || to === of),
    );
    const [gone] = at < 0 ? [] : this.ephemerals.splice(at, 1);
    if (gone) this.tell({ kind: 'ephemeral_deleted', to: gone.to, channel, ts });
    return gone !== undefined;
  }

  putChannel(channel: ChannelRecord): void {
    this.#keepChannel(channel);
    this.journal.put('channel', channel.id, channel);
    this.tell({ kind: 'channel', channel });
  }

  putUser(user: UserRecord): void {
    this.users.set(user.id, user);
    this.journal.put('user', user.id, user);
  }

  putGroup(group: GroupRecord): void {
    this.groups.set(group.id, group);
    this.journal.put('group', group.id, group);
  }

  putFile(file: FileRecord): void {
    this.files.set(file.id, file);
    this.journal.put('file', file.id, file);
  }

  putStatus(status: StatusRecord): void {
    this.statuses.set(threadKey(status), status);
    this.journal.put('status', threadKey(status), status);
    this.tell({ kind: 'status', status });
  }

  status(channel: string, thread_ts: string): StatusRecord {
    const found = this.statuses.get(threadKey({ channel, thread_ts }));
    return found ?? { channel, thread_ts, text: '', loading_messages: [] };
  }

  putPrompts(prompts: PromptsRecord): void {
    this.prompts.set(threadKey(prompts), prompts);
    this.journal.put('prompts', threadKey(prompts), prompts);
    this.tell({ kind: 'prompts', prompts });
  }

  putHome(view: ViewRecord): void {
    this.homes.set(view.user, view);
    this.journal.put('home', view.user, view);
    this.tell({ kind: 'home', view });
  }

  /** The direct message of two people, made where it does not exist. */
  directMessage(a: string, b: string): ChannelRecord {
    const id = directMessageId(a, b);
    const found = this.channels.get(id);
    if (found) return found;
    const channel: ChannelRecord = {
      id,
      type: 'im',
      name: '',
      topic: '',
      creator: a,
      created: Math.floor(this.clock.now() / 1000),
      members: [...new Set([a, b])],
      is_ext_shared: false,
      is_archived: false,
    };
    this.putChannel(channel);
    return channel;
  }

  user(id: string): UserRecord | undefined {
    return this.users.get(id);
  }

  get bot(): UserRecord {
    const bot = this.users.get(ids.bot);
    if (!bot) throw new Error('the workspace has no app');
    return bot;
  }

  userByHandle(handle: string): string | undefined {
    for (const user of this.users.values()) if (user.name === handle) return user.id;
    return undefined;
  }

  channelByName(name: string): string | undefined {
    for (const channel of this.channels.values()) if (channel.name === name) return channel.id;
    return undefined;
  }

  groupByHandle(handle: string): string | undefined {
    for (const group of this.groups.values()) if (group.handle === handle) return group.id;
    return undefined;
  }

  hasUser(id: string): boolean {
    return this.users.has(id);
  }

  hasChannel(id: string): boolean {
    return this.channels.has(id);
  }
}

/** What an edit replaces; `blocks: undefined` takes the blocks away. */
export type MessageChange = Partial<Omit<MessageRecord, 'blocks'>> & { blocks?: Block[] | undefined };

export type EditKind = 'edit' | 'stream' | 'unfurl' | 'tombstone';

export function threadKey(thread: { channel: string; thread_ts: string }): string {
  return `${thread.channel}/${thread.thread_ts}`;
}

function micros(ts: string): number {
  return Math.round(Number(ts.replace('.', '')));
}
