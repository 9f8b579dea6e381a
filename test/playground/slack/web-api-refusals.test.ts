import type { WebClient } from '@slack/web-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSlackServer, type SlackServer } from '../../../src/playground/slack/index.ts';
import { ids } from '../../../src/playground/slack/world.ts';
import { client, refusal } from './helpers.ts';

describe('what the Web API refuses', () => {
  let server: SlackServer;
  let web: WebClient;
  let mine = '';
  let hers = '';
  beforeAll(async () => {
    server = await startSlackServer({ limits: false, lacks: ['views.open'], app: { home: true } });
    web = client(server);
    hers = server.control.say({ user: ids.ada, channel: ids.general, text: 'hers' });
    mine = String((await web.chat.postMessage({ channel: ids.general, text: 'mine' })).ts);
  });
  afterAll(() => server.stop());

  const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } });
  const markdown = (text: string): object => ({ type: 'markdown', text });
  const many = (count: number, block: object): object[] => Array.from({ length: count }, () => block);
  const general = ids.general;

  const table: [string, string, () => Record<string, unknown>, string][] = [
    ['an unknown channel', 'chat.postMessage', () => ({ channel: 'C0', text: 'x' }), 'channel_not_found'],
    ['no channel', 'chat.postMessage', () => ({ text: 'x' }), 'invalid_arguments'],
    [
      'a channel it is not in',
      'chat.postMessage',
      () => ({ channel: ids.random, text: 'x' }),
      'not_in_channel',
    ],
    ['nothing to say', 'chat.postMessage', () => ({ channel: general }), 'no_text'],
    ['empty blocks', 'chat.postMessage', () => ({ channel: general, blocks: [] }), 'no_text'],
    [
      'text beside markdown',
      'chat.postMessage',
      () => ({ channel: general, text: 'x', markdown_text: 'y' }),
      'markdown_text_conflict',
    ],
    [
      'blocks beside markdown',
      'chat.postMessage',
      () => ({ channel: general, blocks: [section('x')], markdown_text: 'y' }),
      'markdown_text_conflict',
    ],
    [
      'long markdown',
      'chat.postMessage',
      () => ({ channel: general, markdown_text: 'x'.repeat(12_001) }),
      'msg_too_long',
    ],
    [
      'blocks that are no array',
      'chat.postMessage',
      () => ({ channel: general, blocks: '{"a":1}' }),
      'invalid_blocks_format',
    ],
    [
      'blocks that are no JSON',
      'chat.postMessage',
      () => ({ channel: general, blocks: '[{' }),
      'invalid_blocks_format',
    ],
    [
      'an unknown block',
      'chat.postMessage',
      () => ({ channel: general, blocks: [{ type: 'sparkle' }] }),
      'invalid_blocks',
    ],
    [
      'a long section',
      'chat.postMessage',
      () => ({ channel: general, blocks: [section('x'.repeat(3001))] }),
      'invalid_blocks',
    ],
    [
      'an empty section',
      'chat.postMessage',
      () => ({ channel: general, blocks: [section('')] }),
      'invalid_blocks',
    ],
    [
      'an extra property',
      'chat.postMessage',
      () => ({ channel: general, blocks: [{ ...section('x'), colour: 'red' }] }),
      'invalid_blocks',
    ],
    [
      '51 blocks',
      'chat.postMessage',
      () => ({ channel: general, blocks: many(51, { type: 'divider' }) }),
      'invalid_blocks',
    ],
    [
      'equal block ids',
      'chat.postMessage',
      () => ({ channel: general, blocks: many(2, { ...section('x'), block_id: 'a' }) }),
      'invalid_blocks',
    ],
    [
      'much markdown in blocks',
      'chat.postMessage',
      () => ({ channel: general, blocks: many(2, markdown('x'.repeat(6001))) }),
      'invalid_blocks',
    ],
    [
      'very many characters',
      'chat.postMessage',
      () => ({ channel: general, blocks: many(5, section('x'.repeat(2700))) }),
      'msg_blocks_too_long',
    ],
    [
      'a long header',
      'chat.postMessage',
      () => ({
        channel: general,
        blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }],
      }),
      'invalid_blocks',
    ],
    [
      'mrkdwn in a header',
      'chat.postMessage',
      () => ({ channel: general, blocks: [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }] }),
      'invalid_blocks',
    ],
    [
      'a bad table',
      'chat.postMessage',
      () => ({
        channel: general,
        blocks: [{ type: 'table', rows: many(101, [{ type: 'raw_text', text: 'x' }] as never) }],
      }),
      'invalid_blocks',
    ],
    [
      'metadata without payload',
      'chat.postMessage',
      () => ({ channel: general, text: 'x', metadata: { event_type: 'a' } }),
      'invalid_metadata_format',
    ],
    [
      'a number for thread_ts',
      'chat.postMessage',
      () => ({ channel: general, text: 'x', thread_ts: '1790000000.1' }),
      'invalid_thread_ts',
    ],
    [
      'an edit of long text',
      'chat.update',
      () => ({ channel: general, ts: mine, text: 'x'.repeat(4001) }),
      'msg_too_long',
    ],
    ['an edit of nothing', 'chat.update', () => ({ channel: general, ts: mine }), 'no_text'],
    [
      'an edit of what is gone',
      'chat.update',
      () => ({ channel: general, ts: '1.000001', text: 'x' }),
      'message_not_found',
    ],
    [
      "an edit of another's",
      'chat.update',
      () => ({ channel: general, ts: hers, text: 'x' }),
      'cant_update_message',
    ],
    ["a deletion of another's", 'chat.delete', () => ({ channel: general, ts: hers }), 'cant_delete_message'],
    [
      'an ephemeral to a stranger',
      'chat.postEphemeral',
      () => ({ channel: ids.engineering, user: ids.outsider, text: 'x' }),
      'user_not_in_channel',
    ],
    [
      'a thread that is not',
      'conversations.replies',
      () => ({ channel: general, ts: '1.000001' }),
      'thread_not_found',
    ],
    ['history from outside', 'conversations.history', () => ({ channel: ids.random }), 'not_in_channel'],
    [
      'a foreign cursor',
      'conversations.history',
      () => ({ channel: general, cursor: 'eA==' }),
      'invalid_cursor',
    ],
    ['joining without the scope', 'conversations.join', () => ({ channel: ids.random }), 'missing_scope'],
    ['an unknown user', 'users.info', () => ({ user: 'U0' }), 'user_not_found'],
    [
      'an unknown emoji',
      'reactions.add',
      () => ({ channel: general, timestamp: hers, name: 'no-such' }),
      'invalid_name',
    ],
    [
      'a reaction to nothing',
      'reactions.add',
      () => ({ channel: general, timestamp: '1.000001', name: 'eyes' }),
      'message_not_found',
    ],
    [
      'taking back no reaction',
      'reactions.remove',
      () => ({ channel: general, timestamp: hers, name: 'eyes' }),
      'no_reaction',
    ],
    [
      'an unknown status',
      'agents.sessions.setStatus',
      () => ({ channel_id: general, thread_ts: hers, status: 'busy' }),
      'invalid_status',
    ],
    [
      'a status of no thread',
      'agents.sessions.setStatus',
      () => ({ channel_id: general, status: 'active' }),
      'thread_ts_required',
    ],
    [
      'a title of no session',
      'agents.sessions.rename',
      () => ({ channel_id: general, thread_ts: hers, title: 'x' }),
      'session_not_found',
    ],
    [
      'five prompts',
      'assistant.threads.setSuggestedPrompts',
      () => ({ channel_id: general, prompts: many(5, { title: 'a', message: 'b' }) }),
      'invalid_arguments',
    ],
    ['a method it lacks', 'views.open', () => ({ trigger_id: 'x', view: {} }), 'unknown_method'],
    ['a method nobody has', 'chat.sing', () => ({}), 'unknown_method'],
    ['a home without view', 'views.publish', () => ({ user_id: ids.ada }), 'invalid_arguments'],
    ['the wrong kind of token', 'apps.connections.open', () => ({}), 'not_allowed_token_type'],
  ];
  it.each(table)('%s', async (_what, method, args, error) => {
    expect(await refusal(web.apiCall(method, args()))).toBe(error);
  });

  it("says where invalid blocks are wrong, in Slack's words", async () => {
    const call = web.apiCall('chat.postMessage', {
      channel: general,
      blocks: [{ type: 'divider' }, section('x'.repeat(3001))],
    });
    await expect(call).rejects.toMatchObject({
      data: { errors: ['must be less than 3001 characters [json-pointer:/blocks/1/text/text]'] },
    });
  });

  it('knows tokens apart', async () => {
    const nobody = client(server);
    expect(
      await refusal(nobody.apiCall('users.info', { token: ['xoxb', 'wrong'].join('-'), user: ids.ada })),
    ).toBe('invalid_auth');
    const response = await fetch(`${server.apiUrl}auth.test`, { method: 'POST' });
    expect(await response.json()).toEqual({ ok: false, error: 'not_authed' });
  });

  it('takes JSON bodies where Slack does, and ignores them where it does not', async () => {
    const post = async (method: string, body: object): Promise<Record<string, unknown>> => {
      const response = await fetch(server.apiUrl + method, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${server.botToken}`,
          'Content-Type': 'application/json; charset=utf-8',
        },
        body: JSON.stringify(body),
      });
      return (await response.json()) as Record<string, unknown>;
    };
    expect(await post('chat.postMessage', { channel: general, blocks: [section('j')] })).toMatchObject({
      ok: true,
    });
    expect(await post('conversations.info', { channel: general })).toMatchObject({
      error: 'invalid_arguments',
    });
  });

  it('refuses rich text becoming something else, a second reaction, and archived channels', async () => {
    const rich = {
      type: 'rich_text',
      elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'r' }] }],
    };
    const { ts = '' } = await web.chat.postMessage({ channel: general, text: 'r', blocks: [rich] as never });
    const edit = web.chat.update({ channel: general, ts, text: 'x', blocks: [section('x')] as never });
    expect(await refusal(edit)).toBe('block_mismatch');
    await web.reactions.add({ channel: general, timestamp: ts, name: 'eyes' });
    expect(await refusal(web.reactions.add({ channel: general, timestamp: ts, name: 'eyes' }))).toBe(
      'already_reacted',
    );
    const channel = server.control.createChannel({ user: ids.ada, name: 'old' });
    server.control.join({ user: ids.bot, channel, inviter: ids.ada });
    const old = await web.chat.postMessage({ channel, text: 'x' });
    server.control.archive({ user: ids.ada, channel });
    expect(await refusal(web.chat.postMessage({ channel, text: 'x' }))).toBe('is_archived');
    expect(await refusal(web.chat.update({ channel, ts: String(old.ts), text: 'y' }))).toBe('is_inactive');
  });

  it('asks for the scope of each kind of conversation', async () => {
    server.control.revoke('groups:history');
    const call = web.conversations.history({ channel: ids.secret });
    await expect(call).rejects.toMatchObject({ data: { error: 'missing_scope', needed: 'groups:history' } });
    server.control.grant('groups:history');
    expect((await web.conversations.history({ channel: ids.secret })).ok).toBe(true);
  });
});
