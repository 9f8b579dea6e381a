/** The key under which a message of ours is written and found again in Slack. */
import { threadKey, type ThreadRef } from '../core/event.ts';
import { fingerprint } from '../lib/hash.ts';

/** Opaque. `gen` is how often the message was posted anew after a proven deletion. */
export function slotKey(thread: ThreadRef, slot: string, gen: number): string {
  return fingerprint([threadKey(thread), slot, gen]);
}
