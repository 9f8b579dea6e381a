import { randomBytes, randomInt } from 'node:crypto';
import { EMOJI } from '../page/client/emoji.ts';
import type { ChannelRecord, GroupRecord, SecretsRecord, TeamRecord, UserRecord } from './records.ts';

/**
 * The workspace as it is before anybody did anything. Ids are fixed, so that tests and journals can name them;
 * all but the app's, which is drawn: {@link makeSecrets}.
 */

export const team: TeamRecord = { id: 'T0LOOM0001', name: 'Loom Works', domain: 'loom-works' };
export const otherTeam: TeamRecord = { id: 'T0OTHER001', name: 'Jacquard & Co', domain: 'jacquard' };

export const ids = {
  ada: 'U0ADA00001',
  grace: 'U0GRACE001',
  linus: 'U0LINUS001',
  margaret: 'U0MARGARET',
  admin: 'U0ADMIN001',
  guest: 'U0GUEST001',
  singleGuest: 'U0VISITOR1',
  outsider: 'U0OUTSIDE1',
  otherBot: 'U0BUILDBOT',
  bot: 'U0HEDDLE01',
  botId: 'B0HEDDLE01',
  otherBotId: 'B0BUILDBOT',
  general: 'C0GENERAL1',
  engineering: 'C0ENGINEER',
  random: 'C0RANDOM01',
  secret: 'C0PRIVATE1',
  shared: 'C0SHARED01',
  group: 'S0ONCALL01',
} as const;

const person = (id: string, name: string, real_name: string, color: string): UserRecord => ({
  id,
  name,
  real_name,
  kind: 'member',
  team_id: team.id,
  color,
});

export function seedUsers(appId: string): UserRecord[] {
  return [
    person(ids.ada, 'ada', 'Ada Lovelace', '#7a3e9d'),
    person(ids.grace, 'grace', 'Grace Hopper', '#1f6f8b'),
    person(ids.linus, 'linus', 'Linus Torvalds', '#b3541e'),
    person(ids.margaret, 'margaret', 'Margaret Hamilton', '#2d6a4f'),
    { ...person(ids.admin, 'joan', 'Joan Clarke', '#9d2f4f'), kind: 'admin' },
    { ...person(ids.guest, 'gus', 'Gus Guest', '#6c757d'), kind: 'guest' },
    { ...person(ids.singleGuest, 'vera', 'Vera Visitor', '#8a7f5c'), kind: 'single_guest' },
    { ...person(ids.outsider, 'olga', 'Olga Outside', '#c77d0a'), kind: 'outsider', team_id: otherTeam.id },
    {
      ...person(ids.otherBot, 'buildbot', 'Build Bot', '#3a506b'),
      kind: 'bot',
      bot_id: ids.otherBotId,
      app_id: 'A0BUILDBOT',
    },
    {
      ...person(ids.bot, 'heddle', 'Heddle', '#3f5efb'),
      kind: 'app',
      bot_id: ids.botId,
      app_id: appId,
    },
  ];
}

const created = 1_760_000_000;

export function seedChannels(): ChannelRecord[] {
  const { ada, grace, linus, margaret, admin, guest, singleGuest, outsider, otherBot, bot } = ids;
  const channel = (
    id: string,
    name: string,
    topic: string,
    members: string[],
    more: Partial<ChannelRecord> = {},
  ): ChannelRecord => ({
    id,
    type: 'channel',
    name,
    topic,
    creator: admin,
    created,
    members,
    is_ext_shared: false,
    is_archived: false,
    ...more,
  });
  const team = [ada, grace, linus, margaret, admin];
  return [
    channel(ids.general, 'general', 'Everybody', [...team, guest, otherBot, bot]),
    channel(ids.engineering, 'engineering', 'What we build', [...team, guest, singleGuest, otherBot, bot]),
    channel(ids.random, 'random', 'The bot is not in here', [...team, guest]),
    channel(ids.secret, 'skunkworks', 'Private', [ada, grace, admin, bot], { type: 'group' }),
    channel(ids.shared, 'shared-jacquard', 'With Jacquard & Co', [ada, grace, linus, admin, outsider, bot], {
      is_ext_shared: true,
    }),
  ];
}

/** Who decides: Grace approves as a member of a group, not because of her role. */
export function seedGroups(): GroupRecord[] {
  return [{ id: ids.group, handle: 'oncall', name: 'On call', users: [ids.grace, ids.admin] }];
}

/**
 * Put together at run time, so that no string in the source looks like a token. Every workspace draws an app id of
 * its own: apps that share a store are told apart by nothing else.
 */
export function makeSecrets(appId = newAppId()): SecretsRecord {
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
  return {
    botToken: ['xoxb', '1000000000001', '1000000000002', hex(12)].join('-'),
    appToken: ['xapp', '1', appId, '1000000000003', hex(32)].join('-'),
    signingSecret: hex(16),
  };
}

function newAppId(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return `A0${Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
}

/** The app that an app-level token belongs to: `xapp-1-<app id>-…`, as Slack's own tokens say it. */
export function appIdOf({ appToken }: SecretsRecord): string {
  const [, , appId] = appToken.split('-');
  if (appId === undefined) throw new Error('the workspace has an app-level token that names no app');
  return appId;
}

/** The direct message of two people has one id, whoever opens it. */
export function directMessageId(a: string, b: string): string {
  const tail = (id: string): string => id.slice(2, 7).padEnd(5, '0');
  const [first, second] = [a, b].sort();
  return `D${tail(first ?? '')}${tail(second ?? '')}`;
}

/** Names that reactions may have: those the page can draw. */
export const emoji: string[] = [...EMOJI.keys()];
