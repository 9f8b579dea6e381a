import { describe, expect, it } from 'vitest';
import { ids } from '../../../src/playground/slack/world.ts';
import { client, Heard, refusal, stage } from './helpers.ts';

const on = stage();

describe('people and what they may', () => {
  it('users.info says what somebody is', async () => {
    const server = await on.slack();
    const web = client(server);
    const flags = async (user: string): Promise<string[]> => {
      const { user: found } = await web.users.info({ user });
      return Object.entries(found ?? {})
        .filter(([name, value]) => /^is_(?!email|app_user)/.test(name) && value === true)
        .map(([name]) => name)
        .sort();
    };
    expect(await flags(ids.ada)).toEqual([]);
    expect(await flags(ids.admin)).toEqual(['is_admin']);
    expect(await flags(ids.guest)).toEqual(['is_restricted']);
    expect(await flags(ids.singleGuest)).toEqual(['is_restricted', 'is_ultra_restricted']);
    expect(await flags(ids.outsider)).toEqual([]);
    expect(await flags(ids.otherBot)).toEqual(['is_bot']);
    server.control.changeUser({ user: ids.margaret, kind: 'owner' });
    expect(await flags(ids.margaret)).toEqual(['is_admin', 'is_owner']);
  });

  it('user_change brings the whole person', async () => {
    const server = await on.slack();
    const heard = new Heard<Record<string, unknown>>();
    await on.socketApp(server, (app) =>
      app.event('user_change', async ({ event }) => {
        heard.push(event as unknown as Record<string, unknown>);
      }),
    );
    server.control.changeUser({ user: ids.ada, kind: 'single_guest', deleted: true });
    const [event] = await heard.until(1);
    expect(event?.['user']).toMatchObject({
      id: ids.ada,
      is_ultra_restricted: true,
      deleted: true,
      profile: {},
    });
  });

  it('user groups are listed, and change', async () => {
    const server = await on.slack();
    const web = client(server);
    expect((await web.usergroups.list({})).usergroups).toMatchObject([{ handle: 'oncall', user_count: 2 }]);
    expect((await web.usergroups.list({})).usergroups?.[0]).not.toHaveProperty('users');
    expect((await web.usergroups.list({ include_users: true })).usergroups?.[0]?.users).toContain(ids.grace);
    server.control.setGroup({ id: ids.group, users: [ids.linus] });
    expect((await web.usergroups.users.list({ usergroup: ids.group })).users).toEqual([ids.linus]);
    expect(await refusal(web.usergroups.users.list({ usergroup: 'S0NOBODY' }))).toBe('no_such_subteam');
    server.control.setGroup({ id: 'S0WEAVERS', handle: 'weavers', users: [ids.ada] });
    const ts = server.control.say({ user: ids.ada, channel: ids.general, text: 'hi @weavers' });
    expect(server.control.message(ids.general, ts)?.text).toBe('hi <!subteam^S0WEAVERS>');
  });

  it('guests see their channels, and use no shortcut on what they cannot see', async () => {
    const server = await on.slack();
    const { control } = server;
    const { members } = await client(server).conversations.members({ channel: ids.engineering });
    expect(members).toEqual(expect.arrayContaining([ids.guest, ids.singleGuest]));
    const ts = control.say({ user: ids.ada, channel: ids.general, text: 'x' });
    const shortcut = { callbackId: 'stop_agent_message', channel: ids.general, ts };
    await expect(control.shortcut({ user: ids.singleGuest, ...shortcut })).rejects.toThrow('not_in_channel');
    expect(() => control.say({ user: ids.singleGuest, channel: ids.general, text: 'x' })).toThrow();
    expect(() => control.createChannel({ user: ids.singleGuest, name: 'mine' })).toThrow('restricted_action');
  });
});

describe('places', () => {
  it.each([
    ['a public channel', ids.general, { is_channel: true, is_private: false, is_ext_shared: false }],
    ['a private one', ids.secret, { is_private: true, is_ext_shared: false, is_member: true }],
    ['a shared one', ids.shared, { is_ext_shared: true, shared_team_ids: ['T0LOOM0001', 'T0OTHER001'] }],
    ['one the app is not in', ids.random, { is_private: false, is_member: false }],
  ])('conversations.info says what it is: %s', async (_what, channel, facts) => {
    const server = await on.slack();
    const { channel: found } = await client(server).conversations.info({ channel });
    expect(found).toMatchObject(facts);
  });

  it('a link leads to a message, and names the thread of a reply', async () => {
    const server = await on.slack();
    const { say } = server.control;
    const root = say({ user: ids.ada, channel: ids.general, text: 'root' });
    const reply = say({ user: ids.ada, channel: ids.general, text: 'reply', threadTs: root });
    const link = async (message_ts: string): Promise<string | undefined> =>
      (await client(server).chat.getPermalink({ channel: ids.general, message_ts })).permalink;
    const base = `https://loom-works.slack.com/archives/${ids.general}/p`;
    expect(await link(root)).toBe(base + root.replace('.', ''));
    expect(await link(reply)).toBe(`${base}${reply.replace('.', '')}?thread_ts=${root}&cid=${ids.general}`);
  });
});

describe('edits', () => {
  it('without a change are none; previews of links come by themselves and are not marked', async () => {
    const server = await on.slack({ unfurls: true });
    const heard = new Heard<Record<string, unknown>>();
    await on.socketApp(server, (app) =>
      app.event('message', async ({ event }) => {
        heard.push(event as unknown as Record<string, unknown>);
      }),
    );
    const { control } = server;
    const ts = control.say({
      user: ids.ada,
      channel: ids.general,
      text: 'see https://example.com/a?b=1&c=2',
    });
    const [, unfurled] = await heard.until(2);
    expect(unfurled).toMatchObject({
      subtype: 'message_changed',
      message: { ts, attachments: [{ from_url: 'https://example.com/a?b=1&c=2' }] },
      previous_message: { ts },
    });
    expect(unfurled?.['message']).not.toHaveProperty('edited');
    control.edit({ user: ids.ada, channel: ids.general, ts, text: 'see https://example.com/a?b=1&c=2' });
    control.edit({ user: ids.ada, channel: ids.general, ts, text: 'never mind' });
    const [, , edited] = await heard.until(3);
    expect(edited).toMatchObject({
      message: { text: 'never mind', edited: { user: ids.ada } },
      previous_message: { text: expect.stringContaining('example.com') },
    });
  });
});
