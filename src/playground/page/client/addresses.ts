/** Following addresses within the page. */
import { isAddress, parseAddress } from './address.ts';
import type { App } from './app.ts';
import { toast } from './app.ts';
import { channelOf, loadBackTo, openChannel, openThread } from './places.ts';

export function goTo(app: App, address: string): void {
  const target = parseAddress(address);
  if (target === null || channelOf(app.model, target.channel) === null) {
    toast(app, 'This person cannot see that conversation.', 'bad');
    return;
  }
  const { channel, ts, thread } = target;
  openChannel(app, channel, ts === null);
  if (ts === null) return;
  if (thread !== null) openThread(app, channel, thread, false);
  app.run(async () => {
    if (thread === null) await loadBackTo(app, channel, ts);
    const found = await reveal(`${thread === null ? 'm' : 't'}-${ts}`, 60);
    if (!found) toast(app, 'That message is not there any more.', 'bad');
  });
}

/** Scrolls to a message once it is drawn; gives up after `tries` looks. */
async function reveal(id: string, tries: number): Promise<boolean> {
  for (let left = tries; left > 0; left -= 1) {
    const element = document.getElementById(id);
    if (element !== null) {
      element.scrollIntoView({ block: 'center' });
      element.focus();
      element.classList.remove('message-found');
      // Begins the animation anew where the same message is looked for again.
      element.getBoundingClientRect();
      element.classList.add('message-found');
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** Follows the address the page was opened with, once. */
export function restoreAddress(app: App): void {
  const { hash } = location;
  if (!isAddress(hash)) return;
  history.replaceState(null, '', location.pathname);
  goTo(app, hash);
}
