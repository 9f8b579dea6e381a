/** Everything the page shows, as plain immutable data. Views read it, `App.update` replaces it. */
import type { ParentState } from '../parent-api.ts';
import type {
  PageFile,
  PageMessage,
  PagePrompt,
  PageState,
  PageStatus,
  PageView,
  PageWireCall,
  ViewValues,
} from '../../slack/page-api.ts';
import type { Loose } from './values.ts';

/** The loaded part of a channel's top level or of a thread, oldest first. */
export interface Timeline {
  readonly messages: readonly PageMessage[];
  readonly hasMore: boolean;
  readonly load: 'loading' | 'ready' | 'failed';
}

/** A message this page said and has not seen come back yet. */
export interface Outgoing {
  readonly id: string;
  readonly user: string;
  readonly channel: string;
  readonly thread: string | null;
  readonly text: string;
  readonly files: readonly PageFile[];
  readonly broadcast: boolean;
  readonly at: number;
  /** `sent`: acknowledged as `ts`, dropped once that message is in a timeline. */
  readonly state: 'sending' | 'failed' | 'sent';
  readonly ts: string | null;
  readonly reason: string;
}

export interface Upload {
  readonly id: string;
  readonly name: string;
  /** Bytes, all and those sent so far. */
  readonly size: number;
  readonly sent: number;
  readonly state: 'sending' | 'failed' | 'ready';
  readonly file: PageFile | null;
}

/** What stands in one composer. */
export interface Draft {
  readonly text: string;
  readonly uploads: readonly Upload[];
  readonly broadcast: boolean;
  readonly problem: string;
}

export interface Completion {
  /** Which composer it belongs to. */
  readonly composer: string;
  readonly index: number;
}

/** What can stand on the right side. */
export type Side = 'thread' | 'guide';
export type Place = { readonly view: 'channel'; readonly channel: string } | { readonly view: 'home' };
export interface ThreadPlace {
  readonly channel: string;
  readonly ts: string;
}

/** Where a floating layer is anchored, in viewport pixels. */
export interface Anchor {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
export interface MenuItem {
  readonly label: string;
  /** Whose avatar stands before the label. */
  readonly user?: string;
  readonly detail?: string;
  /** How much is new there. */
  readonly count?: number;
  readonly danger?: boolean;
  readonly checked?: boolean;
  readonly separated?: boolean;
  run(): void;
}
export type Layer =
  | {
      readonly kind: 'menu';
      readonly label: string;
      readonly anchor: Anchor;
      readonly items: readonly MenuItem[];
    }
  | { readonly kind: 'emoji'; readonly anchor: Anchor; readonly query: string; pick(name: string): void }
  | {
      readonly kind: 'confirm';
      readonly title: string;
      readonly text: string;
      readonly yes: string;
      readonly no: string;
      readonly danger: boolean;
      run(): void;
    }
  | {
      readonly kind: 'new_channel';
      readonly name: string;
      readonly isPrivate: boolean;
      readonly problem: string;
    }
  | { readonly kind: 'people'; readonly purpose: 'dm' | 'invite'; readonly query: string };

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'bad';
}

export interface WireView {
  readonly calls: readonly PageWireCall[];
  readonly paused: boolean;
  /** How many came while paused. */
  readonly held: readonly PageWireCall[];
  readonly filter: string;
  readonly side: 'all' | 'slack' | 'agents';
  readonly openCall: string | null;
}

export interface Prompts {
  readonly channel: string;
  readonly thread_ts: string;
  readonly title?: string;
  readonly prompts: readonly PagePrompt[];
}

export interface Model {
  readonly user: string | null;
  readonly connection: 'connecting' | 'open' | 'lost';
  readonly page: PageState | null;
  readonly parent: ParentState | null;
  readonly channels: ReadonlyMap<string, Timeline>;
  readonly threads: ReadonlyMap<string, Timeline>;
  readonly statuses: readonly PageStatus[];
  readonly views: readonly PageView[];
  readonly home: PageView | null;
  /** Messages that only this persona sees; they stand in timelines once those are loaded. */
  readonly ephemerals: readonly PageMessage[];
  readonly outgoing: readonly Outgoing[];
  readonly drafts: ReadonlyMap<string, Draft>;
  /** Values of inputs by form: a view's id or a message's key. */
  readonly forms: ReadonlyMap<string, ViewValues>;
  /** People who were told something that the one looking does not see, and how often. */
  readonly nudges: ReadonlyMap<string, number>;
  /** Why a form was not taken, as a whole. */
  readonly viewProblem: { readonly view: string; readonly text: string } | null;
  /** Choices of external menus by field. */
  readonly options: ReadonlyMap<string, readonly Loose[] | 'loading'>;
  readonly busy: ReadonlySet<string>;
  readonly lastRead: ReadonlyMap<string, string>;
  /** Channels with something new: how much of it asks for this persona. */
  readonly unread: ReadonlyMap<string, number>;
  /** What the persona had read when they came to the channel they look at. */
  readonly newMark: { readonly channel: string; readonly ts: string } | null;
  readonly place: Place;
  readonly thread: ThreadPlace | null;
  /** Whether the guide stands on the right side, alone or beside a thread. */
  readonly guide: boolean;
  /** Which of the two is seen where there are a guide and a thread. */
  readonly front: Side;
  readonly wireOpen: boolean;
  readonly wire: WireView;
  readonly sidebarOpen: boolean;
  readonly editing: {
    readonly channel: string;
    readonly ts: string;
    readonly text: string;
    readonly inThread: boolean;
  } | null;
  readonly completion: Completion | null;
  readonly layer: Layer | null;
  readonly toasts: readonly Toast[];
  /** Scrolled up in: how many new messages came below. */
  readonly below: ReadonlyMap<string, number>;
  readonly now: number;
}

export function initialModel(now: number): Model {
  return {
    user: null,
    connection: 'connecting',
    page: null,
    parent: null,
    channels: new Map(),
    threads: new Map(),
    statuses: [],
    views: [],
    home: null,
    ephemerals: [],
    outgoing: [],
    drafts: new Map(),
    forms: new Map(),
    nudges: new Map(),
    viewProblem: null,
    options: new Map(),
    busy: new Set(),
    lastRead: new Map(),
    unread: new Map(),
    newMark: null,
    place: { view: 'home' },
    thread: null,
    guide: true,
    front: 'guide',
    wireOpen: false,
    wire: { calls: [], paused: false, held: [], filter: '', side: 'all', openCall: null },
    sidebarOpen: false,
    editing: null,
    completion: null,
    layer: null,
    toasts: [],
    below: new Map(),
    now,
  };
}

/** What is seen on the right side. */
export function sideOf(model: Pick<Model, 'thread' | 'guide' | 'front'>): Side | null {
  if (model.thread !== null) return model.guide ? model.front : 'thread';
  return model.guide ? 'guide' : null;
}

export const EMPTY_DRAFT: Draft = { text: '', uploads: [], broadcast: false, problem: '' };

export function threadKey(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

/** Name of a composer, which also names its draft. */
export function composerKey(user: string, channel: string, thread: string | null): string {
  return `${user}/${channel}/${thread ?? ''}`;
}

export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
