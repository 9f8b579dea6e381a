/** The two event streams. Both come back by themselves; after a gap everything shown is read again. */
import type { ParentEvent } from '../parent-api.ts';
import type { PageEvent } from '../../slack/page-api.ts';

export interface Stream {
  close(): void;
}

export interface StreamListener<T> {
  opened(): void;
  lost(): void;
  event(event: T): void;
}

/** Retry waits, milliseconds: soon at first, then every three seconds. */
const WAITS = [250, 500, 1000, 2000, 3000] as const;

/**
 * Follows a server-sent event stream. `EventSource` gives up on an HTTP error, and its own pauses are not ours to
 * choose, so every end is followed by a new one.
 */
function follow<T>(url: string, listener: StreamListener<T>): Stream {
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
      if (!closed) listener.event(JSON.parse(String(message.data)) as T);
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

export function followSlack(user: string, listener: StreamListener<PageEvent>): Stream {
  return follow(`/__page/events?${new URLSearchParams({ user }).toString()}`, listener);
}

export function followParent(listener: StreamListener<ParentEvent>): Stream {
  return follow('/__parent/events', listener);
}
