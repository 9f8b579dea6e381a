/** What today's books say, for people. */
import { limitsOf, type DayScope, type Today } from '../core/daily.ts';
import type { Settings } from '../core/settings.ts';
import { spentOf } from './money.ts';

const WHOSE: Readonly<Record<DayScope, string>> = {
  person: 'you',
  channel: 'this channel',
  workspace: 'this workspace',
};

/** `Today (UTC): you $1.24 of $5, this channel $2.40, this workspace $12.10 of $100.` */
export function todayLine(
  settings: Pick<Settings, 'budget'>,
  { spent, raised }: Today,
  scopes: readonly DayScope[],
): string {
  const limits = limitsOf(settings);
  const parts = scopes.map((scope) => {
    const limit = limits[scope] > 0 ? limits[scope] + raised[scope] : undefined;
    return `${WHOSE[scope]} ${spentOf(spent[scope], limit)}`;
  });
  return `*Today* (UTC): ${parts.join(', ')}.`;
}
