/** How a setting is entered, read and shown. Pure and total: whatever is entered gets a value or a sentence. */
export type SettingValue = string | number | boolean | readonly string[];

/** How it is entered. */
export type Entry =
  | { readonly is: 'yes-no' }
  | { readonly is: 'choice'; readonly of: readonly (readonly [value: string, label: string])[] }
  | { readonly is: 'text'; readonly most: number; readonly lines?: true }
  | { readonly is: 'number'; readonly least: number; readonly most: number }
  | { readonly is: 'span' }
  | { readonly is: 'list'; readonly most: number };

export type Parsed =
  { readonly ok: true; readonly value: SettingValue } | { readonly ok: false; readonly why: string };

export const no = (why: string): Parsed => ({ ok: false, why });
export const yes = (value: SettingValue): Parsed => ({ ok: true, value });

export function parserOf(entry: Entry): (raw: unknown) => Parsed {
  switch (entry.is) {
    case 'yes-no':
      return parseYesNo;
    case 'choice': {
      const values = entry.of.map(([value]) => value);
      const all = `${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`;
      return (raw) => (values.includes(String(raw)) ? yes(String(raw)) : no(`Must be ${all}.`));
    }
    case 'text':
      return (raw) => parseText(raw, entry.most);
    case 'number':
      return (raw) => parseNumber(raw, entry);
    case 'span':
      return parseSpan;
    case 'list':
      return (raw) => parseList(raw, entry.most);
  }
}

function parseYesNo(raw: unknown): Parsed {
  if (typeof raw === 'boolean') return yes(raw);
  const word = String(raw).trim().toLowerCase();
  if (['true', 'yes', 'on'].includes(word)) return yes(true);
  if (['false', 'no', 'off'].includes(word)) return yes(false);
  return no('Must be yes or no.');
}

function parseText(raw: unknown, most: number): Parsed {
  if (typeof raw !== 'string') return no('Must be a text.');
  const text = raw.trim();
  return text.length > most ? no(`Must have at most ${most} characters, and has ${text.length}.`) : yes(text);
}

function parseNumber(raw: unknown, { least, most }: Extract<Entry, { is: 'number' }>): Parsed {
  const text = String(raw)
    .trim()
    .replace(/^\$\s*/, '');
  const value = /^\d{1,9}(\.\d{1,4})?$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? yes(value) : no(`Must be a number from ${least} to ${most}.`);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The longest span, ms. */
const SPAN_MOST = 365 * 86_400_000;

/** Kept as milliseconds; `0` is for ever. */
function parseSpan(raw: unknown): Parsed {
  if (typeof raw === 'number' && Number.isInteger(raw) && raw >= 0 && raw <= SPAN_MOST) return yes(raw);
  const found = /^(\d{1,9})\s*(s|m|h|d)$/.exec(String(raw).trim());
  const ms = String(raw).trim() === '0' ? 0 : Number(found?.[1] ?? NaN) * (UNITS[found?.[2] ?? ''] ?? NaN);
  return ms >= 0 && ms <= SPAN_MOST
    ? yes(ms)
    : no('Must be a span such as 90s, 30m, 8h or 2d, or 0 for none.');
}

export function parseList(raw: unknown, most: number): Parsed {
  const list = Array.isArray(raw) ? raw : String(raw).split(/[\s,]+/);
  const texts = [...new Set(list.map((each) => String(each).trim()).filter((each) => each !== ''))];
  if (texts.length > most) return no(`At most ${most}, and these are ${texts.length}.`);
  const long = texts.find((each) => each.length > 300);
  return long === undefined ? yes(texts) : no('One of them is too long.');
}

/** A span as people write it: `30m`, `0`. */
export function spanText(ms: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    const size = UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return ms === 0 ? '0' : `${Math.round(ms / 1_000)}s`;
}

/** A value as it stands in a line, and in a field of a form. */
export function valueText(entry: Entry, value: SettingValue): string {
  if (entry.is === 'yes-no') return value === true ? 'yes' : 'no';
  if (entry.is === 'span') return spanText(Number(value));
  return Array.isArray(value) ? value.join(', ') : String(value);
}
