/** Two descriptions of a resource compared, as lines for people. */
import { stringify } from 'yaml';

/**
 * The lines that change from what stands there to what is wanted, each beginning with `- ` or `+ `. Only what
 * the wanted side mentions is compared: the service adds identifiers, times and resolved defaults.
 */
export function changedLines(
  standing: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): readonly string[] {
  return difference(linesOf(mentioned(standing, wanted)), linesOf(wanted));
}

/** What of `standing` the wanted value speaks about. A list of another length is taken whole. */
function mentioned(standing: unknown, wanted: unknown): unknown {
  if (Array.isArray(wanted) && Array.isArray(standing)) {
    return standing.map((entry, i) => (i < wanted.length ? mentioned(entry, wanted[i]) : entry) as unknown);
  }
  if (isFields(wanted) && isFields(standing)) {
    return Object.fromEntries(
      Object.entries(wanted).map(([key, value]) => [key, mentioned(standing[key], value)]),
    );
  }
  // The service writes a choice without particulars out as `{ type }`.
  if (typeof wanted === 'string' && isFields(standing) && standing['type'] === wanted) return wanted;
  // Nothing at all and an empty text or list are the same to the service.
  const isNothing = standing === undefined || standing === null || standing === '';
  return isNothing && isEmpty(wanted) ? wanted : standing;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function linesOf(value: unknown): readonly string[] {
  return stringify(value ?? null, { lineWidth: 0 })
    .trimEnd()
    .split('\n');
}

/** A table larger than this is not computed; then everything is said to change. */
const MAX_CELLS = 4_000_000;

/** Shortest edit by the longest common subsequence. */
function difference(before: readonly string[], after: readonly string[]): readonly string[] {
  if (before.length * after.length > MAX_CELLS) {
    return [...before.map((line) => `- ${line}`), ...after.map((line) => `+ ${line}`)];
  }
  const common = commonLengths(before, after);
  const lengthAt = (i: number, j: number): number => common[i]?.[j] ?? 0;
  const changes: string[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i += 1;
      j += 1;
    } else if (j >= after.length || (i < before.length && lengthAt(i + 1, j) >= lengthAt(i, j + 1))) {
      changes.push(`- ${before[i]}`);
      i += 1;
    } else {
      changes.push(`+ ${after[j]}`);
      j += 1;
    }
  }
  return changes;
}

/** At [i][j] the length of the longest common subsequence of what follows i and j. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const [row, below] = [rows[i], rows[i + 1]];
      if (!row || !below) continue;
      row[j] = before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return rows;
}
