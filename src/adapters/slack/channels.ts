/**
 * What a channel is (`conversations.info`), kept for at most ten minutes, and who is in it (`conversations.members`).
 * Fails closed: what could not be had rejects, and is asked again next time.
 */
import type { Clock, SlackPort } from '../../ports.ts';
import type { Calls } from './calls.ts';
import { flag, object } from './fields.ts';

const KEPT_MS = 10 * 60_000;
const KEPT_CHANNELS = 500;
/** Members a page (docs.slack.dev/reference/methods/conversations.members: fewer than 1,000). */
const PAGE = 999;

interface Facts {
  readonly shared: boolean;
  /** Everybody of the workspace may read it, and write there. */
  readonly open: boolean;
}

interface Entry {
  readonly until: number;
  readonly facts: Promise<Facts>;
}

export interface ChannelsOptions {
  readonly calls: Calls;
  readonly clock: Clock;
}

export function createChannels({ calls, clock }: ChannelsOptions): Pick<SlackPort, 'isShared' | 'isOpenTo'> {
  const known = new Map<string, Entry>();

  /** One that another organisation was only invited to counts: its people may read it any moment. */
  async function ask(team: string, channel: string): Promise<Facts> {
    const about = object(await calls.read(team, 'conversations.info', { channel }), 'channel');
    const shared = flag(about, 'is_ext_shared') || flag(about, 'is_pending_ext_shared');
    return { shared, open: flag(about, 'is_channel') && !flag(about, 'is_private') };
  }

  function factsOf(team: string, channel: string): Promise<Facts> {
    const key = `${team}/${channel}`;
    const entry = known.get(key);
    if (entry && entry.until > clock.monotonic()) return entry.facts;
    const facts = ask(team, channel);
    known.delete(key);
    known.set(key, { until: clock.monotonic() + KEPT_MS, facts });
    // A failure is nobody's answer to the next question.
    facts.catch(() => known.delete(key));
    const [oldest] = known.keys();
    if (known.size > KEPT_CHANNELS && oldest !== undefined) known.delete(oldest);
    return facts;
  }

  return {
    isShared: async (team, channel) => (await factsOf(team, channel)).shared,
    async isOpenTo(team, channel, user) {
      if ((await factsOf(team, channel)).open) return true;
      let found = false;
      await calls.pages(team, 'conversations.members', { channel, limit: PAGE }, (page) => {
        const members = page['members'];
        found ||= Array.isArray(members) && members.includes(user);
        return found ? 'enough' : 'more';
      });
      return found;
    },
  };
}
