/**
 * The turn: what the agent did since it was asked, as the thread will show it. Agent events fold into it.
 *
 * T1  Folding is idempotent: an event seen again (history after a reconnect) changes nothing.
 * T2  Texts stand in the order of `processed_at`; equal times keep the order of arrival.
 * T3  A text's own segment never changes: what a reply split off stays split.
 */
import type { AgentEvent, SessionErrorFact, Usage } from './agent-event.ts';
import type { Verbosity } from './settings.ts';

/** One text the agent wrote (`agent.message`), whole. */
export interface TextItem {
  readonly is: 'text';
  readonly id: string;
  readonly at: string;
  readonly text: string;
  /** A preview that an interrupt cut off: people had read it, so it stays. */
  readonly partial?: true;
}

export type StepState = 'running' | 'done' | 'failed' | 'denied' | 'asking';

/**
 * One use of a tool, or the work of one subagent. Only names are kept: inputs are the agent's business, not a
 * status line's.
 */
export interface StepItem {
  readonly is: 'step';
  /** Of a subagent: its thread in the session. */
  readonly id: string;
  readonly at: string;
  /** The tool's, or the subagent's. */
  readonly name: string;
  readonly server?: string;
  readonly state: StepState;
  /** How long it ran, milliseconds; what a tool waited for somebody's leave does not count. */
  readonly took?: number;
  /** Since when it may run, where it had to be asked for. */
  readonly from?: string;
  /** The subagent that used the tool, by its thread in the session. */
  readonly by?: string;
  /** A subagent, and when it was last heard of. */
  readonly heard?: string;
}

export type Item = TextItem | StepItem;

/** What stands in one bot message: a reply that is taken into a running turn begins the next one. */
export interface Segment {
  /** `ts` of the person's message that this segment answers. */
  readonly after: string;
  readonly items: readonly Item[];
}

/** How a turn ended. */
export type End =
  | { readonly is: 'answered' }
  /** `end_turn` without a text. */
  | { readonly is: 'silent' }
  | { readonly is: 'stopped'; readonly by: string; readonly unanswered: number }
  | { readonly is: 'interrupted'; readonly by: string }
  /** Its message was deleted before anything was sent. */
  | { readonly is: 'withdrawn'; readonly by: string }
  | { readonly is: 'refused'; readonly category: string | null; readonly explanation: string | null }
  /** `retries_exhausted`, with the last error the session named. */
  | { readonly is: 'failed'; readonly error?: SessionErrorFact; readonly unanswered: number }
  /** `held`: it goes on when the budget is raised; else the session is closed. */
  | { readonly is: 'budget'; readonly held?: true }
  | {
      readonly is: 'lost';
      readonly how: 'archived' | 'deleted' | 'terminated';
      readonly error?: SessionErrorFact;
    }
  /** The session could not be made or written to. `code` is the platform's. */
  | { readonly is: 'unreachable'; readonly code: string; readonly final: boolean };

/** Said at the top of the first turn of a session that continues an earlier one. */
export interface Intro {
  readonly why: string;
  /** Earlier messages that the session was given, and how many more there were. */
  readonly messages: number;
  readonly leftOut: number;
  /** The earlier conversation could not be read. */
  readonly missing: boolean;
}

export interface Turn {
  readonly no: number;
  /** For whom it counts: who asked, or whom the thread was handed to. */
  readonly user: string;
  /** In a thread that was handed over: who asked for it, and who gave it away. */
  readonly asked?: readonly string[];
  /** Wall clock, Unix milliseconds. */
  readonly startedAt: number;
  readonly segments: readonly Segment[];
  /** `ts` of replies that the session took while this turn ran. */
  readonly taken: readonly string[];
  /**
   * How its texts grow; absent: by edits. `undecided` until there is a place among Slack's streams for it, or none.
   * Decided once: messages that stand are not laid out anew.
   */
  readonly output?: 'undecided' | 'stream';
  /** What the turn begins with: that the session is a new one, and what it remembers. */
  readonly intro?: Intro;
  /** Tool uses that have been answered or have a result: they are never asked again. */
  readonly settled: readonly string[];
  /** The newest error the session reported in this turn. */
  readonly trouble?: SessionErrorFact & { readonly id: string };
  /** What it has cost so far. */
  readonly used?: Usage;
  /** What its session had cost when it ended, and what that may cost, US cents; absent where it has no budget. */
  readonly spent?: { readonly cents: number; readonly of: number };
  /** How much of it is shown; absent: `normal`. */
  readonly verbosity?: Verbosity;
  readonly end?: End;
  /** When it ended (wall clock, Unix milliseconds), and the generation of the session that it ran in. */
  readonly endedAt?: number;
  readonly gen?: number;
}

