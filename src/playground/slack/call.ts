import type { AppDeclaration } from './manifest.ts';
import type { SlackServerOptions, Timings } from './options.ts';
import type { FaultBook } from './faults.ts';
import type { Interactions } from './interactions.ts';
import type { Json } from './records.ts';
import type { Sockets } from './sockets.ts';
import type { Workspace } from './workspace.ts';

/** What every Web API method works on. */
export interface Slack {
  workspace: Workspace;
  options: SlackServerOptions;
  timings: Timings;
  /** What the app declared; scopes and events change while it runs. */
  app: AppDeclaration;
  scopes: Set<string>;
  /** Names of the events the app hears. */
  events: Set<string>;
  faults: FaultBook;
  interactions: Interactions;
  sockets: Sockets;
}

/** `ok: false` with Slack's code, answered with HTTP 200. */
export class SlackApiError extends Error {
  readonly code: string;
  readonly more: Json;

  constructor(code: string, more: Json = {}) {
    super(code);
    this.name = 'SlackApiError';
    this.code = code;
    this.more = more;
  }
}

/** `invalid_arguments` with Slack's sentences. */
export function invalidArguments(...messages: string[]): SlackApiError {
  return new SlackApiError('invalid_arguments', {
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  });
}

/** Arguments of one call, however they were sent; forms carry structures as JSON strings. */
export class Args {
  readonly raw: Json;

  constructor(raw: Json) {
    this.raw = raw;
  }

  string(name: string): string | undefined {
    const value = this.raw[name];
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  /** Missing or empty is `invalid_arguments`. */
  need(name: string): string {
    const value = this.string(name);
    if (value === undefined || value === '') throw invalidArguments(`missing required field: ${name}`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.string(name);
    return value === 'true' || value === '1';
  }

  number(name: string, fallback: number): number {
    const value = this.string(name);
    if (value === undefined || value === '') return fallback;
    const number = Number(value);
    if (!Number.isInteger(number)) throw invalidArguments(`must be an integer [json-pointer:/${name}]`);
    return number;
  }

  /** A structure: as it is in a JSON body, parsed from a string in a form. Unparsable gives `wrong`. */
  json(name: string, wrong: string): unknown {
    const value = this.raw[name];
    if (typeof value !== 'string') return value ?? undefined;
    if (value === '') return undefined;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw new SlackApiError(wrong);
    }
  }

  has(name: string): boolean {
    const value = this.raw[name];
    return value !== undefined && value !== null;
  }
}

/** One method of the Web API. */
export interface Method {
  tier: 1 | 2 | 3 | 4 | 'post' | 'free';
  scope?: string;
  /** Other scopes that do as well. */
  alsoScopes?: string[];
  /** Slack reads the arguments of these only from forms and query strings. */
  formOnly?: boolean;
  /** Wants the app-level token. */
  appToken?: boolean;
  run(slack: Slack, args: Args): Json | Promise<Json>;
}
