/**
 * How long a process took to go once it was asked, by its own monotonic clock from hearing the signal to its exit,
 * and how long it was allowed to.
 */
import { SHORT } from '../../support/whole.ts';
import { lateBetween, type Late } from './lag.ts';
import type { Passage } from './trace.ts';

export interface Departure {
  readonly pid: number;
  /** Milliseconds, without what the machine kept it waiting. */
  readonly ms: number;
  /** Milliseconds: a second, and whatever its longest call to a service took meanwhile, up to its timeout. */
  readonly allowed: number;
}

/** With no call under way, ms. */
const AT_ONCE_MS = 1_000;

/** What goes over the network to Slack or to Managed Agents. */
const CALLS = /^(before|after) ((?:agent|slack)\..+|archive|recall)$/;

/** Of those that went by themselves. `late`: when this process, which answers them, did not come to its turn. */
export function departures(trace: readonly Passage[], late: readonly Late[]): readonly Departure[] {
  return trace.flatMap(({ pid, what, at }) => {
    const [, ms, own] = /^gone after (\d+) late (.+)$/.exec(what) ?? [];
    const asked = trace.find((passage) => passage.pid === pid && passage.what === 'asked');
    if (ms === undefined || own === undefined || !asked) return [];
    const kept = lateBetween([...late, ...latenessIn(own)], asked.at, at);
    const call = longestCall(trace, asked, at);
    return [{ pid, ms: Math.max(0, Math.round(Number(ms) - kept)), allowed: Math.round(AT_ONCE_MS + call) }];
  });
}

/** As the process has noted it: `from+ms`, several with commas between. */
function latenessIn(noted: string): readonly Late[] {
  return [...noted.matchAll(/(\d+)\+(\d+)/g)].map(([, from, ms]) => ({
    from: Number(from),
    to: Number(from) + Number(ms),
  }));
}

/** Milliseconds that the longest of its calls was under way between being asked and the end, up to their timeout. */
function longestCall(trace: readonly Passage[], { pid, at: from }: Passage, to: number): number {
  const open = new Map<string, number[]>();
  let longest = 0;
  const end = (began: number, at: number): void => {
    if (at > from) longest = Math.max(longest, at - Math.max(began, from));
  };
  for (const { at, what } of trace.filter((passage) => passage.pid === pid)) {
    const [, when, call = ''] = CALLS.exec(what) ?? [];
    if (when === 'before') open.set(call, [...(open.get(call) ?? []), at]);
    else if (when === 'after') end(open.get(call)?.shift() ?? at, at);
  }
  // One that failed leaves no mark: it ended with its timeout at the latest.
  for (const began of [...open.values()].flat()) end(began, Math.min(to, began + SHORT.callMs));
  return Math.min(longest, SHORT.callMs);
}
