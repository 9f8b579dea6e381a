/** What today's books say, read for somebody who asks what things cost. */
import type { DayScope } from '../core/daily.ts';
import type { Settings } from '../core/settings.ts';
import type { Block, Content } from '../ports.ts';
import { contextBlock } from '../render/message.ts';
import { todayLine } from '../render/today.ts';
import type { Spending } from './spending.ts';

export interface TodayDeps {
  readonly spending?: Pick<Spending, 'read'>;
}

interface Whose {
  readonly team: string;
  readonly user: string;
  /** Absent: of no channel in particular. */
  readonly channel?: string;
}

/** Undefined where it cannot be read now: the rest of what was asked for is said all the same. */
export async function todayOf(
  { spending }: TodayDeps,
  settings: Pick<Settings, 'budget'>,
  { team, user, channel }: Whose,
): Promise<string | undefined> {
  const today = await spending?.read({ team, channel: channel ?? '' }, user).catch(() => undefined);
  const scopes: readonly DayScope[] =
    channel === undefined ? ['person', 'workspace'] : ['person', 'channel', 'workspace'];
  return today && todayLine(settings, today, scopes);
}

/** The same below what else is said. */
export async function withToday(
  deps: TodayDeps,
  settings: Pick<Settings, 'budget'>,
  whose: Whose,
  { text, blocks }: Content,
): Promise<Content> {
  const line = await todayOf(deps, settings, whose);
  if (line === undefined) return { text, blocks };
  const more: readonly Block[] = [contextBlock(line)];
  return { text: `${text}\n${line}`, blocks: [...blocks, ...more] };
}
