import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSlackPort, type SlackAdapter } from '../../../src/adapters/slack/api.ts';
import { createLanes } from '../../../src/adapters/slack/lanes.ts';
import { systemClock } from '../../../src/lib/time.ts';
import type { Clock, Content } from '../../../src/ports.ts';
import { memoryLog, until, type MemoryLog } from './support/clock.ts';
import { fakeSlack, type FakeSlack } from './support/fake-slack.ts';
import { openLimiter } from './support/limiter.ts';

let slack: FakeSlack;
let log: MemoryLog;
let port: SlackAdapter;
/** Milliseconds by which the clock of the port is ahead; timers are real. */
let ahead = 0;
const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };

beforeEach(async () => {
  slack = await fakeSlack();
  log = memoryLog();
  ahead = 0;
  const lanes = createLanes({ limiter: openLimiter, clock, log });
  port = createSlackPort({ token: 'xoxb-secret-canary', apiUrl: slack.apiUrl, lanes, log, clock });
});

afterEach(async () => {
  await slack.close();
  expect(log.all()).not.toContain('canary');
});

const content: Content = {
  text: 'plain &lt;fallback&gt;',
  blocks: [{ type: 'markdown', text: '**rich** canary' }],
};
const thread = { team: 'T1', channel: 'C1', ts: '1790000000.000100' };
const place = { team: 'T1', channel: 'C1', priority: 'final' } as const;

const post = (latest = (): Content | undefined => content): Promise<string | undefined> =>
  port.post({ ...place, threadTs: thread.ts, key: 'k1', clientMsgId: 'uuid-1', content: latest });
const update = (latest = (): Content | undefined => content): Promise<true | undefined> =>
  port.update({ ...place, ts: '1790000001.000100', content: latest });

describe('post', () => {
  it('says everything that must not be left to defaults', async () => {
    slack.on('chat.postMessage', { ok: true, ts: '1790000001.000100', channel: 'C1' });
    expect(await post()).toBe('1790000001.000100');
    expect(slack.callsOf('chat.postMessage').map((call) => [call.token, call.args])).toEqual([
      [
        'xoxb-secret-canary',
        {
          channel: 'C1',
          thread_ts: thread.ts,
          text: 'plain &lt;fallback&gt;',
          blocks: [{ type: 'markdown', text: '**rich** canary' }],
          parse: 'none',
          link_names: 'false',
          metadata: { event_type: 'heddle_message', event_payload: { k: 'k1' } },
          client_msg_id: 'uuid-1',
          unfurl_links: 'false',
          unfurl_media: 'false',
        },
      ],
    ]);
  });

  it('makes no call where there is nothing to write any more', async () => {
    expect(await post(() => undefined)).toBeUndefined();
    expect(slack.calls).toEqual([]);
  });

  it('takes an ok without a ts as doubt: the message is there', async () => {
    slack.on('chat.postMessage', { ok: true });
    await expect(post()).rejects.toMatchObject({ kind: 'unknown', code: 'unreadable_answer' });
  });
});

describe('update', () => {
  it('restates parse, link_names and the blocks', async () => {
    slack.on('chat.update', { ok: true });
    expect(await update(() => ({ text: 'x', blocks: [] }))).toBe(true);
    expect(slack.calls[0]?.args).toEqual({
      channel: 'C1',
      ts: '1790000001.000100',
      text: 'x',
      blocks: [],
      parse: 'none',
      link_names: 'false',
    });
  });

  it('answers undefined where there was nothing to write', async () => {
    expect(await update(() => undefined)).toBeUndefined();
  });
});

