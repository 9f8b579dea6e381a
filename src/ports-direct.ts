/** Asking people in their direct messages: part of `SlackPort`, whose rules in `ports.ts` hold here too. */
import type { SlackWrite } from './ports.ts';

export interface SlackDirect {
  /**
   * Who is in a user group, kept for at most ten minutes (`usergroups.users.list`). Nobody where Slack does not know the
   * group. Fails closed: rejects where it cannot be found out.
   */
  membersOf(team: string, group: string): Promise<readonly string[]>;
  /**
   * The channel of somebody's direct messages with the bot (`conversations.open`): always the same one, so that it may
   * be asked for again. Rejects `refused` where Slack lets nobody write to them: a bot, a deactivated account.
   */
  openDirect(
    call: Pick<SlackWrite, 'team' | 'priority' | 'signal'> & { readonly user: string },
  ): Promise<string>;
}
