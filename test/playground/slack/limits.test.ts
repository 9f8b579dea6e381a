import type { WebAPIRateLimitedError } from '@slack/web-api';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/playground/slack/index.ts';
import { ids } from '../../../src/playground/slack/world.ts';
import { client, refusal, stage } from './helpers.ts';

const on = stage();

async function retryAfter(call: Promise<unknown>): Promise<number> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason as WebAPIRateLimitedError,
  );
  return error?.retryAfter ?? 0;
}

describe('rate limits', () => {
  it('allows fifty edits in a sliding minute, and says when the next may come', async () => {
    const clock = new ManualClock();
    const server = await on.slack({ clock });
    const web = client(server);
    const { ts = '' } = await web.chat.postMessage({ channel: ids.general, text: '0' });
    const edit = (): Promise<unknown> => web.chat.update({ channel: ids.general, ts, text: 'x' });
    for (let n = 0; n < 30; n++) await edit();
    clock.advance(40_000);
    for (let n = 0; n < 20; n++) await edit();
    expect(await retryAfter(edit())).toBe(20);
    clock.advance(19_999);
    expect(await retryAfter(edit())).toBe(1);
    clock.advance(1);
    for (let n = 0; n < 30; n++) await edit();
    expect(await retryAfter(edit())).toBe(40);
    expect(server.control.calls.of('chat.update')).toMatchObject({ calls: 83, ok: 80, limited: 3 });
    expect(server.control.message(ids.general, ts)?.editCount).toBe(80);
  });

  it('allows one post a second and channel, after a burst of three', async () => {
    const clock = new ManualClock();
    const server = await on.slack({ clock });
    const web = client(server);
    const post = (channel: string): Promise<unknown> => web.chat.postMessage({ channel, text: 'x' });
    for (let n = 0; n < 3; n++) await post(ids.general);
    expect(await retryAfter(post(ids.general))).toBe(1);
    await post(ids.engineering);
    clock.advance(1000);
    await post(ids.general);
    expect(await retryAfter(post(ids.general))).toBe(1);
  });

  it.each([
    ['chat.startStream', 20],
    ['chat.appendStream', 100],
    ['chat.stopStream', 20],
    ['reactions.add', 50],
    ['conversations.replies', 50],
    ['agents.sessions.setStatus', 50],
    ['assistant.threads.setStatus', 600],
    ['views.publish', 100],
  ])('%s: %i a minute, whether it succeeds or not', async (method, most) => {
    const server = await on.slack({ clock: new ManualClock() });
    const web = client(server);
    for (let n = 0; n < most; n++) await refusal(web.apiCall(method, {}));
    expect(await refusal(web.apiCall(method, {}))).toBe('WebAPIRateLimitedError');
    expect(server.control.calls.of(method).limited).toBe(1);
  });

  it('can be changed and switched off while it runs', async () => {
    const server = await on.slack({ limits: { methods: { 'chat.update': 1 } }, clock: new ManualClock() });
    const web = client(server);
    const { ts = '' } = await web.chat.postMessage({ channel: ids.general, text: '0' });
    const edit = (): Promise<string> => refusal(web.chat.update({ channel: ids.general, ts, text: 'x' }));
    expect([await edit(), await edit()]).toEqual(['ok', 'WebAPIRateLimitedError']);
    server.control.setLimits(false);
    expect(await edit()).toBe('ok');
    server.control.setLimits({ methods: { 'chat.update': 3 } });
    expect([await edit(), await edit()]).toEqual(['ok', 'ok']);
    expect(await edit()).toBe('WebAPIRateLimitedError');
  });

  it('bears fifty replies at once over five hundred threads', async () => {
    const server = await on.slack({ limits: false });
    const web = client(server, { maxRequestConcurrency: 50 });
    const { control } = server;
    const roots = Array.from({ length: 500 }, (_, n) =>
      control.say({ user: ids.ada, channel: ids.general, text: String(n) }),
    );
    const reply = async (root: string): Promise<void> => {
      const { ts = '' } = await web.chat.postMessage({ channel: ids.general, thread_ts: root, text: '0' });
      for (let n = 1; n <= 3; n++) await web.chat.update({ channel: ids.general, ts, text: String(n) });
    };
    await Promise.all(roots.map(reply));
    const last = roots.map((root) => control.messages(ids.general, root).map((one) => one.text)[1]);
    expect(new Set(last)).toEqual(new Set(['3']));
    expect(control.calls.of('chat.update').ok).toBe(1500);
  });
});
