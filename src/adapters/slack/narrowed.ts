/** What a payload turned out to be. */
import type { Incoming } from '../../core/event.ts';

export type Narrowed =
  /** An event of the Events API: admitted before it is acknowledged. */
  | { readonly is: 'event'; readonly incoming: Incoming }
  /** A click, command or shortcut: Slack waits for the answer and does not deliver it again. */
  | { readonly is: 'ask'; readonly incoming: Incoming }
  /** `user_change`: what is known of this person is stale. */
  | { readonly is: 'person-changed'; readonly user: string }
  /** `app_rate_limited`: what was written since then (Unix milliseconds) may not have been delivered. */
  | { readonly is: 'missed'; readonly since: number }
  /** Acknowledged and forgotten. `notable` is for the operator's eyes. */
  | { readonly is: 'ignored'; readonly why: string; readonly notable?: true };

export function ignored(why: string): Narrowed {
  return { is: 'ignored', why };
}
