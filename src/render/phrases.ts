/** Small pieces of what people read. */
import { REQUESTER } from '../core/approvals.ts';
import type { AskRule } from '../core/ask.ts';

/** `90 s`, `30 min`, `8 h`: a duration as people say it. */
export function duration(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** A moment in the reader's own time zone (docs.slack.dev, "Date formatting"). */
export function moment(at: number): string {
  const seconds = Math.floor(at / 1_000);
  const plain = new Date(seconds * 1_000).toISOString().slice(0, 16).replace('T', ' ');
  return `<!date^${seconds}^{date_short_pretty} {time}|${plain} UTC>`;
}

/** `a, b and c`. */
export function listed(items: readonly string[], word: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1) ?? ''}`;
}

/** Who may decide, as people read it. */
export function deciders({ approvers, requester }: Pick<AskRule, 'approvers' | 'requester'>): string {
  const asker = requester ? `<@${requester}>` : 'whoever asked';
  const names = approvers.map((each) =>
    each === REQUESTER ? asker : each.startsWith('S') ? `a member of <!subteam^${each}>` : `<@${each}>`,
  );
  return listed([...new Set(names)], 'or');
}
