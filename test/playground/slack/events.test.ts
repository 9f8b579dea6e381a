import { describe, expect, it } from 'vitest';
import type { SlackServer } from '../../../src/playground/slack/index.ts';
import { eavesdrop, type Outer } from './eavesdrop.ts';
import { client, Heard, stage } from './helpers.ts';

const on = stage();

async function listening(): Promise<{ server: SlackServer; heard: Heard<Outer> }> {
  const server = await on.slack({ limits: false });
  const heard = new Heard<Outer>();
  await on.socketApp(server, (app) => eavesdrop(app, heard), { ignoreSelf: false });
  return { server, heard };
}

describe('events over Socket Mode', () => {
  it('sends a mention both as app_mention and as message, with one ts and two event ids', async () => {
    const { server, heard } = await listening();
    const { say, ids } = server.control;
    const ts = say({
      user: ids.ada,
      channel: ids.general,
      text: '@heddle 1 < 2 & <!here> see https://a.b?c&d',
    });
    const [first, second] = await heard.until(2);
    expect([first?.event.type, second?.event.type]).toEqual(['message', 'app_mention']);
    expect([first?.event.ts, second?.event.ts]).toEqual([ts, ts]);
    expect(first?.event['client_msg_id']).toBe(second?.event['client_msg_id']);
    expect(first?.event_id).not.toBe(second?.event_id);
    expect(first?.event['text']).toBe(
      `<@${server.botUserId}> 1 &lt; 2 &amp; &lt;!here&gt; see <https://a.b?c&amp;d>`,
    );
    expect(first?.event['channel_type']).toBe('channel');
    expect(second?.event).not.toHaveProperty('channel_type');
    expect(first?.authorizations[0]?.user_id).toBe(server.botUserId);
  });

  it('mentions the app in a channel it is not in, but sends no message from there', async () => {
    const { server, heard } = await listening();
    const { say, ids } = server.control;
    say({ user: ids.ada, channel: ids.random, text: 'nothing to see' });
    say({ user: ids.ada, channel: ids.random, text: '@heddle hello' });
    say({ user: ids.ada, channel: ids.general, text: 'end' });
    const events = await heard.until(2);
    expect(events.map(({ event }) => [event.type, event['channel']])).toEqual([
      ['app_mention', ids.random],
      ['message', ids.general],
    ]);
  });

  it('brings back what the app does itself: posts with its bot id, edits and deletions hidden', async () => {
    const { server, heard } = await listening();
    const { general } = server.control.ids;
    const web = client(server);
    const { ts = '' } = await web.chat.postMessage({ channel: general, text: 'one' });
    await web.chat.update({ channel: general, ts, text: 'two' });
    await web.chat.delete({ channel: general, ts });
    const [posted, changed, deleted] = await heard.until(3);
    expect(posted?.event).toMatchObject({ bot_id: 'B0HEDDLE01', user: server.botUserId, text: 'one', ts });
    expect(posted?.event.subtype).toBeUndefined();
    expect(changed?.event).toMatchObject({
      subtype: 'message_changed',
      hidden: true,
      message: { text: 'two', ts, edited: { user: server.botUserId } },
      previous_message: { text: 'one', ts },
    });
    expect(changed?.event.ts).not.toBe(ts);
    expect(deleted?.event).toMatchObject({ subtype: 'message_deleted', hidden: true, deleted_ts: ts });
  });

  it('tells apart direct messages, thread replies, broadcasts, files and unfurls', async () => {
    const { server, heard } = await listening();
    const { say, unfurl, dm, ids } = server.control;
    const direct = say({ user: ids.ada, channel: dm(ids.ada), text: '@heddle hi' });
    const root = say({ user: ids.ada, channel: ids.general, text: 'root' });
    const reply = say({ user: ids.grace, channel: ids.general, text: 're', threadTs: root });
    say({ user: ids.grace, channel: ids.general, text: 'all', threadTs: reply, broadcast: true });
    say({ user: ids.ada, channel: ids.general, text: 'see', files: [{ name: 'a.txt', content: 'abc' }] });
    unfurl({ channel: ids.general, ts: root });
    const events = (await heard.until(6)).map(({ event }) => event);
    expect(events[0]).toMatchObject({ type: 'message', channel_type: 'im', ts: direct });
    expect(events[1]).not.toHaveProperty('thread_ts');
    expect(events[2]).toMatchObject({ thread_ts: root, parent_user_id: ids.ada });
    expect(events[3]).toMatchObject({ subtype: 'thread_broadcast', thread_ts: root, root: { ts: root } });
    expect(events[4]).toMatchObject({ subtype: 'file_share', files: [{ name: 'a.txt', size: 3 }] });
    expect(events[4]).not.toHaveProperty('client_msg_id');
    expect(events[5]).toMatchObject({ subtype: 'message_changed', previous_message: { text: 'root' } });
    expect((events[5]?.['message'] as object) ?? {}).not.toHaveProperty('edited');
  });

  it('says where somebody of another organisation speaks', async () => {
    const { server, heard } = await listening();
    const { say, ids } = server.control;
    say({ user: ids.outsider, channel: ids.shared, text: '@heddle x', files: [{ name: 'b', content: 'b' }] });
    const [message, mention] = await heard.until(2);
    expect(message?.is_ext_shared_channel).toBe(true);
    expect(message?.event).toMatchObject({ team: 'T0OTHER001', user_team: 'T0OTHER001' });
    expect(message?.event['files']).toEqual([{ id: expect.any(String), file_access: 'check_file_info' }]);
    expect(mention?.event).toMatchObject({ type: 'app_mention', user_profile: { team: 'T0OTHER001' } });
    const info = await client(server).users.info({ user: ids.outsider });
    expect(info.user).toMatchObject({ is_stranger: false, team_id: 'T0OTHER001' });
    server.control.leave({ user: ids.outsider, channel: ids.shared });
    const gone = await client(server).users.info({ user: ids.outsider });
    expect(gone.user).toMatchObject({ is_stranger: true, team_id: 'T0OTHER001' });
  });

  it('tells of reactions, joins, the Home tab and archiving, and of nothing the app does not hear', async () => {
    const { server, heard } = await listening();
    const { control } = server;
    const { ids } = control;
    const ts = control.say({ user: ids.ada, channel: ids.engineering, text: 'x' });
    control.react({ user: ids.grace, channel: ids.engineering, ts, name: ':octagonal_sign:' });
    control.unreact({ user: ids.grace, channel: ids.engineering, ts, name: 'octagonal_sign' });
    control.openHome({ user: ids.ada, tab: 'messages' });
    const channel = control.createChannel({ user: ids.ada, name: 'fresh' });
    control.join({ user: ids.bot, channel, inviter: ids.ada });
    control.archive({ user: ids.ada, channel });
    const events = (await heard.until(6)).map(({ event }) => event);
    expect(events.map((event) => event.subtype ?? event.type)).toEqual([
      'message',
      'reaction_added',
      'app_home_opened',
      'member_joined_channel',
      'channel_join',
      'channel_archive',
    ]);
    expect(events[1]).toMatchObject({ item: { channel: ids.engineering, ts }, item_user: ids.ada });
    expect(events[2]).toMatchObject({ tab: 'messages', channel: control.dm(ids.ada), user: ids.ada });
    expect(events[3]).toMatchObject({ user: ids.bot, inviter: ids.ada });
  });

  it('leaves a tombstone where a root with replies is deleted', async () => {
    const { server, heard } = await listening();
    const { control } = server;
    const { ada, general } = control.ids;
    const root = control.say({ user: ada, channel: general, text: 'root' });
    control.say({ user: ada, channel: general, text: 'reply', threadTs: root });
    control.delete({ user: ada, channel: general, ts: root });
    const events = await heard.until(3);
    expect(events[2]?.event).toMatchObject({ subtype: 'message_changed', message: { subtype: 'tombstone' } });
    const { messages } = await client(server).conversations.replies({ channel: general, ts: root });
    expect(messages?.map((one) => one.text)).toEqual(['This message was deleted.', 'reply']);
  });

  it('passes on whatever is injected', async () => {
    const { server, heard } = await listening();
    const event_id = server.control.inject({ type: 'app_uninstalled' });
    server.control.injectBody({ event_id: 'EvMine', event: { type: 'odd' } });
    const events = await heard.until(2);
    expect(events.map((one) => one.event_id)).toEqual([event_id, 'EvMine']);
  });
});
