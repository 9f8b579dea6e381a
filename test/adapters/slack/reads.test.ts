import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portWorld, thread, type PortWorld } from './support/port.ts';

let world: PortWorld;
beforeEach(async () => {
  world = await portWorld();
});
afterEach(() => world.close());

describe('find', () => {
  const own = (ts: string, k: string, more: object = {}): object => ({
    type: 'message',
    user: 'UBOT',
    bot_id: 'BBOT',
    ts,
    metadata: { event_type: 'heddle_message', event_payload: { k } },
    ...more,
  });

  it('finds our own messages by their key, on every page, with metadata asked for', async () => {
    world.slack.on('conversations.replies', [
      { ok: true, messages: [own('1.1', 'k1')], has_more: true, response_metadata: { next_cursor: 'c2' } },
      { ok: true, messages: [own('1.2', 'k2'), own('1.3', 'k2')] },
    ]);
    expect(await world.port.find(thread, ['k1', 'k2', 'k3'])).toEqual(
      new Map([
        ['k1', '1.1'],
        ['k2', '1.2'],
      ]),
    );
    const calls = world.slack.callsOf('conversations.replies');
    expect(calls.map((call) => call.args['cursor'])).toEqual([undefined, 'c2']);
    expect(calls[0]?.args).toMatchObject({ ts: thread.ts, include_all_metadata: 'true' });
  });

  it('believes nobody else’s metadata', async () => {
    const forged = own('1.1', 'k1', { user: 'U1', bot_id: 'B2' });
    const other = own('1.2', 'k1', { metadata: { event_type: 'other', event_payload: { k: 'k1' } } });
    world.slack.on('conversations.replies', { ok: true, messages: [forged, other] });
    expect(await world.port.find(thread, ['k1'])).toEqual(new Map());
  });

  it('a thread that is gone holds none', async () => {
    world.slack.on('conversations.replies', { ok: false, error: 'thread_not_found' });
    expect(await world.port.find(thread, ['k1'])).toEqual(new Map());
  });

  it('asks nothing for no keys, and ends on a cursor that leads in a circle', async () => {
    expect(await world.port.find(thread, [])).toEqual(new Map());
    expect(world.slack.calls).toEqual([]);
    world.slack.on('conversations.replies', {
      ok: true,
      messages: [],
      response_metadata: { next_cursor: 'same' },
    });
    expect(await world.port.find(thread, ['k1'])).toEqual(new Map());
    expect(world.slack.callsOf('conversations.replies').length).toBeLessThan(4);
  });
});

describe('earlier', () => {
  it('gives what was said before, oldest first, unescaped, with names and bots marked', async () => {
    world.slack.on('users.info', (call) => ({
      ok: true,
      user: {
        id: call.args['user'],
        team_id: 'T1',
        profile: { display_name: `name of ${String(call.args['user'])}` },
      },
    }));
    world.slack.on('conversations.replies', {
      ok: true,
      messages: [
        {
          ts: '1790000000.000100',
          user: 'U1',
          text: 'a &lt;b&gt; &amp;amp; <@U2> <#C2|dev> <https://x.io|x> <!here>',
        },
        { ts: '1790000001.000100', subtype: 'channel_join', user: 'U3', text: 'joined' },
        { ts: '1790000002.000100', user: 'U2', text: 'yes', files: [{ id: 'F1', name: '../a\u202eb.txt' }] },
        { ts: '1790000003.000100', bot_id: 'B2', subtype: 'bot_message', username: 'CI', text: 'failed' },
        { ts: '1790000004.000100', user: 'UBOT', bot_id: 'BBOT', text: 'mine' },
        { ts: '1790000005.000100', user: 'U1', text: 'the mention itself' },
      ],
    });
    const said = await world.port.earlier(thread, '1790000005.000100', 10);
    expect(said).toEqual([
      {
        ts: '1790000000.000100',
        user: 'U1',
        name: 'name of U1',
        own: false,
        bot: false,
        text: 'a <b> &amp; @name of U2 #dev x (https://x.io) @here',
      },
      {
        ts: '1790000002.000100',
        user: 'U2',
        name: 'name of U2',
        own: false,
        bot: false,
        text: 'yes\n[attached: "ab.txt"]',
        // As Slack has it: it is made safe where it is used.
        files: [{ id: 'F1', name: '../a\u202eb.txt', mimetype: 'application/octet-stream', size: 0 }],
      },
      { ts: '1790000003.000100', user: 'B2', name: 'CI', own: false, bot: true, text: 'failed' },
      { ts: '1790000004.000100', user: 'UBOT', name: 'name of UBOT', own: true, bot: true, text: 'mine' },
    ]);
  });

  it('keeps the newest of many pages', async () => {
    world.slack.on('conversations.replies', [
      { ok: true, messages: [{ ts: '1.1', bot_id: 'B2' }], response_metadata: { next_cursor: 'c' } },
      {
        ok: true,
        messages: [
          { ts: '2.1', bot_id: 'B2' },
          { ts: '3.1', bot_id: 'B2' },
        ],
      },
    ]);
    expect((await world.port.earlier(thread, '9.1', 2)).map((one) => one.ts)).toEqual(['2.1', '3.1']);
  });
});

