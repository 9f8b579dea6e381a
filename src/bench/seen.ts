/** How a message looks to people. */
import type { SeenMessage } from '../playground/slack/index.ts';

export type { SeenMessage };

/** It has a Stop button, or says that work is going on. */
export function isBusy({ blocks, shown }: SeenMessage): boolean {
  return JSON.stringify(blocks).includes('heddle.stop') || /Working…|Starting|Stopping…/.test(shown);
}
