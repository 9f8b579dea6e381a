import { describe, expect, it } from 'vitest';
import { ids } from '../../../src/playground/slack/world.ts';
import { client, refusal, stage } from './helpers.ts';

const on = stage();

describe('files', () => {
  it("go out through the SDK's upload and appear in the thread afterwards", async () => {
    const server = await on.slack();
    const { control } = server;
    const root = control.say({ user: ids.ada, channel: ids.general, text: 'q' });
    await client(server).filesUploadV2({
      channel_id: ids.general,
      thread_ts: root,
      initial_comment: 'here',
      filename: 'out.csv',
      file: Buffer.from('a,b\r\n1,2\n'),
    });
    const message = await control.waitFor(() => control.messages(ids.general, root)[1]);
    expect(message).toMatchObject({ text: 'here', files: ['out.csv'], botId: ids.botId });
    const page = `http://127.0.0.1:${server.port}/__page`;
    const thread = await fetch(`${page}/thread?user=${ids.ada}&channel=${ids.general}&thread_ts=${root}`);
    const { messages } = (await thread.json()) as {
      messages: { files?: { url: string; mimetype: string }[] }[];
    };
    expect(messages[1]?.files?.[0]?.mimetype).toBe('text/csv');
    const bytes = await fetch(
      `http://127.0.0.1:${server.port}${messages[1]?.files?.[0]?.url}&user=${ids.grace}`,
    );
    expect(await bytes.text()).toBe('a,b\r\n1,2\n');
    expect(bytes.headers.get('content-disposition')).toContain('attachment');
  });

  it('come in with a private address that wants the token, else shows a page to log in on', async () => {
    const server = await on.slack();
    const { control } = server;
    const ts = control.say({
      user: ids.ada,
      channel: ids.general,
      text: '',
      files: [{ name: 'ü.png', content: 'png' }],
    });
    const web = client(server);
    const { messages } = await web.conversations.history({ channel: ids.general });
    const file = messages?.[0]?.files?.[0];
    expect(messages?.[0]).toMatchObject({ ts, subtype: 'file_share' });
    const url = file?.url_private_download ?? '';
    expect(new URL(url).host).toBe(new URL(server.apiUrl).host);
    const bytes = await fetch(url, { headers: { Authorization: `Bearer ${server.botToken}` } });
    expect([bytes.headers.get('content-type'), await bytes.text()]).toEqual(['image/png', 'png']);
    const login = await fetch(url);
    expect([login.status, login.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect((await web.files.info({ file: file?.id ?? '' })).file).toMatchObject({ name: 'ü.png', size: 3 });
  });

  it('of channels the app is not in do not exist for it', async () => {
    const server = await on.slack();
    const { control } = server;
    control.say({ user: ids.ada, channel: ids.random, text: '', files: [{ name: 'a', content: 'a' }] });
    const [message] = control.messages(ids.random);
    expect(message?.files).toEqual(['a']);
    const web = client(server);
    expect(await refusal(web.files.info({ file: 'F0' }))).toBe('file_not_found');
    expect(await refusal(web.files.completeUploadExternal({ files: [{ id: 'F0' }] }))).toBe('file_not_found');
  });
});
