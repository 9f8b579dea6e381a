/** What a session has used, and what a day has cost, as the flow asks for it. Failures reject with `PortError`. */
import type { Today } from './core/daily.ts';

/** All of a session's turns together (`BetaManagedAgentsSessionUsage` of `@anthropic-ai/sdk` 1.10.0). */
export interface SessionUsage {
  /** Tokens; what went into and came out of the cache is counted apart. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWritten: number;
  /** US dollars at list prices; absent where the service does not track it. */
  readonly usd?: number;
}

/** Part of the store. Written by commits: what their trail says was spent, and raised, today. */
export interface BooksStore {
  /** Today's books (UTC, the store's time) of a person, a channel and their workspace. */
  today(team: string, user: string, channel: string): Promise<Today>;
}

export interface AgentUsage {
  /**
   * `sessions.update` with a budget of this much, US cents. Once it is above what the session has cost, one that was
   * held by its budget runs on by itself. Told twice, it is told once. Rejects `refused` with the service's word for
   * why (`budget_not_raised`, `budget_create_only`); `gone` where the session is archived or deleted.
   */
  raiseBudget(session: string, cents: number): Promise<void>;
  /** `usage` of `sessions.retrieve`; of an archived session too. Rejects `gone` where it was deleted. */
  usage(session: string): Promise<SessionUsage>;
}