describe('what a failed call means', () => {
  const table: readonly [string, Parameters<FakeSlack['on']>[1], object][] = [
    ['refused', { ok: false, error: 'msg_too_long' }, { kind: 'refused', code: 'msg_too_long' }],
    ['blocks', { ok: false, error: 'invalid_blocks' }, { kind: 'refused', code: 'invalid_blocks' }],
    ['a locked thread', { ok: false, error: 'restricted_action_thread_locked' }, { kind: 'refused' }],
    ['an edit window', { ok: false, error: 'edit_window_closed' }, { kind: 'refused' }],
    [
      'a deleted message',
      { ok: false, error: 'message_not_found' },
      { kind: 'gone', code: 'message_not_found' },
    ],
    ['somebody else’s', { ok: false, error: 'cant_update_message' }, { kind: 'gone' }],
    ['an archived channel', { ok: false, error: 'is_archived' }, { kind: 'gone' }],
    ['no such channel', { ok: false, error: 'channel_not_found' }, { kind: 'gone' }],
    ['the bot removed', { ok: false, error: 'not_in_channel' }, { kind: 'gone' }],
    ['a revoked token', { ok: false, error: 'token_revoked' }, { kind: 'fatal', code: 'token_revoked' }],
    ['a missing scope', { ok: false, error: 'missing_scope', needed: 'chat:write' }, { kind: 'fatal' }],
    ['a deactivated account', { ok: false, error: 'account_inactive' }, { kind: 'fatal' }],
    ['fatal_error', { ok: false, error: 'fatal_error' }, { kind: 'unknown', code: 'fatal_error' }],
    ['internal_error', { ok: false, error: 'internal_error' }, { kind: 'unknown' }],
    ['request_timeout', { ok: false, error: 'request_timeout' }, { kind: 'unknown' }],
    ['maintenance', { ok: false, error: 'service_unavailable' }, { kind: 'retry' }],
    ['HTTP 500', { http: 500, body: 'oops' }, { kind: 'unknown', code: 'http_500', status: 500 }],
    ['HTTP 503', { http: 503 }, { kind: 'unknown', status: 503 }],
    ['HTTP 404', { http: 404 }, { kind: 'refused', code: 'http_404' }],
    [
      'a page instead of JSON',
      { http: 200, body: '<html>no_service</html>' },
      { kind: 'unknown', code: 'unreadable_answer' },
    ],
    ['an empty answer', { http: 200, body: '' }, { kind: 'unknown', code: 'unreadable_answer' }],
    ['null', { http: 200, body: 'null' }, { kind: 'unknown', code: 'unreadable_answer' }],
    ['half an answer', { http: 200, body: '{"ok":tr' }, { kind: 'unknown', code: 'unreadable_answer' }],
    ['a redirect', { http: 302, headers: { location: 'http://127.0.0.1:1/' } }, { kind: 'unknown' }],
    ['a broken connection', 'cut', { kind: 'unknown' }],
  ];

  it.each(table)('on a write: %s', async (_, answer, expected) => {
    slack.on('chat.postMessage', answer);
    await expect(post()).rejects.toMatchObject(expected);
    expect(slack.callsOf('chat.postMessage')).toHaveLength(1);
  });

  it('on a write without an answer in four seconds', async () => {
    slack.on('chat.update', 'hang');
    const before = Date.now();
    await expect(update()).rejects.toMatchObject({ kind: 'unknown', code: 'timeout' });
    expect(Date.now() - before).toBeLessThan(4_800);
    expect(slack.callsOf('chat.update')).toHaveLength(1);
  }, 10_000);

  it('a connection that nobody took has certainly done nothing', async () => {
    await slack.close();
    await expect(post()).rejects.toMatchObject({ kind: 'retry', code: 'econnrefused' });
    slack = await fakeSlack();
  });

  it('on a read what is ambiguous is asked again', async () => {
    slack.on('conversations.replies', [
      { ok: false, error: 'internal_error' },
      { http: 502 },
      { ok: true, messages: [{ ts: thread.ts }] },
    ]);
    expect(await port.rootOf('T1', 'C1', thread.ts)).toBe(thread.ts);
    expect(slack.callsOf('conversations.replies')).toHaveLength(3);
  });

  it('a read that goes on failing is an error, never nothing (I7)', async () => {
    slack.on('conversations.replies', { ok: false, error: 'internal_error' });
    await expect(port.rootOf('T1', 'C1', thread.ts)).rejects.toMatchObject({ kind: 'retry' });
    await expect(port.find(thread, ['k1'])).rejects.toMatchObject({ kind: 'retry' });
  });
});

