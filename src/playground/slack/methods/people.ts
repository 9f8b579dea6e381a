import { SlackApiError, type Args, type Method, type Slack } from '../call.ts';
import type { Json, MessageRecord } from '../records.ts';
import { wireMessage, wireUser } from '../wire-objects.ts';
import { emoji, ids, team } from '../world.ts';
import { joinedChannel, needScope } from './shared.ts';

/** auth, team, users, bots, user groups, reactions. */
export const peopleMethods: Record<string, Method> = {
  'api.test': { tier: 'free', run: apiTest },
  'auth.test': { tier: 'free', run: authTest },
  'team.info': { tier: 3, scope: 'team:read', formOnly: true, run: teamInfo },
  'users.info': { tier: 4, scope: 'users:read', formOnly: true, run: usersInfo },
  'users.list': { tier: 2, scope: 'users:read', formOnly: true, run: usersList },
  'bots.info': { tier: 3, scope: 'users:read', formOnly: true, run: botsInfo },
  'usergroups.list': { tier: 2, scope: 'usergroups:read', formOnly: true, run: groups },
  'usergroups.users.list': { tier: 2, scope: 'usergroups:read', formOnly: true, run: groupUsers },
  'reactions.add': { tier: 3, scope: 'reactions:write', run: addReaction },
  'reactions.remove': { tier: 3, scope: 'reactions:write', run: removeReaction },
  'reactions.get': { tier: 3, scope: 'reactions:read', formOnly: true, run: getReactions },
};

function apiTest(_slack: Slack, args: Args): Json {
  const error = args.string('error');
  if (error !== undefined) throw new SlackApiError(error, { args: args.raw });
  return { args: args.raw };
}

function authTest(slack: Slack): Json {
  return {
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: slack.workspace.bot.name,
    team_id: team.id,
    user_id: ids.bot,
    bot_id: ids.botId,
    is_enterprise_install: false,
  };
}

function teamInfo(): Json {
  return { team: { ...team, email_domain: '', icon: {}, url: `https://${team.domain}.slack.com/` } };
}

function usersInfo(slack: Slack, args: Args): Json {
  const user = slack.workspace.user(args.need('user'));
  if (!user) throw new SlackApiError('user_not_found');
  return { user: wireUser(slack.workspace, user) };
}

function usersList(slack: Slack, args: Args): Json {
  const all = [...slack.workspace.users.values()];
  const start = Number(args.string('cursor') ?? '0') || 0;
  const end = start + (args.number('limit', 0) || all.length);
  return {
    members: all.slice(start, end).map((user) => wireUser(slack.workspace, user)),
    cache_ts: Math.floor(slack.workspace.clock.now() / 1000),
    response_metadata: { next_cursor: end < all.length ? String(end) : '' },
  };
}

function botsInfo(slack: Slack, args: Args): Json {
  const bot = args.string('bot') ?? ids.botId;
  const user = [...slack.workspace.users.values()].find((one) => one.bot_id === bot);
  if (!user) throw new SlackApiError('bot_not_found');
  return {
    bot: {
      id: bot,
      deleted: false,
      name: user.real_name,
      updated: 1_760_000_000,
      app_id: user.app_id ?? slack.workspace.appId,
      user_id: user.id,
      icons: {},
    },
  };
}

function groups(slack: Slack, args: Args): Json {
  const withUsers = args.flag('include_users');
  return {
    usergroups: [...slack.workspace.groups.values()].map(({ id, handle, name, users }) => ({
      id,
      team_id: team.id,
      is_usergroup: true,
      is_subteam: true,
      name,
      description: '',
      handle,
      is_external: false,
      date_create: 1_760_000_000,
      date_update: 1_760_000_000,
      date_delete: 0,
      user_count: users.length,
      ...(withUsers ? { users } : {}),
    })),
  };
}

function groupUsers(slack: Slack, args: Args): Json {
  const group = slack.workspace.groups.get(args.need('usergroup'));
  if (!group) throw new SlackApiError('no_such_subteam');
  return { users: group.users };
}

function target(slack: Slack, args: Args): MessageRecord {
  const id = args.string('channel') ?? '';
  const ts = args.string('timestamp') ?? '';
  if (id === '' || ts === '') throw new SlackApiError('no_item_specified');
  const channel = joinedChannel(slack, id);
  if (channel.is_archived) throw new SlackApiError('is_archived');
  const message = slack.workspace.message(channel.id, ts);
  if (!message || message.tombstone) throw new SlackApiError('message_not_found');
  return message;
}

/** With or without colons and skin tone. */
export function emojiName(name: string): string {
  const bare = name.replace(/^:|:$/g, '').replace(/::skin-tone-\d$/, '');
  if (!emoji.includes(bare)) throw new SlackApiError('invalid_name');
  return bare;
}

function addReaction(slack: Slack, args: Args): Json {
  const name = emojiName(args.need('name'));
  react(slack, target(slack, args), ids.bot, name);
  return {};
}

function removeReaction(slack: Slack, args: Args): Json {
  const name = emojiName(args.need('name'));
  unreact(slack, target(slack, args), ids.bot, name);
  return {};
}

export function react(slack: Slack, message: MessageRecord, user: string, name: string): void {
  const reactions = message.reactions ?? [];
  const mine = reactions.find((one) => one.name === name);
  if (mine?.users.includes(user)) throw new SlackApiError('already_reacted');
  if (!mine && reactions.length >= 50) throw new SlackApiError('too_many_emoji');
  const next = mine
    ? reactions.map((one) => (one === mine ? { name, users: [...one.users, user] } : one))
    : [...reactions, { name, users: [user] }];
  slack.workspace.react(message, next, user, name, true);
}

export function unreact(slack: Slack, message: MessageRecord, user: string, name: string): void {
  const reactions = message.reactions ?? [];
  if (!reactions.some((one) => one.name === name && one.users.includes(user)))
    throw new SlackApiError('no_reaction');
  const next = reactions
    .map((one) => (one.name === name ? { name, users: one.users.filter((other) => other !== user) } : one))
    .filter((one) => one.users.length > 0);
  slack.workspace.react(message, next, user, name, false);
}

function getReactions(slack: Slack, args: Args): Json {
  const message = target(slack, args);
  const channel = joinedChannel(slack, message.channel);
  needScope(slack, channel, 'history');
  return {
    type: 'message',
    channel: channel.id,
    message: wireMessage(slack.workspace, message, { counts: true }),
  };
}
