/** Spans of time as people write them in settings: `90s`, `30m`, `8h`, `7d`, and `0`. */

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds, or nothing where the text is no span. A number without a unit is one only when it is 0. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  const match = /^(\d{1,9})(s|m|h|d)$/.exec(trimmed);
  if (!match) return undefined;
  return Number(match[1]) * (units[match[2] ?? ''] ?? 0);
}