describe('a 429', () => {
  it('is waited out as long as Slack says, and the newest content goes then', async () => {
    slack.on('chat.update', [{ http: 429, headers: { 'retry-after': '1' } }, { ok: true }]);
    const contents = ['old', 'new'];
    const before = Date.now();
    const done = await update(() => ({ text: contents.shift() ?? 'newest', blocks: [] }));
    expect(done).toBe(true);
    expect(Date.now() - before).toBeGreaterThanOrEqual(995);
    expect(slack.callsOf('chat.update').map((call) => call.args['text'])).toEqual(['old', 'new']);
  });

  it.each<[string, Parameters<FakeSlack['on']>[1]]>([
    ['missing', { http: 429 }],
    ['no number', { http: 429, headers: { 'retry-after': 'soon' } }],
    ['not there, the limit being said in the body', { ok: false, error: 'rate_limited' }],
  ])('counts as half a minute where the header is %s', async (_, answer) => {
    slack.on('chat.update', answer);
    const stop = new AbortController();
    const blocked: number[] = [];
    const lanes = createLanes({
      limiter: { ...openLimiter, block: (__, ms) => Promise.resolve(blocked.push(ms)).then(() => undefined) },
      clock,
      log,
    });
    port = createSlackPort({ token: 'xoxb-1', apiUrl: slack.apiUrl, lanes, log, clock });
    const write = port.update({ ...place, ts: '1.1', content: () => content, signal: stop.signal });
    await until('a block', () => blocked.length > 0);
    expect(blocked).toEqual([30_000]);
    stop.abort();
    await expect(write).rejects.toMatchObject({ kind: 'retry', code: 'aborted' });
  });

  it('leaves other methods alone', async () => {
    slack.on('chat.update', [{ http: 429, headers: { 'retry-after': '2' } }, { ok: true }]);
    slack.on('reactions.add', { ok: true });
    const write = update();
    await until('the 429', () => slack.callsOf('chat.update').length === 1);
    await port.react({ ...place, ts: thread.ts, name: 'eyes' });
    expect(slack.callsOf('chat.update')).toHaveLength(1);
    expect(await write).toBe(true);
  });
});

describe('small writes', () => {
  it('deletes, and what is gone is done', async () => {
    slack.on('chat.delete', [{ ok: true }, { ok: false, error: 'message_not_found' }]);
    await port.remove({ ...place, ts: '1.1' });
    await port.remove({ ...place, ts: '1.1' });
    expect(slack.callsOf('chat.delete')).toHaveLength(2);
  });

  it('reacts, and what is already so is done', async () => {
    slack.on('reactions.add', { ok: false, error: 'already_reacted' });
    slack.on('reactions.remove', { ok: false, error: 'no_reaction' });
    await port.react({ ...place, ts: '1.1', name: 'eyes' });
    await port.unreact({ ...place, ts: '1.1', name: 'eyes' });
    expect(slack.calls.map((call) => call.args)).toEqual([
      { channel: 'C1', timestamp: '1.1', name: 'eyes' },
      { channel: 'C1', timestamp: '1.1', name: 'eyes' },
    ]);
  });

  it('says something to one person in a thread', async () => {
    slack.on('chat.postEphemeral', { ok: true, message_ts: '1.2' });
    await port.ephemeral({ ...place, user: 'U1', threadTs: thread.ts, content });
    expect(slack.calls[0]?.args).toMatchObject({ user: 'U1', thread_ts: thread.ts, parse: 'none' });
  });
});

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
    slack.on('conversations.replies', [
      { ok: true, messages: [own('1.1', 'k1')], has_more: true, response_metadata: { next_cursor: 'c2' } },
      { ok: true, messages: [own('1.2', 'k2'), own('1.3', 'k2')] },
    ]);
    expect(await port.find(thread, ['k1', 'k2', 'k3'])).toEqual(
      new Map([
        ['k1', '1.1'],
        ['k2', '1.2'],
      ]),
    );
    const calls = slack.callsOf('conversations.replies');
    expect(calls.map((call) => call.args['cursor'])).toEqual([undefined, 'c2']);
    expect(calls[0]?.args).toMatchObject({ ts: thread.ts, include_all_metadata: 'true' });
  });

  it('believes nobody else’s metadata', async () => {
    const forged = own('1.1', 'k1', { user: 'U1', bot_id: 'B2' });
    const other = own('1.2', 'k1', { metadata: { event_type: 'other', event_payload: { k: 'k1' } } });
    slack.on('conversations.replies', { ok: true, messages: [forged, other] });
    expect(await port.find(thread, ['k1'])).toEqual(new Map());
  });

  it('a thread that is gone holds none', async () => {
    slack.on('conversations.replies', { ok: false, error: 'thread_not_found' });
    expect(await port.find(thread, ['k1'])).toEqual(new Map());
  });

  it('asks nothing for no keys, and ends on a cursor that leads in a circle', async () => {
    expect(await port.find(thread, [])).toEqual(new Map());
    expect(slack.calls).toEqual([]);
    slack.on('conversations.replies', { ok: true, messages: [], response_metadata: { next_cursor: 'same' } });
    expect(await port.find(thread, ['k1'])).toEqual(new Map());
    expect(slack.callsOf('conversations.replies').length).toBeLessThan(4);
  });
});

