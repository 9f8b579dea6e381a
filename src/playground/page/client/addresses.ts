/** Addresses within the page, `#C…` or `#C…/p<ts without dot>[/<thread_ts>]`, as "Copy link" makes them. */
import type { App } from './app.ts';
import { channelOf, openChannel, openThread } from './places.ts';
import { toast } from './app.ts';

interface Address {
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

export function goTo(app: App, address: string): void {
  const target = parseAddress(address);
  if (target === null || channelOf(app.model, target.channel) === null) {
    toast(app, 'This person cannot see that conversation.', 'bad');
    return;
  }
  openChannel(app, target.channel, target.ts === null);
  if (target.ts === null) return;
  if (target.thread !== null) openThread(app, target.channel, target.thread, false);
  reveal(`${target.thread === null ? 'm' : 't'}-${target.ts}`, 40);
}

/** Scrolls to a message once it is drawn; gives up after `tries` frames. */
function reveal(id: string, tries: number): void {
  const element = document.getElementById(id);
  if (element !== null) {
    element.scrollIntoView({ block: 'center' });
    element.focus();
    element.classList.add('message-found');
  } else if (tries > 0) setTimeout(() => reveal(id, tries - 1), 50);
}

/** Follows the address the page was opened with, once. */
export function restoreAddress(app: App): void {
  const { hash } = location;
  if (!isAddress(hash)) return;
  history.replaceState(null, '', location.pathname);
  goTo(app, hash);
}
