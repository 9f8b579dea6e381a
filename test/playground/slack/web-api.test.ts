import { describe, expect, it } from 'vitest';
import { ids } from '../../../src/playground/slack/world.ts';
import { client, refusal, stage } from './helpers.ts';

const on = stage();

describe('what the Web API does', () => {
  it('posts, edits and reads back, with metadata only where asked', async () => {
    const server = await on.slack();
    const web = client(server);
    const root = server.control.say({ user: ids.ada, channel: ids.general, text: 'q' });
    const metadata = { event_type: 'part', event_payload: { k: 'v' } };
    const blocks = [{ type: 'markdown', text: '# hi' }];
    const posted = await web.chat.postMessage({
      channel: ids.general,
      thread_ts: root,
      text: 'hi',
      blocks,
      metadata,
    });
    expect(posted.message).toMatchObject({ thread_ts: root, bot_id: ids.botId, metadata });
    const plain = await web.conversations.replies({ channel: ids.general, ts: root });
    expect(plain.messages?.[1]).not.toHaveProperty('metadata');
    const all = await web.conversations.replies({
      channel: ids.general,
      ts: root,
      include_all_metadata: true,
    });
    expect(all.messages?.[1]).toMatchObject({ metadata, parent_user_id: ids.ada });
    expect(all.messages?.[0]).toMatchObject({ reply_count: 1, thread_ts: root, reply_users: [ids.bot] });
    await web.chat.update({
      channel: ids.general,
      ts: String(posted.ts),
      text: 'two',
      blocks,
    });
    expect(server.control.message(ids.general, String(posted.ts))).toMatchObject({
      edited: false,
      editCount: 1,
      metadata,
    });
    await web.chat.update({ channel: ids.general, ts: String(posted.ts), text: 'three' });
    const seen = server.control.message(ids.general, String(posted.ts));
    expect(seen).toMatchObject({ edited: true, shown: 'three', blocks: [], editCount: 2 });
    expect(seen?.edits.map((one) => one.text)).toEqual(['hi', 'two', 'three']);
  });

  it('posts at top level where the thread is gone, without a word', async () => {
    const server = await on.slack();
    const root = server.control.say({ user: ids.ada, channel: ids.general, text: 'q' });
    server.control.delete({ user: ids.ada, channel: ids.general, ts: root });
    const posted = await client(server).chat.postMessage({
      channel: ids.general,
      thread_ts: root,
      text: 'x',
    });
    expect(posted.message).not.toHaveProperty('thread_ts');
  });

  it('cuts very long text and warns', async () => {
    const server = await on.slack();
    const posted = await client(server).chat.postMessage({ channel: ids.general, text: 'x'.repeat(40_001) });
    expect(posted.message?.text).toHaveLength(40_000);
    expect(posted.response_metadata?.warnings).toEqual(['message_truncated']);
  });

  it('pages through a thread: the root first, and on the first page only', async () => {
    const server = await on.slack();
    const { say } = server.control;
    const root = say({ user: ids.ada, channel: ids.general, text: '0' });
    for (let n = 1; n < 5; n++) say({ user: ids.ada, channel: ids.general, text: String(n), threadTs: root });
    const web = client(server);
    const pages: (string | undefined)[][] = [];
    for await (const page of web.paginate('conversations.replies', {
      channel: ids.general,
      ts: root,
      limit: 2,
    })) {
      pages.push(((page as { messages?: { text?: string }[] }).messages ?? []).map((one) => one.text));
    }
    expect(pages).toEqual([['0', '1'], ['2', '3'], ['4']]);
    const history = await web.conversations.history({ channel: ids.general });
    expect(history.messages?.map((one) => one.text)).toEqual(['0']);
  });

  it('gives commercially distributed apps fifteen messages a minute', async () => {
    const server = await on.slack({ appDistribution: 'commercial' });
    const { say } = server.control;
    const root = say({ user: ids.ada, channel: ids.general, text: '0' });
    for (let n = 0; n < 20; n++) say({ user: ids.ada, channel: ids.general, text: 'r', threadTs: root });
    const web = client(server);
    const page = await web.conversations.replies({ channel: ids.general, ts: root, limit: 200 });
    expect(page.messages).toHaveLength(15);
    expect(await refusal(web.conversations.replies({ channel: ids.general, ts: root }))).toBe(
      'WebAPIRateLimitedError',
    );
  });

  it('shows statuses, prompts and titles, and lets them end by themselves', async () => {
    const server = await on.slack();
    const web = client(server);
    const { control } = server;
    const channel = control.dm(ids.ada);
    const thread_ts = control.say({ user: ids.ada, channel, text: 'q' });
    await web.agents.sessions.setStatus({
      channel_id: channel,
      thread_ts,
      status: 'processing',
      title: 'A title',
    });
    expect(control.status(channel, thread_ts)).toMatchObject({ session: 'processing', title: 'A title' });
    await web.agents.sessions.rename({ channel_id: channel, thread_ts, title: 'Another' });
    await web.assistant.threads.setStatus({
      channel_id: channel,
      thread_ts,
      status: 'thinks',
      loading_messages: ['a'],
    });
    expect(control.status(channel, thread_ts)).toMatchObject({ title: 'Another', text: 'thinks' });
    await web.chat.postMessage({ channel, thread_ts, text: 'done' });
    expect(control.status(channel, thread_ts)).toMatchObject({ text: '', session: 'processing' });
    await web.assistant.threads.setSuggestedPrompts({
      channel_id: channel,
      prompts: [{ title: 'a', message: 'b' }],
    });
  });

  it('finds people, conversations and groups', async () => {
    const server = await on.slack();
    const web = client(server);
    expect(await web.auth.test()).toMatchObject({
      user_id: ids.bot,
      bot_id: ids.botId,
      team_id: server.teamId,
    });
    expect((await web.users.info({ user: ids.guest })).user).toMatchObject({ is_restricted: true });
    expect((await web.users.info({ user: ids.otherBot })).user).toMatchObject({ is_bot: true });
    expect((await web.conversations.info({ channel: ids.shared })).channel).toMatchObject({
      is_ext_shared: true,
    });
    expect((await web.conversations.list({ types: 'public_channel,private_channel' })).channels).toHaveLength(
      5,
    );
    expect((await web.conversations.members({ channel: ids.secret })).members).toContain(ids.grace);
    const { channel } = await web.conversations.open({ users: ids.ada });
    expect(channel?.id).toBe(server.control.dm(ids.ada));
    expect((await web.usergroups.users.list({ usergroup: ids.group })).users).toContain(ids.grace);
    expect((await web.bots.info({ bot: ids.botId })).bot).toMatchObject({ user_id: ids.bot });
    expect(await refusal(web.team.info())).toBe('missing_scope');
    server.control.grant('team:read');
    expect((await web.team.info()).team).toMatchObject({ id: server.teamId });
    const ts = server.control.say({ user: ids.ada, channel: ids.general, text: 'x' });
    const link = await web.chat.getPermalink({ channel: ids.general, message_ts: ts });
    expect(link.permalink).toContain(`/archives/${ids.general}/p${ts.replace('.', '')}`);
  });
});
