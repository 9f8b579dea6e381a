/** What many cases come to, as a table. */
import type { Case } from './cases.ts';
import { SIGNALS } from './cases.ts';
import { commandOf } from './cases.ts';
import { failureOf, type Tried } from './many.ts';

function range(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const [median, most] = [known[Math.floor(known.length / 2)], known.at(-1)];
  return median === undefined ? '-' : `${median} / ${most}`;
}

function row(name: string, tried: readonly Tried<Case>[]): readonly string[] {
  const failed = tried.filter((one) => failureOf(one).length > 0).length;
  return [
    name,
    String(tried.length),
    String(failed),
    String(tried.filter(({ result }) => result.residual.length > 0).length),
    range(tried.map(({ result }) => result.takeover)),
    range(tried.map(({ result }) => result.handover)),
    range(tried.map(({ result }) => result.departure)),
  ];
}

const HEAD = ['', 'cases', 'failed', 'late', 'takeover ms (median / most)', 'hand-over', 'SIGTERM to exit'];

/** A row for each signal and number of replicas, and what failed with the command that repeats it. */
export function summary(tried: readonly Tried<Case>[], ms: number): string {
  const groups = [1, 2, 3].flatMap((replicas) =>
    [...SIGNALS, 'chance'].map((signal) => {
      const own = tried.filter(
        ({ one }) => one.replicas === replicas && (one.is === 'point' ? one.signal : 'chance') === signal,
      );
      return own.length === 0
        ? undefined
        : row(`${signal}, ${replicas} replica${replicas > 1 ? 's' : ''}`, own);
    }),
  );
  const rows = [HEAD, ...groups.filter((group) => group !== undefined), row('all', tried)];
  const widths = HEAD.map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
  const table = rows.map((cells) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const again = tried.filter((one) => failureOf(one).length > 0).map(({ one }) => `again: ${commandOf(one)}`);
  return [...table, `${(ms / 1_000).toFixed(0)} s`, ...again].join('\n');
}
