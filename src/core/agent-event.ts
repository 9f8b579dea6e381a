/**
 * Events of a Managed Agents session, narrowed to what Heddle reads, under the platform's own type names.
 * The adapter makes them from the SDK's types; an event of a type not listed here becomes `other`.
 * Source: `@anthropic-ai/sdk` `src/resources/beta/sessions/events.ts`.
 */

import type { Role } from './event.ts';

interface Persisted {
  /** `sevt_…`, unique and stable over send response, stream and list. No order is promised by it. */
  readonly id: string;
  /** `processed_at`, RFC 3339; null while an event that we sent is queued. */
  readonly at: string | null;
}

/** `session.status_idle`'s `stop_reason`. A type that is not known ends the turn like `end_turn`. */
export type StopReason =
  | { readonly type: 'end_turn' }
  | { readonly type: 'requires_action'; readonly eventIds: readonly string[] }
  | { readonly type: 'retries_exhausted' }
  | { readonly type: 'budget_reached' }
  | { readonly type: 'refusal'; readonly category: string | null; readonly explanation: string | null }
  | { readonly type: 'unknown'; readonly name: string };

export interface SessionErrorFact {
  /** `model_overloaded_error`, `mcp_authentication_failed_error`, … */
  readonly type: string;
  readonly message: string;
  readonly retry: 'retrying' | 'exhausted' | 'terminal' | 'unknown';
  /** The MCP server or repository that it names, where it does. */
  readonly subject?: string;
}

/** The mark that ends each message which Heddle sends (see `core/mark.ts`). */
export interface Mark {
  /** Slack `ts` of the message, or an opaque id for inputs without one. */
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly name: string;
  readonly role: Role;
  /** 1, and one more for each deliberate resend. */
  readonly n: number;
}

/** What a tool brought, as text: its beginning, and how many characters it is in all. */
export interface ToolResult {
  readonly text: string;
  readonly chars: number;
}

/** Tokens and cost: of one model request, or of a session from its beginning. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** List cost in cents where the platform states it. */
  readonly listCostCents?: number;
}

export type AgentEvent =
  | (Persisted & { readonly type: 'user.message'; readonly text: string; readonly mark?: Mark })
  | (Persisted & { readonly type: 'user.interrupt' })
  | (Persisted & {
      readonly type: 'user.tool_confirmation';
      readonly toolUseId: string;
      readonly result: 'allow' | 'deny';
    })
  | (Persisted & {
      readonly type: 'user.custom_tool_result';
      readonly toolUseId: string;
      readonly result?: ToolResult;
    })
  | (Persisted & { readonly type: 'agent.message'; readonly text: string })
  | (Persisted & { readonly type: 'agent.thinking' })
  | (Persisted & {
      /** `agent.tool_use`, `agent.mcp_tool_use` and `agent.custom_tool_use` alike. */
      readonly type: 'agent.tool_use';
      readonly tool: 'builtin' | 'mcp' | 'custom';
      readonly name: string;
      readonly server?: string;
      readonly input: unknown;
      readonly permission: 'allow' | 'ask' | 'deny' | 'unknown';
      /** Set where a subagent's thread asks. */
      readonly sessionThreadId?: string;
    })
  | (Persisted & {
      readonly type: 'agent.tool_result';
      readonly toolUseId: string;
      readonly isError: boolean;
      readonly result?: ToolResult;
    })
  | (Persisted & {
      /** A subagent of the session, which has a thread of the session to itself. */
      readonly type: 'session.thread_created';
      readonly sessionThreadId: string;
      readonly agentName: string;
    })
  | (Persisted & {
      /** Also the session's own thread has these; only the subagents' were announced. */
      readonly type:
        'session.thread_status_running' | 'session.thread_status_idle' | 'session.thread_status_terminated';
      readonly sessionThreadId: string;
      readonly agentName: string;
      /** It rests because somebody has to answer for a tool. */
      readonly waits?: true;
    })
  | (Persisted & { readonly type: 'session.status_running' })
  | (Persisted & { readonly type: 'session.status_rescheduled' })
  | (Persisted & { readonly type: 'session.status_idle'; readonly reason: StopReason })
  | (Persisted & { readonly type: 'session.status_terminated' })
  | (Persisted & { readonly type: 'session.deleted' })
  | (Persisted & { readonly type: 'session.error'; readonly error: SessionErrorFact })
  | (Persisted & {
      readonly type: 'session.usage';
      readonly usage: Usage;
      /** What the session may cost, US cents; absent where it has no budget. */
      readonly budgetCents?: number;
    })
  | (Persisted & {
      readonly type: 'span.model_request_end';
      readonly isError: boolean;
      readonly usage: Usage;
    })
  | (Persisted & { readonly type: 'other'; readonly name: string });

/** Preview frames: cosmetic, never persisted, without an id of their own. */
export type PreviewEvent =
  | {
      readonly type: 'event_start';
      readonly eventId: string;
      readonly of: 'agent.message' | 'agent.thinking';
    }
  | { readonly type: 'event_delta'; readonly eventId: string; readonly index: number; readonly text: string };

export type FeedItem = AgentEvent | PreviewEvent;

/** A file of the Files API that is shown to the model as a block of the message. */
export interface SendFile {
  readonly as: 'image' | 'document';
  /** `file_…` */
  readonly file: string;
  readonly name: string;
}

/** What Heddle sends to a session (`events.send`). */
export type OutgoingEvent =
  /** `files` stand before the texts; the mark is the last text. */
  | {
      readonly type: 'user.message';
      readonly texts: readonly string[];
      readonly files?: readonly SendFile[];
    }
  | { readonly type: 'user.interrupt' }
  | {
      readonly type: 'user.tool_confirmation';
      readonly toolUseId: string;
      readonly result: 'allow' | 'deny';
      /** Only with `deny`. */
      readonly denyMessage?: string;
    }
  | {
      readonly type: 'user.custom_tool_result';
      readonly toolUseId: string;
      readonly text: string;
      readonly isError: boolean;
    };
