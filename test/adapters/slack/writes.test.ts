import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Content } from '../../../src/ports.ts';
import { until } from './support/clock.ts';
import { fakeSlack, type FakeSlack } from './support/fake-slack.ts';
import { openLimiter } from './support/limiter.ts';
import { place, portWorld, thread, type PortWorld } from './support/port.ts';

let world: PortWorld;
beforeEach(async () => {
  world = await portWorld();
});
afterEach(() => world.close());

const content: Content = {
  text: 'plain &lt;fallback&gt;',
  blocks: [{ type: 'markdown', text: '**rich** canary' }],
};

const post = (latest = (): Content | undefined => content): Promise<string | undefined> =>
  world.port.post({ ...place, threadTs: thread.ts, key: 'k1', clientMsgId: 'uuid-1', content: latest });
const update = (latest = (): Content | undefined => content): Promise<true | undefined> =>
  world.port.update({ ...place, ts: '1790000001.000100', content: latest });

describe('post', () => {
  it('says everything that must not be left to defaults (fault: links-deceive, pings)', async () => {
    world.slack.on('chat.postMessage', { ok: true, ts: '1790000001.000100', channel: 'C1' });
    expect(await post()).toBe('1790000001.000100');
    expect(world.slack.callsOf('chat.postMessage').map((call) => [call.token, call.args])).toEqual([
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
    expect(world.slack.calls).toEqual([]);
  });

  it('takes an ok without a ts as doubt: the message is there', async () => {
    world.slack.on('chat.postMessage', { ok: true });
    await expect(post()).rejects.toMatchObject({ kind: 'unknown', code: 'unreadable_answer' });
  });
});

describe('update', () => {
  it('restates parse, link_names and the blocks', async () => {
    world.slack.on('chat.update', { ok: true });
    expect(await update(() => ({ text: 'x', blocks: [] }))).toBe(true);
    expect(world.slack.calls[0]?.args).toEqual({
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
    world.slack.on('chat.postMessage', answer);
    await expect(post()).rejects.toMatchObject(expected);
    expect(world.slack.callsOf('chat.postMessage')).toHaveLength(1);
  });

  it('on a write without an answer in four seconds', async () => {
    world.slack.on('chat.update', 'hang');
    const before = Date.now();
    await expect(update()).rejects.toMatchObject({ kind: 'unknown', code: 'timeout' });
    expect(Date.now() - before).toBeLessThan(4_800);
    expect(world.slack.callsOf('chat.update')).toHaveLength(1);
  }, 10_000);

  it('a connection that nobody took has certainly done nothing', async () => {
    await world.slack.close();
    await expect(post()).rejects.toMatchObject({ kind: 'retry', code: 'econnrefused' });
    world.slack = await fakeSlack();
  });

  it('on a read what is ambiguous is asked again', async () => {
    world.slack.on('conversations.replies', [
      { ok: false, error: 'internal_error' },
      { http: 502 },
      { ok: true, messages: [{ ts: thread.ts }] },
    ]);
    expect(await world.port.rootOf('T1', 'C1', thread.ts)).toBe(thread.ts);
    expect(world.slack.callsOf('conversations.replies')).toHaveLength(3);
  });

  it('a read that goes on failing is an error, never nothing (I7)', async () => {
    world.slack.on('conversations.replies', { ok: false, error: 'internal_error' });
    await expect(world.port.rootOf('T1', 'C1', thread.ts)).rejects.toMatchObject({ kind: 'retry' });
    await expect(world.port.find(thread, ['k1'])).rejects.toMatchObject({ kind: 'retry' });
  });
});

describe('a 429', () => {
  it('is waited out as long as Slack says, and the newest content goes then (fault: slack-limited)', async () => {
    world.slack.on('chat.update', [{ http: 429, headers: { 'retry-after': '1' } }, { ok: true }]);
    const contents = ['old', 'new'];
    const before = Date.now();
    const done = await update(() => ({ text: contents.shift() ?? 'newest', blocks: [] }));
    expect(done).toBe(true);
    expect(Date.now() - before).toBeGreaterThanOrEqual(995);
    expect(world.slack.callsOf('chat.update').map((call) => call.args['text'])).toEqual(['old', 'new']);
  });

  it.each<[string, Parameters<FakeSlack['on']>[1]]>([
    ['missing', { http: 429 }],
    ['no number', { http: 429, headers: { 'retry-after': 'soon' } }],
    ['not there, the limit being said in the body', { ok: false, error: 'rate_limited' }],
  ])('counts as half a minute where the header is %s', async (_, answer) => {
    const stop = new AbortController();
    const blocked: number[] = [];
    const block = (_lane: string, ms: number): Promise<void> =>
      Promise.resolve(blocked.push(ms)).then(() => undefined);
    await world.close();
    world = await portWorld({ ...openLimiter, block });
    world.slack.on('chat.update', answer);
    const write = world.port.update({ ...place, ts: '1.1', content: () => content, signal: stop.signal });
    await until('a block', () => blocked.length > 0);
    expect(blocked).toEqual([30_000]);
    stop.abort();
    await expect(write).rejects.toMatchObject({ kind: 'retry', code: 'aborted' });
  });

  it('leaves other methods alone', async () => {
    world.slack.on('chat.update', [{ http: 429, headers: { 'retry-after': '2' } }, { ok: true }]);
    world.slack.on('reactions.add', { ok: true });
    const write = update();
    await until('the 429', () => world.slack.callsOf('chat.update').length === 1);
    await world.port.react({ ...place, ts: thread.ts, name: 'eyes' });
    expect(world.slack.callsOf('chat.update')).toHaveLength(1);
    expect(await write).toBe(true);
  });
});

describe('small writes', () => {
  it('deletes, and what is gone is done', async () => {
    world.slack.on('chat.delete', [{ ok: true }, { ok: false, error: 'message_not_found' }]);
    await world.port.remove({ ...place, ts: '1.1' });
    await world.port.remove({ ...place, ts: '1.1' });
    expect(world.slack.callsOf('chat.delete')).toHaveLength(2);
  });

  it('reacts, and what is already so is done', async () => {
    world.slack.on('reactions.add', { ok: false, error: 'already_reacted' });
    world.slack.on('reactions.remove', { ok: false, error: 'no_reaction' });
    await world.port.react({ ...place, ts: '1.1', name: 'eyes' });
    await world.port.unreact({ ...place, ts: '1.1', name: 'eyes' });
    expect(world.slack.calls.map((call) => call.args)).toEqual([
      { channel: 'C1', timestamp: '1.1', name: 'eyes' },
      { channel: 'C1', timestamp: '1.1', name: 'eyes' },
    ]);
  });

  it('says something to one person in a thread', async () => {
    world.slack.on('chat.postEphemeral', { ok: true, message_ts: '1.2' });
    await world.port.ephemeral({ ...place, user: 'U1', threadTs: thread.ts, content });
    expect(world.slack.calls[0]?.args).toMatchObject({ user: 'U1', thread_ts: thread.ts, parse: 'none' });
  });
});

describe('setStatus', () => {
  const set = (channel = 'C1'): Promise<boolean> =>
    world.port.setStatus({
      ...place,
      channel,
      threadTs: thread.ts,
      status: 'processing',
      title: 'T',
      user: 'U1',
    });

  it('tells Slack', async () => {
    world.slack.on('agents.sessions.setStatus', { ok: true });
    expect(await set()).toBe(true);
    expect(world.slack.calls[0]?.args).toEqual({
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
    world.slack.on('agents.sessions.setStatus', { ok: false, error });
    expect(await set('C1')).toBe(false);
    expect(await set('C2')).toBe(false);
    expect(world.slack.calls).toHaveLength(1);
    world.slack.on('agents.sessions.setStatus', { ok: true });
    expect(await set('D1')).toBe(true);
    world.ahead = 10 * 60_000 + 1;
    expect(await set('C1')).toBe(true);
  });

  it('does not give up a status that it has set: what shows that the agent works must go again', async () => {
    world.slack.on('agents.sessions.setStatus', { ok: true });
    await set('C1');
    world.slack.on('agents.sessions.setStatus', { ok: false, error: 'unknown_method' });
    const clear = () => world.port.setStatus({ ...place, threadTs: thread.ts, status: 'active' });
    await expect(clear()).rejects.toMatchObject({ kind: 'retry', code: 'unknown_method' });
    world.slack.on('agents.sessions.setStatus', { ok: true });
    expect(await clear()).toBe(true);
  });

  it('lets other failures through', async () => {
    world.slack.on('agents.sessions.setStatus', { ok: false, error: 'internal_error' });
    await expect(set()).rejects.toMatchObject({ kind: 'unknown' });
  });
});

describe('the log', () => {
  it('holds no text, no token and no payload', async () => {
    world.slack.on('chat.postMessage', {
      ok: false,
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] x'] },
    });
    await expect(post()).rejects.toThrow('invalid_blocks');
    world.slack.on('chat.postMessage', 'cut');
    await expect(post()).rejects.toThrow();
    expect(world.log.all()).not.toContain('rich');
    expect(world.log.all()).not.toContain('canary');
  });
});
