/** What the processes of a case note: which point each of them reached, and when. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Passage {
  /** Wall clock, ms. */
  readonly at: number;
  readonly pid: number;
  /** A failpoint; `!` and the signal that it is sent; `asked` where it heard SIGTERM, `gone after …` at its exit. */
  readonly what: string;
}

/** Everything so far, oldest first. */
export function passages(dir: string): readonly Passage[] {
  const file = join(dir, 'trace');
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => {
    const [at = '', pid = '', ...what] = line.split(' ');
    return { at: Number(at), pid: Number(pid), what: what.join(' ') };
  });
}

/** What the processes were sent, by themselves or by `noteBlow`. */
export function blows(trace: readonly Passage[]): readonly Passage[] {
  return trace.filter(({ what }) => what.startsWith('!'));
}

/** Notes that this process is sent a signal now. */
export function noteBlow(dir: string, pid: number, signal: string): void {
  appendFileSync(join(dir, 'trace'), `${Date.now()} ${pid} !${signal}\n`);
}

const FORGOTTEN = 'forgotten';

/** Notes that the store forgets everything now. */
export function noteLoss(dir: string): void {
  appendFileSync(join(dir, 'trace'), `${Date.now()} 0 ${FORGOTTEN}\n`);
}

/**
 * Whether the store had forgotten everything by `until` (wall clock, ms), and that had not been put right at `since`:
 * then nobody could know that a thread waits for somebody, and the loss has to be noticed first.
 */
export function isLost(trace: readonly Passage[], since: number, until: number): boolean {
  return trace.some(
    ({ what, at: lost }) =>
      what === FORGOTTEN &&
      lost <= until &&
      !trace.some(({ what: act, at }) => act === 'after store.caught-up' && at >= lost && at <= since),
  );
}

const TAKEN = ['on new thread', 'on takeover'];
const GIVEN_BACK = ['after release', 'after hand-over'];

/** Who holds the thread, as far as is noted: a release is noted by who did it, perhaps after the next one has taken it. */
export function holder(trace: readonly Passage[]): number | undefined {
  const back = new Map<number, number>();
  trace.forEach(({ pid, what }, at) => {
    if (GIVEN_BACK.includes(what)) back.set(pid, at);
  });
  const last = trace.findLast(({ pid, what }, at) => TAKEN.includes(what) && (back.get(pid) ?? -1) < at);
  return last?.pid;
}

/** What a holder does that shows that it is one. */
const ACTS = /^(before (commit|hand-over|agent|slack|recall)|on (attach|listing))/;

/**
 * Milliseconds until another process acted for the thread that this one held; undefined where this one held nothing,
 * or nothing was left to be done.
 */
export function takenOver(trace: readonly Passage[], from: Passage): number | undefined {
  const before = trace.filter(({ at }) => at <= from.at);
  if (holder(before) !== from.pid) return undefined;
  const after = trace.slice(trace.indexOf(from) + 1);
  const taken = after.find(({ pid, what }) => pid !== from.pid && TAKEN.includes(what));
  const act =
    taken && after.find(({ pid, what, at }) => pid === taken.pid && at >= taken.at && ACTS.test(what));
  return act && act.at - from.at;
}
