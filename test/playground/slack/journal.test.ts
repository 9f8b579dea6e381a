import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebClient } from '@slack/web-api';
import { describe, expect, it } from 'vitest';
import { fileJournal } from '../../../src/playground/slack/journal.ts';
import { ids } from '../../../src/playground/slack/world.ts';
import { eavesdrop, type Outer } from './eavesdrop.ts';
import { client, Heard, refusal, stage } from './helpers.ts';

const on = stage();

function journalPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slack-journal-'));
  on.onEnd(async () => rmSync(folder, { recursive: true }));
  return join(folder, 'slack.jsonl');
}

describe('the journal', () => {
  it('brings everything back after a kill -9, and then delivers what was not acknowledged', async () => {
    const journal = journalPath();
    const child = fork(join(import.meta.dirname, 'serve.ts'), [journal], { execArgv: ['--import', 'tsx'] });
    const [told] = (await once(child, 'message')) as [{ apiUrl: string; botToken: string; port: number }];
    const web = new WebClient(told.botToken, { slackApiUrl: told.apiUrl, retryConfig: { retries: 0 } });
    const emu = async (name: string, body: object): Promise<string> => {
      const url = `http://127.0.0.1:${told.port}/__emu/${name}`;
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      return ((await answer.json()) as { result: string }).result;
    };
    const channel = await emu('createChannel', { user: ids.ada, name: 'kept' });
    await emu('join', { user: ids.bot, channel, inviter: ids.ada });
    const root = await emu('say', {
      user: ids.ada,
      channel,
      text: 'root',
      files: [{ name: 'a.txt', content: 'abc' }],
    });
    const gone = await emu('say', { user: ids.ada, channel, text: 'gone' });
    await emu('delete', { user: ids.ada, channel, ts: gone });
    const { ts = '' } = await web.chat.postMessage({
      channel,
      thread_ts: root,
      text: 'one',
      metadata: { event_type: 'a', event_payload: {} },
    });
    await web.chat.update({ channel, ts, text: 'two' });
    await web.reactions.add({ channel, timestamp: ts, name: 'eyes' });
    await web.agents.sessions.setStatus({ channel_id: channel, thread_ts: root, status: 'processing' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    appendFileSync(journal, '{"k":"message","id":"torn');

    const server = await on.slack({ journal });
    expect(server.botToken).toBe(told.botToken);
    const { control } = server;
    expect(control.messages(channel).map((one) => one.text)).toEqual([
      `<@${ids.bot}> has joined the channel`,
      'root',
      'two',
    ]);
    expect(control.message(channel, ts)).toMatchObject({
      edited: true,
      metadata: { event_type: 'a' },
      threadTs: root,
    });
    expect(control.reactions(channel, ts)).toEqual([{ name: 'eyes', users: [ids.bot] }]);
    expect(control.status(channel, root).session).toBe('processing');
    const heard = new Heard<Outer>();
    await on.socketApp(server, (app) => eavesdrop(app, heard), { ignoreSelf: false });
    const events = await heard.until(8);
    expect(events.map(({ event }) => event.subtype ?? event.type)).toEqual([
      'member_joined_channel',
      'channel_join',
      'file_share',
      'message',
      'message_deleted',
      'message',
      'message_changed',
      'reaction_added',
    ]);
    const file = events[2]?.event['files'] as { url_private_download: string }[];
    const bytes = await fetch(file[0]?.url_private_download ?? '', {
      headers: { Authorization: `Bearer ${server.botToken}` },
    });
    expect(await bytes.text()).toBe('abc');
    const next = control.say({ user: ids.ada, channel, text: 'later' });
    expect(next > ts).toBe(true);
    expect(await refusal(client(server).chat.update({ channel, ts, text: 'three' }))).toBe('ok');
  });

  it('keeps only what still holds when it is opened again, readable by its owner alone', () => {
    const path = journalPath();
    const first = fileJournal(path);
    for (let n = 0; n < 100; n++) first.put('message', 'a', { n });
    first.put('message', 'b', { n: 1 });
    first.drop('message', 'b');
    first.close();
    const second = fileJournal(path);
    expect(second.load('message')).toEqual([{ n: 99 }]);
    second.close();
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