describe('find of a shared file', () => {
  it('finds our own message by the id of the file that it shares, and nobody else’s', async () => {
    const files = [{ id: 'F1', name: 'report.csv' }];
    world.slack.on('conversations.replies', {
      ok: true,
      messages: [
        { type: 'message', user: 'U1', ts: '1.1', files },
        { type: 'message', user: 'UBOT', bot_id: 'BBOT', ts: '1.2', files },
      ],
    });
    expect(await world.port.find(thread, ['F1', 'F2'])).toEqual(new Map([['F1', '1.2']]));
  });
});

describe('rootOf', () => {
  it('of a reply, of a root, of a lone message', async () => {
    world.slack.on('conversations.replies', [
      { ok: true, messages: [{ ts: '2.1', thread_ts: '1.1' }] },
      { ok: true, messages: [{ ts: '1.1', thread_ts: '1.1' }] },
      { ok: true, messages: [{ ts: '5.1' }] },
    ]);
    expect(await world.port.rootOf('T1', 'C1', '2.1')).toBe('1.1');
    expect(await world.port.rootOf('T1', 'C1', '1.1')).toBe('1.1');
    expect(await world.port.rootOf('T1', 'C1', '5.1')).toBe('5.1');
  });

  it('falls back to the channel, and says undefined where there is no such message', async () => {
    world.slack.on('conversations.replies', { ok: false, error: 'thread_not_found' });
    world.slack.on('conversations.history', [
      { ok: true, messages: [{ ts: '5.1' }] },
      { ok: true, messages: [{ ts: '4.1' }] },
    ]);
    expect(await world.port.rootOf('T1', 'C1', '5.1')).toBe('5.1');
    expect(await world.port.rootOf('T1', 'C1', '5.1')).toBeUndefined();
  });
});

describe('person', () => {
  const facts = (fields: object): void =>
    world.slack.on('users.info', { ok: true, user: { id: 'U1', team_id: 'T1', name: 'ada', ...fields } });

  it.each<[string, object, string]>([
    ['a member', {}, 'member'],
    ['an admin', { is_admin: true }, 'admin'],
    ['an owner', { is_owner: true }, 'admin'],
    ['a guest', { is_restricted: true }, 'guest'],
    ['a single-channel guest', { is_ultra_restricted: true, is_restricted: true }, 'guest'],
    ['a bot', { is_bot: true }, 'bot'],
    ['a workflow', { is_workflow_bot: true }, 'bot'],
    ['a stranger', { is_stranger: true }, 'outsider'],
    ['of another team', { team_id: 'T2' }, 'outsider'],
    ['an admin of another team', { team_id: 'T2', is_admin: true }, 'outsider'],
    ['deactivated', { deleted: true }, 'unknown'],
  ])('%s', async (_, fields, role) => {
    facts(fields);
    expect(await world.port.person('T1', 'U1')).toEqual({ user: 'U1', name: 'ada', role });
  });

  it('the author’s team makes an outsider, whatever the account says', async () => {
    facts({});
    expect((await world.port.person('T1', 'U1', 'T2')).role).toBe('outsider');
    expect((await world.port.person('T1', 'U1', 'T1')).role).toBe('member');
  });

  it('another workspace of the same organization is inside', async () => {
    world.slack.on('auth.test', {
      ok: true,
      team_id: 'T1',
      user_id: 'UBOT',
      bot_id: 'BBOT',
      enterprise_id: 'E1',
    });
    facts({ team_id: 'T2', enterprise_user: { enterprise_id: 'E1' } });
    expect((await world.port.person('T1', 'U1', 'T2')).role).toBe('member');
    world.port.personChanged('U1');
    facts({ team_id: 'T3', enterprise_user: { enterprise_id: 'E2' } });
    expect((await world.port.person('T1', 'U1')).role).toBe('outsider');
  });

  it('prefers the name people chose', async () => {
    facts({ real_name: 'Ada L.', profile: { display_name: 'ada!', real_name: 'Ada Lovelace' } });
    expect((await world.port.person('T1', 'U1')).name).toBe('ada!');
  });

  it('is asked once in ten minutes, also by many at once', async () => {
    facts({});
    await Promise.all([
      world.port.person('T1', 'U1'),
      world.port.person('T1', 'U1'),
      world.port.person('T1', 'U1'),
    ]);
    await world.port.person('T1', 'U1');
    expect(world.slack.callsOf('users.info')).toHaveLength(1);
    world.ahead = 10 * 60_000 + 1;
    facts({ is_restricted: true });
    expect((await world.port.person('T1', 'U1')).role).toBe('guest');
  });

  it('is asked again after user_change', async () => {
    facts({});
    await world.port.person('T1', 'U1');
    facts({ is_restricted: true });
    world.port.personChanged('U1');
    expect((await world.port.person('T1', 'U1')).role).toBe('guest');
  });

  it('fails closed, and does not remember that', async () => {
    world.slack.on('users.info', { ok: false, error: 'user_not_found' });
    expect(await world.port.person('T1', 'U1')).toEqual({ user: 'U1', name: 'U1', role: 'unknown' });
    facts({});
    expect((await world.port.person('T1', 'U1')).role).toBe('member');
  });

  it('a bot without an account needs no asking', async () => {
    expect((await world.port.person('T1', 'B2')).role).toBe('bot');
    expect((await world.port.person('T1', 'USLACKBOT')).role).toBe('bot');
    expect(world.slack.calls).toEqual([]);
  });
});
