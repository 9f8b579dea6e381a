import { describe, expect, it } from 'vitest';
import { ManualClock, type SlackServer } from '../../../src/playground/slack/index.ts';
import { ids } from '../../../src/playground/slack/world.ts';
import { client, refusal, stage } from './helpers.ts';

const on = stage();

function thread(server: SlackServer): { channel: string; thread_ts: string } {
  const thread_ts = server.control.say({ user: ids.ada, channel: ids.general, text: '@heddle q' });
  return { channel: ids.general, thread_ts };
}

const to = { recipient_user_id: ids.ada, recipient_team_id: 'T0LOOM0001' };

describe('native streams', () => {
  it("grow under the SDK's own streamer and carry the session's status", async () => {
    const server = await on.slack();
    const { channel, thread_ts } = thread(server);
    const streamer = client(server).chatStream({ channel, thread_ts, ...to, buffer_size: 1 });
    await streamer.append({ markdown_text: 'one ' });
    expect(server.control.status(channel, thread_ts).session).toBe('processing');
    expect(server.control.messages(channel, thread_ts)[1]).toMatchObject({
      text: 'one ',
      streaming: 'in_progress',
    });
    await streamer.append({
      chunks: [{ type: 'task_update', id: 't', title: 'Look', status: 'in_progress', details: 'a' }],
    });
    await streamer.append({
      markdown_text: 'two',
      chunks: [{ type: 'task_update', id: 't', title: 'Looked', status: 'complete', details: 'b' }],
    });
    await streamer.stop({ blocks: [{ type: 'divider' }], session_status: 'suspended' });
    const [, message] = server.control.messages(channel, thread_ts);
    expect(message).toMatchObject({ text: 'one two', streaming: 'completed' });
    expect(message?.blocks.map((block) => block.type)).toEqual(['markdown', 'task_card', 'divider']);
    expect(message?.blocks[1]).toMatchObject({ title: 'Looked', details: 'ab', status: 'complete' });
    expect(server.control.status(channel, thread_ts).session).toBe('suspended');
  });

  it('refuses what Slack refuses', async () => {
    const server = await on.slack({ limits: false });
    const web = client(server);
    const { channel, thread_ts } = thread(server);
    const start = (args: object): Promise<string> =>
      refusal(web.apiCall('chat.startStream', { channel, ...args }));
    expect(await start({ thread_ts })).toBe('missing_recipient_user_id');
    expect(await start({ thread_ts, recipient_user_id: ids.ada })).toBe('missing_recipient_team_id');
    expect(await start({ thread_ts, ...to, recipient_user_id: ids.outsider })).toBe('team_not_found');
    expect(await start({ thread_ts, ...to, recipient_user_id: 'U0' })).toBe('user_not_found');
    expect(await start({ thread_ts, ...to, chunks: [{ type: 'sparkle' }] })).toBe('invalid_chunks');
    expect(await start({ thread_ts, ...to, markdown_text: 'x'.repeat(12_001) })).toBe('msg_too_long');
    const { ts = '' } = await web.chat.startStream({ channel, thread_ts, ...to, markdown_text: 'x' });
    expect(await refusal(web.chat.appendStream({ channel, ts, markdown_text: '' }))).toBe('no_text');
    expect(await refusal(web.chat.update({ channel, ts, text: 'y' }))).toBe('streaming_state_conflict');
    expect(await refusal(web.chat.delete({ channel, ts }))).toBe('cant_delete_message');
    expect(await refusal(web.chat.appendStream({ channel, ts: thread_ts, markdown_text: 'x' }))).toBe(
      'message_not_owned_by_app',
    );
    await web.chat.stopStream({ channel, ts });
    expect(await refusal(web.chat.stopStream({ channel, ts }))).toBe('message_not_in_streaming_state');
    expect(await refusal(web.chat.update({ channel, ts, text: 'y' }))).toBe('ok');
  });

  it('are closed by Slack after five minutes, whatever is appended', async () => {
    const clock = new ManualClock();
    const server = await on.slack({ clock });
    const web = client(server);
    const { channel, thread_ts } = thread(server);
    const { ts = '' } = await web.chat.startStream({ channel, thread_ts, ...to, markdown_text: 'x' });
    clock.advance(299_000);
    await web.chat.appendStream({ channel, ts, markdown_text: 'y' });
    clock.advance(1000);
    const late = web.chat.appendStream({ channel, ts, markdown_text: 'z' });
    expect(await refusal(late)).toBe('message_not_in_streaming_state');
    expect(server.control.message(channel, ts)).toMatchObject({ text: 'xy', streaming: 'errored' });
    expect(server.control.status(channel, thread_ts).session).toBe('active');
    const { messages } = await web.conversations.replies({ channel, ts: thread_ts });
    expect(messages?.[1]).toMatchObject({ streaming_state: 'errored' });
  });

  it('are stopped by a person, who is told of to the app', async () => {
    const server = await on.slack();
    const stopped = new Promise<Record<string, unknown>>((resolve) => {
      on.socketApp(server, (app) =>
        app.event('agent_session_stopped', async ({ event }) => resolve({ ...event })),
      ).catch(resolve);
    });
    const web = client(server);
    const { channel, thread_ts } = thread(server);
    const { ts = '' } = await web.chat.startStream({ channel, thread_ts, ...to, markdown_text: 'x' });
    server.control.stop({ user: ids.grace, channel, threadTs: thread_ts });
    expect(await stopped).toMatchObject({ channel, thread_ts, user: ids.grace, streaming_message_ts: [ts] });
    expect(await refusal(web.chat.appendStream({ channel, ts, markdown_text: 'y' }))).toBe('stopped_by_user');
    expect(server.control.status(channel, thread_ts).session).toBe('processing');
    await web.agents.sessions.setStatus({ channel_id: channel, thread_ts, status: 'active' });
    expect(() => server.control.stop({ user: ids.grace, channel, threadTs: thread_ts })).toThrow(
      'session_not_found',
    );
  });
});

describe('statuses', () => {
  it('end by themselves: the line after two minutes, processing after an hour', async () => {
    const clock = new ManualClock();
    const server = await on.slack({ clock });
    const web = client(server);
    const { channel, thread_ts } = thread(server);
    await web.agents.sessions.setStatus({ channel_id: channel, thread_ts, status: 'processing' });
    await web.assistant.threads.setStatus({ channel_id: channel, thread_ts, status: 'thinks' });
    clock.advance(119_000);
    expect(server.control.status(channel, thread_ts)).toMatchObject({
      text: 'thinks',
      session: 'processing',
    });
    clock.advance(1000);
    expect(server.control.status(channel, thread_ts)).toMatchObject({ text: '', session: 'processing' });
    clock.advance(3_000_000);
    await web.agents.sessions.setStatus({ channel_id: channel, thread_ts, status: 'processing' });
    clock.advance(3_000_000);
    expect(server.control.status(channel, thread_ts).session).toBe('processing');
    clock.advance(600_000);
    expect(server.control.status(channel, thread_ts).session).toBe('active');
  });
});