export function openTurn(no: number, user: string, after: string, now: number): Turn {
  return { no, user, startedAt: now, segments: [{ after, items: [] }], taken: [], settled: [] };
}

/** Every item of the turn, in order. */
export function itemsOf(turn: Turn): readonly Item[] {
  return turn.segments.flatMap((segment) => segment.items);
}

export function hasText(turn: Turn): boolean {
  return itemsOf(turn).some((item) => item.is === 'text' && item.text.trim() !== '');
}

/** Begins a new segment below a reply; an empty last one is reused. */
export function splitAfter(turn: Turn, after: string): Turn {
  const last = turn.segments.at(-1);
  if (last?.after === after) return turn;
  const kept = last && last.items.length === 0 ? turn.segments.slice(0, -1) : turn.segments;
  return { ...turn, segments: [...kept, { after, items: [] }] };
}

function replaceItem(turn: Turn, id: string, change: (item: Item) => Item): Turn {
  if (!itemsOf(turn).some((item) => item.id === id)) return turn;
  const segments = turn.segments.map((segment) => ({
    ...segment,
    items: segment.items.map((item) => (item.id === id ? change(item) : item)),
  }));
  return { ...turn, segments };
}

/** Puts a new item into the last segment at its place in time (T2). */
function insert(turn: Turn, item: Item): Turn {
  const last = turn.segments.at(-1);
  if (!last) return turn;
  return { ...turn, segments: [...turn.segments.slice(0, -1), { ...last, items: inTime(last.items, item) }] };
}

function inTime(items: readonly Item[], item: Item): readonly Item[] {
  const later = items.findIndex((other) => before(item.at, other.at));
  const at = later === -1 ? items.length : later;
  return [...items.slice(0, at), item, ...items.slice(at)];
}

/** RFC 3339 times compared as moments; equal moments are not before each other. */
export function before(a: string, b: string): boolean {
  const [x, y] = [Date.parse(a), Date.parse(b)];
  if (x !== y) return x < y;
  return fraction(a) < fraction(b);
}

/** The part of a second below the millisecond that `Date.parse` reads, padded so that text order is time order. */
function fraction(at: string): string {
  return (/\.(\d+)/.exec(at)?.[1] ?? '').padEnd(9, '0');
}

function settle(turn: Turn, toolUseId: string, state: StepState, at: string | null): Turn {
  const marked = turn.settled.includes(toolUseId) ? turn : { ...turn, settled: [...turn.settled, toolUseId] };
  return replaceItem(marked, toolUseId, (item) =>
    item.is === 'step' ? { ...item, state, ...tookOf(item, state, at) } : item,
  );
}

/** From when it might run to its end. */
function tookOf(item: StepItem, state: StepState, at: string | null): Partial<StepItem> {
  if (at === null || state === 'denied' || state === 'asking') return {};
  if (state === 'running') return { from: at };
  const took = Date.parse(at) - Date.parse(item.from ?? item.at);
  return took >= 0 ? { took } : {};
}

/** Folds one event of the session into the turn (T1). Events that show nothing leave it as it is. */
export function fold(turn: Turn, event: AgentEvent): Turn {
  switch (event.type) {
    case 'agent.message':
      return foldText(turn, event);
    case 'agent.tool_use':
      return foldToolUse(turn, event);
    case 'agent.tool_result':
      return settle(
        turn,
        event.toolUseId,
        event.isError ? failedAs(turn, event.toolUseId) : 'done',
        event.at,
      );
    case 'user.tool_confirmation':
      return settle(turn, event.toolUseId, event.result === 'allow' ? 'running' : 'denied', event.at);
    case 'user.custom_tool_result':
      return settle(turn, event.toolUseId, 'done', event.at);
    case 'session.thread_created':
    case 'session.thread_status_running':
    case 'session.thread_status_idle':
    case 'session.thread_status_terminated':
      return foldSubagent(turn, event);
    case 'session.error':
      return { ...turn, trouble: { ...event.error, id: event.id } };
    case 'span.model_request_end':
      return event.isError || !turn.trouble ? turn : withoutTrouble(turn);
    default:
      return turn;
  }
}

