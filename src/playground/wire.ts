/**
 * What the playground's two servers tell the page about each HTTP exchange they answered, so that a person
 * can watch the real protocol. Both servers produce it and only the page consumes it.
 */

/** Which of the two emulated services answered. */
export type WireSide = 'slack' | 'agents';

/**
 * One finished exchange. `request` and `response` are the decoded JSON bodies (null where there was none);
 * a stream or a download is described, not copied. Headers are left out on purpose: they carry tokens.
 */
export interface WireCall {
  /** When the request arrived, Unix milliseconds. */
  readonly at: number;
  readonly side: WireSide;
  readonly method: string;
  /** Path with query, as the client sent it. */
  readonly path: string;
  /** HTTP status; 0 where the connection was cut without an answer. */
  readonly status: number;
  /** Milliseconds from arrival to the end of the answer (to its headers, for a stream). */
  readonly ms: number;
  readonly request: unknown;
  readonly response: unknown;
}
