/**
 * What remains: a process can be frozen between its last look at its lease and the write itself, where nothing of the
 * product runs any more. On waking up it writes that one request, whatever others have written by then. Everything
 * else that is wrong after a freeze is a failure like any other.
 */
import { SHORT } from '../../support/whole.ts';
import type { Passage } from './trace.ts';

/** Nothing is awaited between look and write: so far apart they are only where the process was frozen, ms. */
const APART_MS = SHORT.callMs;

/** Paths of requests that left late. */
export function lateWrites(trace: readonly Passage[]): readonly string[] {
  const looked = new Map<number, number>();
  return trace.flatMap(({ pid, what, at }) => {
    if (what === 'on write') looked.set(pid, at);
    const since = looked.get(pid);
    if (!what.startsWith('wrote ') || since === undefined) return [];
    looked.delete(pid);
    return at - since > APART_MS ? [what.slice('wrote '.length)] : [];
  });
}

/** What one request can do where it comes late, by its path, and the complaints about that. */
const EFFECTS: readonly (readonly [path: RegExp, complaint: RegExp])[] = [
  [
    /chat\.(postMessage|startStream)$/,
    /^(shown|not in its place|looks busy|a message was posted twice|.* is still a stream)/,
  ],
  [
    /chat\.(update|appendStream|stopStream|delete)$/,
    /^(shown|not in its place|looks busy|.* is still a stream)/,
  ],
  [/files\.completeUploadExternal$/, /^a file was shared twice/],
  [/setStatus$/, /^the status is/],
  [/reactions\.(add|remove)$/, / still has an hourglass$/],
  [/\/sessions(\?|$)/, /^(sessions of generation|\d+ sessions are open)/],
  [/\/events(\?|$)/, /^(sent |\d+ interrupts|\d+ approvals|shown|not in its place|session .* is at work)/],
];

/** The complaints that a late write explains, and the others. */
export function explained(
  complaints: readonly string[],
  late: readonly string[],
): { readonly residual: readonly string[]; readonly left: readonly string[] } {
  const ofLate = EFFECTS.filter(([path]) => late.some((one) => path.test(one)));
  const isResidual = (complaint: string): boolean => ofLate.some(([, about]) => about.test(complaint));
  return {
    residual: complaints.filter(isResidual),
    left: complaints.filter((complaint) => !isResidual(complaint)),
  };
}