describe('earlier', () => {
  it('gives what was said before, oldest first, unescaped, with names and bots marked', async () => {
    slack.on('users.info', (call) => ({
      ok: true,
      user: {
        id: call.args['user'],
        team_id: 'T1',
        profile: { display_name: `name of ${String(call.args['user'])}` },
      },
    }));
    slack.on('conversations.replies', {
      ok: true,
      messages: [
        {
          ts: '1790000000.000100',
          user: 'U1',
          text: 'a &lt;b&gt; &amp;amp; <@U2> <#C2|dev> <https://x.io|x> <!here>',
        },
        { ts: '1790000001.000100', subtype: 'channel_join', user: 'U3', text: 'joined' },
        { ts: '1790000002.000100', user: 'U2', text: 'yes' },
        { ts: '1790000003.000100', bot_id: 'B2', subtype: 'bot_message', username: 'CI', text: 'failed' },
        { ts: '1790000004.000100', user: 'UBOT', bot_id: 'BBOT', text: 'mine' },
        { ts: '1790000005.000100', user: 'U1', text: 'the mention itself' },
      ],
    });
    const said = await port.earlier(thread, '1790000005.000100', 10);
    expect(said).toEqual([
      {
        ts: '1790000000.000100',
        user: 'U1',
        name: 'name of U1',
        own: false,
        bot: false,
        text: 'a <b> &amp; @name of U2 #dev x (https://x.io) @here',
      },
      { ts: '1790000002.000100', user: 'U2', name: 'name of U2', own: false, bot: false, text: 'yes' },
      { ts: '1790000003.000100', user: 'B2', name: 'CI', own: false, bot: true, text: 'failed' },
      { ts: '1790000004.000100', user: 'UBOT', name: 'name of UBOT', own: true, bot: true, text: 'mine' },
    ]);
  });

  it('keeps the newest of many pages', async () => {
    slack.on('conversations.replies', [
      { ok: true, messages: [{ ts: '1.1', bot_id: 'B2' }], response_metadata: { next_cursor: 'c' } },
      {
        ok: true,
        messages: [
          { ts: '2.1', bot_id: 'B2' },
          { ts: '3.1', bot_id: 'B2' },
        ],
      },
    ]);
    expect((await port.earlier(thread, '9.1', 2)).map((one) => one.ts)).toEqual(['2.1', '3.1']);
  });
});

describe('rootOf', () => {
  it('of a reply, of a root, of a lone message', async () => {
    slack.on('conversations.replies', [
      { ok: true, messages: [{ ts: '2.1', thread_ts: '1.1' }] },
      { ok: true, messages: [{ ts: '1.1', thread_ts: '1.1' }] },
      { ok: true, messages: [{ ts: '5.1' }] },
    ]);
    expect(await port.rootOf('T1', 'C1', '2.1')).toBe('1.1');
    expect(await port.rootOf('T1', 'C1', '1.1')).toBe('1.1');
    expect(await port.rootOf('T1', 'C1', '5.1')).toBe('5.1');
  });

  it('falls back to the channel, and says undefined where there is no such message', async () => {
    slack.on('conversations.replies', { ok: false, error: 'thread_not_found' });
    slack.on('conversations.history', [
      { ok: true, messages: [{ ts: '5.1' }] },
      { ok: true, messages: [{ ts: '4.1' }] },
    ]);
    expect(await port.rootOf('T1', 'C1', '5.1')).toBe('5.1');
    expect(await port.rootOf('T1', 'C1', '5.1')).toBeUndefined();
  });
});

