/** Addresses within the page, `#C…` or `#C…/p<ts without dot>[/<thread_ts>]`, as "Copy link" makes them. Pure. */

export interface Address {
  readonly channel: string;
  readonly ts: string | null;
  readonly thread: string | null;
}

export function parseAddress(address: string): Address | null {
  const found = /^#?([CDG][A-Z0-9]+)(?:\/p(\d{7,})(?:\/(\d+\.\d+))?)?$/.exec(address);
  if (found === null) return null;
  const digits = found[2];
  return {
    channel: found[1] ?? '',
    ts: digits === undefined ? null : `${digits.slice(0, -6)}.${digits.slice(-6)}`,
    thread: found[3] ?? null,
  };
}

export function isAddress(hash: string): boolean {
  return parseAddress(hash) !== null;
}
