import type { Endpoint } from './endpoint.ts';
import { Problem } from './problem.ts';

/** @throws Problem 404 where no endpoint has this path, 405 where only the method differs. */
export function findEndpoint(
  endpoints: readonly Endpoint[],
  method: string,
  pathname: string,
): { endpoint: Endpoint; params: Record<string, string> } {
  const parts = pathname.split('/');
  let pathKnown = false;
  for (const endpoint of endpoints) {
    const params = match(endpoint.path.split('/'), parts);
    if (params && endpoint.method === method) return { endpoint, params };
    pathKnown ||= params !== null;
  }
  throw pathKnown ? new Problem(405, 'Method Not Allowed') : new Problem(404, 'Not Found');
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, name] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (name.startsWith(':')) params[name.slice(1)] = decodeURIComponent(part);
    else if (name !== part) return null;
  }
  return params;
}
