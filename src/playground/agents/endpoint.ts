/** What an endpoint is, and the helpers every one of them needs to read its request. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { iso, micros } from './clock.ts';
import { invalid, Problem } from './problem.ts';
import type { Session } from './session.ts';
import type { World } from './world.ts';

export interface Ask {
  readonly world: World;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Decoded JSON body; undefined where there was none. */
  readonly body: unknown;
  readonly raw: Buffer;
}

export type Reply =
  | { readonly json: unknown }
  | { readonly bytes: Buffer; readonly mime: string }
  /** Called once the response headers of the stream are on their way. */
  | { readonly open: (response: ServerResponse) => void };

export interface Endpoint {
  /** Name in the SDK's words, such as `sessions.create`; faults and counters go by it. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path with `:name` segments. */
  readonly path: string;
  /** Which limit it counts against. `send` is whatever the settings say of `events.send`. */
  readonly limit: 'create' | 'read' | 'send' | 'none';
  /** Whether the Managed Agents beta header is needed. */
  readonly beta: boolean;
  readonly run: (ask: Ask) => Reply | Promise<Reply>;
}

export const json = (value: unknown): Reply => ({ json: value });

export function param(ask: Ask, name: string): string {
  return ask.params[name] ?? '';
}

/** @throws Problem 404 for what never was or has been deleted. */
export function sessionOf(ask: Ask): Session {
  const session = ask.world.sessions.get(param(ask, 'id'));
  if (!session) throw new Problem(404, `Session ${param(ask, 'id')} does not exist`);
  return session;
}

/** Page size: `limit`, at least 1. @throws Problem 400 */
export function limitOf(query: URLSearchParams, otherwise: number, most: number): number {
  const text = query.get('limit');
  if (text === null) return otherwise;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw invalid(`limit: must be from 1 to ${most}`);
  return limit;
}

export function orderOf(query: URLSearchParams, otherwise: 'asc' | 'desc'): 'asc' | 'desc' {
  const order = query.get('order') ?? otherwise;
  if (order !== 'asc' && order !== 'desc') throw invalid('order: must be asc or desc');
  return order;
}

/** Values of an array parameter, sent as `name[]=a&name[]=b`. */
export function listOf(query: URLSearchParams, name: string): string[] {
  return [...query.getAll(`${name}[]`), ...query.getAll(name)];
}

/** `created_at[gt|gte|lt|lte]` as inclusive bounds in microseconds. */
export function bounds(query: URLSearchParams): { from: number; to: number } {
  const at = (operator: string): number | null => {
    const text = query.get(`created_at[${operator}]`);
    if (text === null) return null;
    const value = micros(text);
    if (value === null) throw invalid(`created_at[${operator}]: must be an RFC 3339 time`);
    return value;
  };
  const gt = at('gt');
  const lt = at('lt');
  return {
    from: Math.max(at('gte') ?? 0, gt === null ? 0 : gt + 1),
    to: Math.min(at('lte') ?? Infinity, lt === null ? Infinity : lt - 1),
  };
}

export function within(created: string, range: { from: number; to: number }): boolean {
  const at = micros(created) ?? 0;
  return at >= range.from && at <= range.to;
}

export function now(world: World): string {
  return iso(world.clock.stamp());
}

/** Applies a metadata patch: null deletes a key. */
export function patched(
  metadata: Record<string, string>,
  patch: Record<string, string | null> | null | undefined,
): Record<string, string> {
  const merged: Record<string, string | null> = { ...metadata, ...patch };
  const kept = Object.entries(merged).filter((pair): pair is [string, string] => pair[1] !== null);
  if (kept.length > 16) throw invalid('metadata: at most 16 pairs are allowed');
  return Object.fromEntries(kept);
}