describe('person', () => {
  const facts = (fields: object): void =>
    slack.on('users.info', { ok: true, user: { id: 'U1', team_id: 'T1', name: 'ada', ...fields } });

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
    expect(await port.person('T1', 'U1')).toEqual({ user: 'U1', name: 'ada', role });
  });

  it('the author’s team makes an outsider, whatever the account says', async () => {
    facts({});
    expect((await port.person('T1', 'U1', 'T2')).role).toBe('outsider');
    expect((await port.person('T1', 'U1', 'T1')).role).toBe('member');
  });

  it('another workspace of the same organization is inside', async () => {
    slack.on('auth.test', { ok: true, team_id: 'T1', user_id: 'UBOT', bot_id: 'BBOT', enterprise_id: 'E1' });
    facts({ team_id: 'T2', enterprise_user: { enterprise_id: 'E1' } });
    expect((await port.person('T1', 'U1', 'T2')).role).toBe('member');
    port.personChanged('U1');
    facts({ team_id: 'T3', enterprise_user: { enterprise_id: 'E2' } });
    expect((await port.person('T1', 'U1')).role).toBe('outsider');
  });

  it('prefers the name people chose', async () => {
    facts({ real_name: 'Ada L.', profile: { display_name: 'ada!', real_name: 'Ada Lovelace' } });
    expect((await port.person('T1', 'U1')).name).toBe('ada!');
  });

  it('is asked once in ten minutes, also by many at once', async () => {
    facts({});
    await Promise.all([port.person('T1', 'U1'), port.person('T1', 'U1'), port.person('T1', 'U1')]);
    await port.person('T1', 'U1');
    expect(slack.callsOf('users.info')).toHaveLength(1);
    ahead = 10 * 60_000 + 1;
    facts({ is_restricted: true });
    expect((await port.person('T1', 'U1')).role).toBe('guest');
  });

  it('is asked again after user_change', async () => {
    facts({});
    await port.person('T1', 'U1');
    facts({ is_restricted: true });
    port.personChanged('U1');
    expect((await port.person('T1', 'U1')).role).toBe('guest');
  });

  it('fails closed, and does not remember that', async () => {
    slack.on('users.info', { ok: false, error: 'user_not_found' });
    expect(await port.person('T1', 'U1')).toEqual({ user: 'U1', name: 'U1', role: 'unknown' });
    facts({});
    expect((await port.person('T1', 'U1')).role).toBe('member');
  });

  it('a bot without an account needs no asking', async () => {
    expect((await port.person('T1', 'B2')).role).toBe('bot');
    expect((await port.person('T1', 'USLACKBOT')).role).toBe('bot');
    expect(slack.calls).toEqual([]);
  });
});

describe('setStatus', () => {
  const set = (channel = 'C1'): Promise<boolean> =>
    port.setStatus({ ...place, channel, threadTs: thread.ts, status: 'processing', title: 'T', user: 'U1' });

  it('tells Slack', async () => {
    slack.on('agents.sessions.setStatus', { ok: true });
    expect(await set()).toBe(true);
    expect(slack.calls[0]?.args).toEqual({
      channel_id: 'C1',
      thread_ts: thread.ts,
      status: 'processing',
      title: 'T',
      initiator_user_id: 'U1',
    });
  });

  it.each([
    'feature_disabled',
    'unknown_method',
    'not_authorized',
    'missing_scope',
    'channel_type_not_supported',
  ])('remembers %s for this kind of surface, and for a while', async (error) => {
    slack.on('agents.sessions.setStatus', { ok: false, error });
    expect(await set('C1')).toBe(false);
    expect(await set('C2')).toBe(false);
    expect(slack.calls).toHaveLength(1);
    slack.on('agents.sessions.setStatus', { ok: true });
    expect(await set('D1')).toBe(true);
    ahead = 10 * 60_000 + 1;
    expect(await set('C1')).toBe(true);
  });

  it('lets other failures through', async () => {
    slack.on('agents.sessions.setStatus', { ok: false, error: 'internal_error' });
    await expect(set()).rejects.toMatchObject({ kind: 'unknown' });
  });
});

describe('the log', () => {
  it('holds no text, no token and no payload', async () => {
    slack.on('chat.postMessage', {
      ok: false,
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] x'] },
    });
    await expect(post()).rejects.toThrow('invalid_blocks');
    slack.on('chat.postMessage', 'cut');
    await expect(post()).rejects.toThrow();
    expect(log.all()).not.toContain('rich');
    expect(log.all()).not.toContain('canary');
  });
});
