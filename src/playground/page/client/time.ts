/** Slack timestamps and clock times in words. Pure but for the reader's own time zone and language. */

/** Unix milliseconds of a Slack `ts` (seconds with six decimals). */
export function millisOf(ts: string): number {
  return Math.floor(Number.parseFloat(ts) * 1000);
}

export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' });
}

export function clockWithSeconds(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

export function fullDate(ms: number): string {
  return new Date(ms).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'medium' });
}

/**
 * A date in Slack's format string, in the reader's own time zone (docs.slack.dev/messaging/formatting-message-text,
 * "Date formatting"); undefined where it holds a token that Slack does not know: then the fallback is shown.
 */
export function slackDate(format: string, ms: number, now: number): string | undefined {
  let known = true;
  const text = format.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    const words = TOKENS.get(name)?.(new Date(ms), now);
    known &&= words !== undefined;
    return words ?? '';
  });
  return known ? text : undefined;
}

const TIME = { hour: 'numeric', minute: '2-digit' } as const;
const SHORT = { month: 'short', day: 'numeric', year: 'numeric' } as const;
const MIDDLE = { month: 'long', day: 'numeric', year: 'numeric' } as const;
const LONG = { weekday: 'long', ...MIDDLE } as const;

type Token = (date: Date, now: number) => string;

function day(style: Intl.DateTimeFormatOptions): Token {
  return (date) => date.toLocaleDateString(undefined, style);
}

/** Yesterday, today and tomorrow by name. */
function pretty(style: Intl.DateTimeFormatOptions): Token {
  return (date, now) => {
    const near = [-1, 0, 1].find((days) => dayKey(date.getTime()) === dayKey(now + days * 86_400_000));
    return near === undefined ? day(style)(date, now) : (['yesterday', 'today', 'tomorrow'][near + 1] ?? '');
  };
}

const TOKENS: ReadonlyMap<string, Token> = new Map(
  Object.entries<Token>({
    date_num: (date) => dayKey(date.getTime()).replace(/-(\d)(?!\d)/g, '-0$1'),
    date_slash: day({ year: 'numeric', month: '2-digit', day: '2-digit' }),
    date: day(MIDDLE),
    date_short: day(SHORT),
    date_long: day(LONG),
    date_pretty: pretty(MIDDLE),
    date_short_pretty: pretty(SHORT),
    date_long_pretty: pretty(LONG),
    time: (date) => date.toLocaleTimeString(undefined, TIME),
    time_secs: (date) => date.toLocaleTimeString(undefined, { ...TIME, second: '2-digit' }),
    ago: (date, now) => ago(date.getTime(), now),
  }),
);

/** Changes exactly when a day divider is due. */
export function dayKey(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

export function dayLabel(ms: number, now: number): string {
  if (dayKey(ms) === dayKey(now)) return 'Today';
  if (dayKey(ms) === dayKey(now - 86_400_000)) return 'Yesterday';
  return new Date(ms).toLocaleDateString(undefined, { weekday: 'long', month: 'long', day: 'numeric' });
}

export function ago(ms: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 45) return 'just now';
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 24) return `${hours} ${hours === 1 ? 'hour' : 'hours'} ago`;
  const days = Math.round(hours / 24);
  return `${days} ${days === 1 ? 'day' : 'days'} ago`;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  if (size < 1024 * 1024) return `${(size / 1024).toFixed(1)} KB`;
  return `${(size / 1024 / 1024).toFixed(1)} MB`;
}
