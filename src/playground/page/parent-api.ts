/**
 * What the page and the playground's parent process say to each other, under `/__parent/`.
 * Types only: the page's client code imports this file, so nothing here may need Node.
 *
 * | request | answer |
 * |---|---|
 * | `GET /__parent/state` | {@link ParentState} |
 * | `GET /__parent/events` | server-sent events, each `data:` one {@link ParentEvent}; the first is `state` |
 * | `POST /__parent/kill` | SIGKILL to the bot's process group; {@link ParentAnswer} |
 * | `POST /__parent/restart` | starts it again (after killing what is left of it); {@link ParentAnswer} |
 */
/** The real bot process. `at` and `since` are Unix milliseconds. */
export type BotProcess =
  | { readonly state: 'absent' }
  | { readonly state: 'starting' | 'running' | 'stopping'; readonly pid: number; readonly since: number }
  /** Killed from the page: stays dead until somebody presses Restart. */
  | { readonly state: 'killed'; readonly at: number }
  /** Died by itself; `retry_at` is when it is started again, null where it will not be. */
  | {
      readonly state: 'exited';
      readonly code: number | null;
      readonly signal: string | null;
      readonly at: number;
      readonly retry_at: number | null;
      /** Its last words on stderr, for people. */
      readonly said: string;
    };

/** A word that makes the scripted agent do something worth seeing. */
export interface Keyword {
  readonly word: string;
  readonly what: string;
  /** Heading under which it stands. */
  readonly group?: string;
}

export interface AgentMode {
  readonly mode: 'scripted' | 'real';
  /** Real: the agent's id. Scripted: null. */
  readonly agent_id: string | null;
  /** Scripted: what is missing for a real one, of `ANTHROPIC_API_KEY`, `agent`, `environment`. */
  readonly missing: readonly string[];
}

export interface ParentState {
  readonly bot: BotProcess;
  readonly agent: AgentMode;
  readonly keywords: readonly Keyword[];
  /** Base URLs of the two servers, for people who point something else at them; null where not started. */
  readonly slack_api_url: string;
  readonly anthropic_base_url: string | null;
  readonly idle_timeout: string;
}

export type ParentEvent =
  | { readonly type: 'state'; readonly state: ParentState }
  | { readonly type: 'bot'; readonly bot: BotProcess };

export type ParentAnswer =
  { readonly ok: true; readonly bot: BotProcess } | { readonly ok: false; readonly error: string };
