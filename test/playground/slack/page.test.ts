import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { SlackServer } from '../../../src/playground/slack/index.ts';
import type { PageAnswer, PageEvent, PageState } from '../../../src/playground/slack/page-api.ts';
import { ids } from '../../../src/playground/slack/world.ts';
import { client, Heard, stage } from './helpers.ts';

const on = stage();

function pageOf(server: { port: number }): {
  get: <T>(path: string) => Promise<T>;
  post: (action: string, body: object) => Promise<PageAnswer>;
  events: (user: string) => Promise<Heard<PageEvent>>;
} {
  const base = `http://127.0.0.1:${server.port}/__page/`;
  return {
    get: async <T>(path: string): Promise<T> => (await (await fetch(base + path)).json()) as T,
    post: async (action, body) => {
      const response = await fetch(base + action, { method: 'POST', body: JSON.stringify(body) });
      return (await response.json()) as PageAnswer;
    },
    events: async (user) => {
      const heard = new Heard<PageEvent>();
      const stop = new AbortController();
      on.onEnd(async () => stop.abort());
      const { body } = await fetch(`${base}events?user=${user}`, { signal: stop.signal });
      read(body, heard).catch(() => undefined);
      await heard.until(1);
      return heard;
    },
  };
}

async function read(body: ReadableStream<Uint8Array> | null, heard: Heard<PageEvent>): Promise<void> {
  let rest = '';
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    const lines = (rest + new TextDecoder().decode(part)).split('\n\n');
    rest = lines.pop() ?? '';
    for (const line of lines) heard.push(JSON.parse(line.slice('data: '.length)) as PageEvent);
  }
}

const types = (heard: Heard<PageEvent>): string[] =>
  heard.all.map((event) => event.type).filter((type) => type !== 'wire_call');

