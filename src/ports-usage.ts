/** What a session has used, as the flow asks for it. Failures reject with `PortError`. */

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

export interface AgentUsage {
  /** `usage` of `sessions.retrieve`; of an archived session too. Rejects `gone` where it was deleted. */
  usage(session: string): Promise<SessionUsage>;
}
