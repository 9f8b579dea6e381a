/** Following addresses within the page. */
import { isAddress, parseAddress } from './address.ts';
import type { App } from './app.ts';
import { channelOf, openChannel, openThread } from './places.ts';
import { toast } from './app.ts';

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
