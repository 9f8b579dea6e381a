/** A figure beside what it should be. Everywhere less is better: a target is the most that a figure may be. */
export interface Row {
  readonly name: string;
  /** Null where it could not be measured. */
  readonly value: number | null;
  readonly unit: string;
  /** Null where the figure is only reported. */
  readonly target: number | null;
  /** Null without a target; false where the target is missed, or the figure could not be measured. */
  readonly met: boolean | null;
}

/** Three significant digits are more than a shared machine repeats. */
function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

/** @param value NaN and infinite ones count as not measured */
export function row(name: string, value: number, unit: string, target?: number): Row {
  const figure = Number.isFinite(value) ? rounded(value) : null;
  if (target === undefined) return { name, value: figure, unit, target: null, met: null };
  return { name, value: figure, unit, target: rounded(target), met: figure !== null && value <= target };
}

/** The rows as a table for people: figure and target side by side, and what is missed marked. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ name, value, unit, target, met }) => [
    name,
    value === null ? '–' : format(value),
    target === null ? '' : `≤ ${format(target)}`,
    unit,
    met === null ? '' : met ? 'met' : 'MISSED',
  ]);
  const lines = [['', 'measured', 'target', 'unit', ''], ...cells];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, at) =>
        at === 1 || at === 2 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const targets = rows.filter(({ met }) => met !== null);
  const missed = targets.filter(({ met }) => met === false).length;
  if (targets.length === 0) return `${text.join('\n')}\n`;
  if (targets.length === 0) return `${text.join('\n')}\n`;
  const sum =
    missed === 0 ? `all ${targets.length} targets met` : `${missed} of ${targets.length} targets missed`;
  return `${text.join('\n')}\n\n${sum}\n`;
}

function format(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 6 });
}
