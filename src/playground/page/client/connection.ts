/** The event stream. It comes back by itself; after a gap everything shown is read again. */
import type { ParentEvent } from '../parent-api.ts';
import type { PageEvent } from '../../slack/page-api.ts';

export interface Stream {
  close(): void;
}

export interface StreamListener {
  opened(): void;
  lost(): void;
  event(event: PageEvent): void;
  /** Of the bot's process; it comes along on the same stream. */
  parent(event: ParentEvent): void;
}

/** Retry waits, milliseconds: soon at first, then every three seconds. */
const WAITS = [250, 500, 1000, 2000, 3000] as const;

/**
 * Follows what happens to a persona and to the bot's process. `EventSource` gives up on an HTTP error, and its own pauses are not ours to
 * choose, so every end is followed by a new one.
 */
export function followEvents(user: string, listener: StreamListener): Stream {
  const url = `/__page/events?${new URLSearchParams({ user }).toString()}`;
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let closed = false;
  const open = (): void => {
    const current = new EventSource(url);
    source = current;
    current.addEventListener('open', () => {
      failures = 0;
      listener.opened();
    });
    current.addEventListener('message', (message) => {
      if (!closed) listener.event(JSON.parse(String(message.data)) as PageEvent);
    });
    current.addEventListener('parent', (message) => {
      if (!closed) listener.parent(JSON.parse(String(message.data)) as ParentEvent);
    });
    current.addEventListener('error', () => {
      current.close();
      if (closed) return;
      listener.lost();
      timer = setTimeout(open, WAITS[Math.min(failures, WAITS.length - 1)]);
      failures += 1;
    });
  };
  open();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      source?.close();
    },
  };
}
