/** Shapes shared by the emulated service's parts. JSON on the wire stays JSON here. */
export type Json = Record<string, unknown>;

/** An event of a session's history. `processed_at` is null while what a client sent is still queued. */
export interface SessionEvent {
  readonly type: string;
  readonly id: string;
  readonly processed_at: string | null;
  readonly [field: string]: unknown;
}

export type Status = 'idle' | 'running' | 'rescheduling' | 'terminated';

export type StopReason =
  | { readonly type: 'end_turn' | 'retries_exhausted' | 'budget_reached' | 'refusal' }
  | { readonly type: 'requires_action'; readonly event_ids: readonly string[] };

export type CallKind = 'tool' | 'mcp' | 'custom';
export type Policy = 'allow' | 'ask' | 'deny' | 'auto';

/**
 * One step of what the scripted agent does. Plain data, so that a running script can be written to the journal
 * and go on after a restart. `ms` is how long the step takes before its effect shows, at pace 1.
 */
export type Op = { readonly ms?: number } & (
  | { readonly op: 'request' }
  | { readonly op: 'think' }
  | { readonly op: 'say'; readonly text: string | readonly string[] }
  | {
      readonly op: 'use';
      readonly key: string;
      readonly name: string;
      readonly input: Json;
      readonly kind?: CallKind;
      readonly server?: string;
      /** Overrides what the agent's own configuration says. */
      readonly policy?: Policy;
      /** Key of the subagent that makes the call; it is then cross-posted. */
      readonly thread?: string;
    }
  /** `spend`: the request costs that many US cents more, or all that the budget leaves. */
  | { readonly op: 'end'; readonly error?: boolean; readonly spend?: 'rest' | number }
  | { readonly op: 'await' }
  | { readonly op: 'result'; readonly key: string; readonly text: string; readonly isError?: boolean }
  | {
      readonly op: 'branch';
      readonly key: string;
      readonly allow: readonly Op[];
      readonly deny: readonly Op[];
    }
  | { readonly op: 'error'; readonly error: Json; readonly retry: 'retrying' | 'exhausted' | 'terminal' }
  | { readonly op: 'run' }
  | { readonly op: 'idle'; readonly stop?: StopReason; readonly details?: Json }
  | { readonly op: 'spawn'; readonly key: string; readonly name: string; readonly text: string }
  | { readonly op: 'report'; readonly key: string; readonly text: string }
  | {
      readonly op: 'evaluate';
      readonly phase: 'start' | 'ongoing' | 'end';
      readonly iteration: number;
      readonly result?: string;
      readonly explanation?: string;
    }
  | { readonly op: 'file'; readonly name: string; readonly text: string; readonly mime?: string }
  | { readonly op: 'emit'; readonly event: Json & { readonly type: string } }
  | { readonly op: 'gate'; readonly name: string }
  | { readonly op: 'terminate'; readonly error?: Json }
);

/** A tool call the session has made and not yet closed with a result. */
export interface Call {
  readonly key: string;
  readonly eventId: string;
  readonly kind: CallKind;
  readonly needs: 'nothing' | 'confirmation' | 'custom_result' | 'tool_result';
  /** Subagent thread that made it, or null for the primary one. */
  readonly thread: string | null;
  answer: Answer | null;
}

export interface Answer {
  readonly verdict: 'allow' | 'deny';
  /** The result's text, or the reason of a denial. */
  readonly text: string;
}

export interface Thread {
  readonly id: string;
  readonly key: string | null;
  readonly name: string;
  readonly parent: string | null;
  readonly created_at: string;
  status: Status;
  archived_at: string | null;
}

export interface Money {
  readonly amount: string;
  readonly currency: string;
}

export interface Budget {
  readonly type: 'limit';
  readonly max_list_cost: Money;
}

export interface Outcome {
  readonly outcome_id: string;
  readonly description: string;
  readonly max_iterations: number;
  iteration: number;
  result: string;
  explanation: string | null;
  completed_at: string | null;
}

/** What never changes after creation, except by `sessions.update({agent})`. */
export interface SessionFixed {
  readonly id: string;
  /** Order of creation, for paging. */
  readonly seq: number;
  readonly created_at: string;
  readonly environment_id: string;
  readonly selfHosted: boolean;
  readonly primary: string;
  agent: Json;
}

/** The changing part of a session, small enough to be journaled whole. */
export interface SessionState {
  status: Status;
  title: string | null;
  metadata: Record<string, string>;
  vault_ids: readonly string[];
  resources: Json[];
  budget: Budget | null;
  archived_at: string | null;
  updated_at: string;
  outcomes: Outcome[];
  threads: Thread[];
  /** Ids of accepted events that no turn has taken yet, in order. */
  queue: string[];
  /** Ids of accepted interrupts that are not applied yet. */
  interrupts: string[];
  calls: Call[];
  /** What answered calls said, by the script's key, for later texts. */
  answers: Record<string, Answer>;
  stop: StopReason | null;
  /** When the last idle was streamed, Unix ms. */
  idleAt: number;
  /** When a pending call was last answered, Unix ms. */
  answeredAt: number;
  usage: Usage;
  activeMs: number;
  runningSince: number | null;
}

export interface Usage {
  input: number;
  output: number;
  cacheRead: number;
  searches: number;
  /** Millionths of a dollar at list price. */
  costMicros: number;
}

/** Where a running script stands. Journaled at every step, so it is kept apart from the script itself. */
export interface Position {
  at: number;
  /** When the step at `at` was begun, Unix ms. */
  since: number;
  /** Open model request, or null between requests. */
  requestId: string | null;
  /** Id promised to the event that the step at `at` will emit. */
  openId: string | null;
  /** Characters said and read in the open request, for its usage. */
  chars: number;
}