/** A model request went well: what was retried is over. */
function withoutTrouble(turn: Turn): Turn {
  const { trouble: _, ...rest } = turn;
  return rest;
}

/** A denied tool comes back as an error result, and stays denied. */
function failedAs(turn: Turn, id: string): StepState {
  const item = itemsOf(turn).find((candidate) => candidate.id === id);
  return item?.is === 'step' && item.state === 'denied' ? 'denied' : 'failed';
}

/** Keeps what people had already read of a message that was cut off. A whole message of that id replaces it. */
export function keepPartial(turn: Turn, id: string, text: string, at: string): Turn {
  if (text.trim() === '' || itemsOf(turn).some((item) => item.id === id)) return turn;
  return insert(turn, { is: 'text', id, at, text, partial: true });
}

function foldText(turn: Turn, event: Extract<AgentEvent, { type: 'agent.message' }>): Turn {
  const known = itemsOf(turn).find((item) => item.id === event.id);
  const item: TextItem = { is: 'text', id: event.id, at: event.at ?? '', text: event.text };
  if (!known) return insert(turn, item);
  if (known.is === 'text' && known.text === item.text && !known.partial) return turn;
  return known.is === 'text' && known.partial
    ? complete(turn, item)
    : replaceItem(turn, event.id, () => item);
}

/** The whole text has its own time, which what was kept of its beginning had not (T2); its segment stays (T3). */
function complete(turn: Turn, item: TextItem): Turn {
  const segments = turn.segments.map((segment) =>
    segment.items.some(({ id }) => id === item.id)
      ? {
          ...segment,
          items: inTime(
            segment.items.filter(({ id }) => id !== item.id),
            item,
          ),
        }
      : segment,
  );
  return { ...turn, segments };
}

function foldToolUse(turn: Turn, event: Extract<AgentEvent, { type: 'agent.tool_use' }>): Turn {
  if (itemsOf(turn).some((item) => item.id === event.id)) return turn;
  const state: StepState = event.permission === 'deny' ? 'denied' : 'running';
  return insert(turn, {
    is: 'step',
    id: event.id,
    at: event.at ?? '',
    name: event.name,
    ...(event.server === undefined ? {} : { server: event.server }),
    ...(event.sessionThreadId === undefined ? {} : { by: event.sessionThreadId }),
    state: turn.settled.includes(event.id) ? 'done' : state,
  });
}

type ThreadEvent = Extract<AgentEvent, { readonly sessionThreadId: string; readonly agentName: string }>;

/** A subagent's work is one step of the turn, however often it rests in between. */
function foldSubagent(turn: Turn, event: ThreadEvent): Turn {
  const { sessionThreadId: id, agentName: name } = event;
  const at = event.at ?? '';
  const known = itemsOf(turn).find((item) => item.id === id);
  const state = subagentState(event);
  if (!known) {
    const begun: StepItem = { is: 'step', id, at, name, state, heard: at };
    return state === 'running' ? insert(turn, begun) : turn;
  }
  if (known.is !== 'step' || known.heard === undefined || !before(known.heard, at)) return turn;
  const changed: StepItem = { ...known, state, heard: at };
  const isOver = state === 'done' || state === 'failed';
  return replaceItem(turn, id, () => (isOver ? { ...changed, ...tookOf(known, state, at) } : changed));
}

function subagentState(event: ThreadEvent): StepState {
  switch (event.type) {
    case 'session.thread_created':
    case 'session.thread_status_running':
      return 'running';
    case 'session.thread_status_idle':
      return event.waits ? 'asking' : 'done';
    case 'session.thread_status_terminated':
      return 'failed';
  }
}
