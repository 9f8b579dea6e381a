import type { WireCall } from '../wire.ts';
import type { Clock } from './clock.ts';
import type { AppDeclaration } from './manifest.ts';

/**
 * Slack's rate limits as this server enforces them: sliding windows a method and workspace, and one lane a
 * channel for posts. Tiers are published as floors ("50+ per minute", docs.slack.dev/apis/web-api/rate-limits);
 * here the floor is the limit.
 */
export interface Limits {
  /** Length of the sliding window, milliseconds. */
  windowMs: number;
  /** Calls a window by tier. */
  tiers: Record<1 | 2 | 3 | 4, number>;
  /** Calls a window by method; overrides its tier. */
  methods: Record<string, number>;
  /** `chat.postMessage` a channel: tokens a second, and how many may be saved up. */
  post: { perSecond: number; burst: number };
}

export const defaultLimits: Limits = {
  windowMs: 60_000,
  tiers: { 1: 1, 2: 20, 3: 50, 4: 100 },
  methods: { 'assistant.threads.setStatus': 600 },
  post: { perSecond: 1, burst: 3 },
};

/** How long Slack waits for what; milliseconds. */
export interface Timings {
  /** An event, click, command or form must be acknowledged within this (docs.slack.dev/apis/events-api). */
  ackMs: number;
  /** Pauses before the redeliveries of an event, over HTTP and over Socket Mode. */
  retries: number[];
  /** An event that found no connection is kept this long. */
  queueMs: number;
  /** A trigger id is good for this long. */
  triggerMs: number;
  /** `response_url`: how long, and how often. */
  responseUrlMs: number;
  responseUrlUses: number;
  /** A native stream is closed by Slack after this, whatever is appended (measured by others, undocumented). */
  streamMs: number;
  /** The line of `assistant.threads.setStatus` vanishes after this. */
  assistantStatusMs: number;
  /** A session left `processing` becomes `active` after this. */
  sessionProcessingMs: number;
  /** Between the server's WebSocket pings. */
  pingMs: number;
  /** Between the frame that warns of a recycled socket and its end. */
  warningMs: number;
}

export const defaultTimings: Timings = {
  ackMs: 3000,
  retries: [0, 60_000, 300_000],
  queueMs: 360_000,
  triggerMs: 3000,
  responseUrlMs: 30 * 60_000,
  responseUrlUses: 5,
  streamMs: 300_000,
  assistantStatusMs: 120_000,
  sessionProcessingMs: 3_600_000,
  pingMs: 10_000,
  warningMs: 10_000,
};

/** Where events, clicks, commands and forms go. */
export type EventTarget = { mode: 'socket' } | { mode: 'http'; url: string; signingSecret?: string };

/** How the app is given to others; decides the limits of reading history. */
export type AppDistribution = 'internal' | 'marketplace' | 'commercial';

export interface SlackServerOptions {
  /** Port on 127.0.0.1; 0 or absent for any free one. */
  port?: number;
  /** File that keeps channels, messages, reactions, statuses and undelivered events over a kill -9. */
  journal?: string;
  /** Slack app id of a workspace that is new, `A` and capitals or digits. Default: one is drawn, once a journal. */
  appId?: string;
  /** Default true: enforced as {@link defaultLimits}. */
  limits?: boolean | Partial<Limits>;
  /** Added to every Web API answer. */
  latencyMs?: number;
  events?: EventTarget;
  /** Methods this workspace does not have: answered `unknown_method`. */
  lacks?: string[];
  /** `commercial`: conversations.history and .replies once a minute with at most 15 items. Default `internal`. */
  appDistribution?: AppDistribution;
  /** Overrides of what the product's `manifest.yml` declares: scopes, events, commands, shortcuts, … */
  app?: Partial<AppDeclaration>;
  /** Previews of links are added to people's messages a moment later, as Slack does. Default false. */
  unfurls?: boolean;
  timings?: Partial<Timings>;
  clock?: Clock;
  /** Every answered Web API call, for the page's drawer. */
  onCall?: (call: WireCall) => void;
  /** An event on its way to the app: called right before it is written, and when it was acknowledged. */
  onDelivery?: (what: 'sending' | 'acknowledged', eventId: string) => void;
  /** How many calls and how many edits of one message are remembered for tests. Default 5000 and 500. */
  remember?: { calls?: number; edits?: number };
}

/** Partial limits over the defaults; undefined where limits are switched off. */
export function resolveLimits(limits: boolean | Partial<Limits> | undefined): Limits | undefined {
  if (limits === false) return undefined;
  if (limits === true || limits === undefined) return defaultLimits;
  return { ...defaultLimits, ...limits, methods: { ...defaultLimits.methods, ...limits.methods } };
}