describe("the page's API", () => {
  it('shows each persona what it may see', async () => {
    const server = await on.slack();
    const page = pageOf(server);
    const ada = await page.get<PageState>(`state?user=${ids.ada}`);
    expect(ada).toMatchObject({
      me: { kind: 'member' },
      bot: { id: ids.bot, bot_id: ids.botId },
      bot_present: false,
      limits: true,
    });
    expect(ada.channels.map((one) => one.name)).toEqual([
      'general',
      'engineering',
      'random',
      'skunkworks',
      'shared-jacquard',
    ]);
    const outsider = await page.get<PageState>(`state?user=${ids.outsider}`);
    expect(outsider.channels.map((one) => one.name)).toEqual(['shared-jacquard']);
    const guest = await page.get<PageState>(`state?user=${ids.guest}`);
    expect(guest.channels.map((one) => one.name)).toEqual(['general', 'engineering', 'random']);
    expect(await page.get(`history?user=${ids.linus}&channel=${ids.secret}`)).toEqual({
      ok: false,
      error: 'channel_not_found',
    });
  });

  it('tells open pages what happens, private things only to whom they are for', async () => {
    const server = await on.slack();
    const page = pageOf(server);
    const ada = await page.events(ids.ada);
    const guest = await page.events(ids.guest);
    const web = client(server);
    const said = await page.post('say', { user: ids.ada, channel: ids.general, text: 'hi @heddle' });
    const root = said.ok ? (said.ts ?? '') : '';
    const { ts = '' } = await web.chat.postMessage({ channel: ids.general, thread_ts: root, text: 'a' });
    await web.chat.update({ channel: ids.general, ts, text: 'b' });
    await web.reactions.add({ channel: ids.general, timestamp: root, name: 'eyes' });
    await web.agents.sessions.setStatus({ channel_id: ids.general, thread_ts: root, status: 'processing' });
    await web.chat.postEphemeral({ channel: ids.general, user: ids.ada, text: 'psst' });
    await web.chat.postMessage({ channel: ids.secret, text: 'secret' });
    await web.chat.delete({ channel: ids.general, ts });
    const shared = [
      'hello',
      'message',
      'message',
      'message_changed',
      'message_changed',
      'reaction',
      'status',
    ];
    await ada.until(18);
    await guest.until(17);
    expect(types(ada)).toEqual([...shared, 'ephemeral', 'message', 'message_deleted', 'message_changed']);
    // That Ada was told something, not what: for whoever plays several people.
    expect(types(guest)).toEqual([...shared, 'nudge', 'message_deleted', 'message_changed']);
    expect(JSON.stringify(guest.all.filter((event) => event.type !== 'wire_call'))).not.toContain('psst');
    const counted = ada.all.findLast((event) => event.type === 'message_changed');
    expect(counted?.type === 'message_changed' && counted.message.reply_count).toBeFalsy();
    const status = ada.all.find((event) => event.type === 'status');
    expect(status).toMatchObject({ status: { session: 'processing', stoppable: true, thread_ts: root } });
    const call = ada.all.find((event) => event.type === 'wire_call');
    expect(call).toMatchObject({
      call: { seq: 1, side: 'slack', path: '/api/chat.postMessage', status: 200 },
    });
    expect(JSON.stringify(ada.all)).not.toContain(server.botToken);
  });

  it('does what people do, and refuses what Slack refuses', async () => {
    const server = await on.slack();
    const page = pageOf(server);
    const { post } = page;
    const user = ids.ada;
    expect(await post('say', { user: ids.outsider, channel: ids.general, text: 'x' })).toEqual({
      ok: false,
      error: 'not_in_channel',
    });
    expect(await post('say', { user: ids.bot, channel: ids.general, text: 'x' })).toEqual({
      ok: false,
      error: 'user_not_found',
    });
    expect(await post('sing', { user })).toEqual({ ok: false, error: 'unknown_action' });
    const dm = await post('open_dm', { user, with: ids.bot });
    expect(dm).toMatchObject({ ok: true, channel: { type: 'im', user: ids.bot, name: 'Heddle' } });
    const made = await post('create_channel', { user, name: 'loom', is_private: true });
    const channel = made.ok ? (made.channel?.id ?? '') : '';
    expect(await post('invite', { user, channel, invitee: ids.bot })).toMatchObject({ ok: true });
    const said = await post('say', { user, channel, text: 'typo' });
    const ts = said.ok ? (said.ts ?? '') : '';
    await post('edit', { user, channel, ts, text: 'fixed & done' });
    expect(await post('edit', { user: ids.bot, channel, ts, text: 'x' })).toMatchObject({ ok: false });
    await post('react', { user, channel, ts, name: 'tada' });
    expect(server.control.message(channel, ts)).toMatchObject({
      text: 'fixed &amp; done',
      edited: true,
      reactions: [{ name: 'tada' }],
    });
    await post('unreact', { user, channel, ts, name: 'tada' });
    await post('delete', { user, channel, ts });
    expect(server.control.message(channel, ts)).toBeUndefined();
    expect(await post('stop', { user, channel, thread_ts: ts })).toEqual({
      ok: false,
      error: 'session_not_found',
    });
    expect(await post('suggested_prompt', { user, channel, message: 'What can you do?' })).toMatchObject({
      ok: true,
    });
    const heard = await page.events(user);
    expect(await post('command', { user, channel, command: '/heddle', text: 'help' })).toMatchObject({
      ok: false,
    });
    await heard.until(2);
    expect(types(heard)).toEqual(['hello', 'interaction_failed']);
  });

  it('shows who is in which group, what the manifest offers, and what only one person sees', async () => {
    const server = await on.slack({ app: { home: true } });
    const page = pageOf(server);
    const heard = await page.events(ids.ada);
    await page.post('open_dm', { user: ids.ada, with: ids.bot });
    await heard.until(3);
    expect(types(heard)).toEqual(['hello', 'channel', 'prompts']);
    const dm = server.control.dm(ids.ada);
    const { message_ts: ts = '' } = await client(server).chat.postEphemeral({
      channel: ids.general,
      user: ids.ada,
      text: 'psst',
    });
    const state = await page.get<PageState>(`state?user=${ids.ada}`);
    expect(state).toMatchObject({
      team: { domain: 'loom-works' },
      home_enabled: true,
      groups: [{ handle: 'oncall', users: [ids.grace, ids.admin] }],
      ephemerals: [{ ts, text: 'psst', ephemeral: true }],
    });
    expect(state.prompts).toMatchObject([{ channel: dm, thread_ts: '', prompts: [{}, {}, {}, {}] }]);
    expect((await page.get<PageState>(`state?user=${ids.grace}`)).ephemerals).toEqual([]);
    await page.post('dismiss', { user: ids.grace, channel: ids.general, ts });
    expect(server.control.ephemerals(ids.ada)).toHaveLength(1);
    await page.post('dismiss', { user: ids.ada, channel: ids.general, ts });
    expect(server.control.ephemerals(ids.ada)).toEqual([]);
    const prompts = [{ title: 'One', message: 'Do one thing.' }];
    await client(server).assistant.threads.setSuggestedPrompts({ channel_id: dm, prompts });
    const set = await page.get<PageState>(`state?user=${ids.ada}`);
    expect(set.prompts).toMatchObject([{ prompts }]);
  });

  it('pages back through history, and takes files', async () => {
    const server = await on.slack();
    const page = pageOf(server);
    for (let n = 0; n < 5; n++) server.control.say({ user: ids.ada, channel: ids.general, text: String(n) });
    interface Listed {
      messages: { text: string; ts: string }[];
      has_more: boolean;
    }
    const newest = await page.get<Listed>(`history?user=${ids.ada}&channel=${ids.general}&limit=2`);
    expect([newest.messages.map((one) => one.text), newest.has_more]).toEqual([['3', '4'], true]);
    const before = newest.messages[0]?.ts;
    const older = await page.get<Listed>(
      `history?user=${ids.ada}&channel=${ids.general}&limit=3&latest=${before}`,
    );
    expect([older.messages.map((one) => one.text), older.has_more]).toEqual([['0', '1', '2'], false]);
    const upload = await fetch(`http://127.0.0.1:${server.port}/__page/upload?user=${ids.ada}&name=n.txt`, {
      method: 'POST',
      body: 'abc',
    });
    const { file } = (await upload.json()) as { file: { id: string; size: number } };
    expect(file.size).toBe(3);
    expect(
      await page.post('say', { user: ids.ada, channel: ids.general, text: '', files: [file.id] }),
    ).toMatchObject({ ok: true });
  });

  it('takes nothing from pages of other sites', async () => {
    const server = await on.slack();
    const said = await fetch(`http://127.0.0.1:${server.port}/__page/say`, {
      method: 'POST',
      headers: { Origin: 'https://evil.example' },
      body: JSON.stringify({ user: ids.ada, channel: ids.general, text: 'x' }),
    });
    expect(said.status).toBe(403);
    expect(server.control.messages(ids.general)).toEqual([]);
  });

  it("can be mounted by another server, and shows the other server's calls", async () => {
    const server: SlackServer = await on.slack();
    const outer = createServer((request, response) => server.page(request, response)).listen(0, '127.0.0.1');
    await once(outer, 'listening');
    on.onEnd(async () => {
      outer.closeAllConnections();
      outer.close();
    });
    const page = pageOf({ port: (outer.address() as AddressInfo).port });
    const heard = await page.events(ids.ada);
    const call = {
      at: 1,
      side: 'agents',
      method: 'POST',
      path: '/v1/sessions',
      status: 200,
      ms: 1,
      request: null,
      response: null,
    } as const;
    server.noteCall(call);
    await heard.until(2);
    expect(heard.all[1]).toEqual({ type: 'wire_call', call: { ...call, seq: 1 } });
    expect(await page.get('calls?after=0')).toEqual({ calls: [{ ...call, seq: 1 }] });
  });
});
