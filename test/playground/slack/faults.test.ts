import { describe, expect, it } from 'vitest';
import type { SlackServer } from '../../../src/playground/slack/index.ts';
import { ids } from '../../../src/playground/slack/world.ts';
import { client, refusal, stage } from './helpers.ts';

const on = stage();

/** Waits only as long as the machine may need, and less where no answer is to be expected. */
const post = (server: SlackServer, channel: string = ids.general, timeout = 8000): Promise<unknown> =>
  client(server, { timeout }).chat.postMessage({ channel, text: 'x' });
const posts = (server: SlackServer): number => server.control.messages(ids.general).length;

describe('planted faults', () => {
  it.each([
    ['an error', { type: 'error', error: 'internal_error' }, 'internal_error', 0],
    [
      'an error after the work',
      { type: 'error', error: 'internal_error', commit: true },
      'internal_error',
      1,
    ],
    ['a 500', { type: 'http', status: 500 }, 'WebAPIHTTPError', 0],
    ['a 503 after the work', { type: 'http', status: 503, commit: true }, 'WebAPIHTTPError', 1],
    ['a cut connection', { type: 'reset' }, 'WebAPIRequestError', 0],
    ['a connection cut after the work', { type: 'reset', commit: true }, 'WebAPIRequestError', 1],
    ['no answer', { type: 'hang' }, 'WebAPIRequestError', 0],
    ['no answer after the work', { type: 'hang', commit: true }, 'WebAPIRequestError', 1],
    ['a 429', { type: 'rate_limited', retryAfter: 7 }, 'WebAPIRateLimitedError', 0],
    ['a 429 without Retry-After', { type: 'rate_limited' }, 'Error', 0],
    ['garbage', { type: 'garbage' }, '<html>not the answer</html>', 0],
    ['a delay', { type: 'delay', ms: 20 }, 'ok', 1],
  ] as const)('%s', async (_what, fault, told, done) => {
    const server = await on.slack();
    const planted = server.control.faults.add({ method: 'chat.postMessage', fault });
    const patience = fault.type === 'hang' ? 200 : undefined;
    expect(await refusal(post(server, ids.general, patience))).toBe(told);
    await server.control.waitFor(() => server.control.calls.of('chat.postMessage').calls === 1);
    expect(posts(server)).toBe(done);
    expect(server.control.calls.log('chat.postMessage')[0]?.committed).toBe(done === 1);
    expect(await refusal(post(server))).toBe('ok');
    expect(planted.hits()).toBe(1);
  });

  it('strike where and as often as they are told', async () => {
    const server = await on.slack();
    const { faults } = server.control;
    const fault = { type: 'error', error: 'fatal_error' } as const;
    const always = faults.add({ method: '*', channel: ids.engineering, times: Infinity, fault });
    faults.add({ method: 'chat.postMessage', channel: ids.general, after: 1, times: 1, fault });
    expect(await refusal(post(server, ids.engineering))).toBe('fatal_error');
    expect(await refusal(post(server, ids.engineering))).toBe('fatal_error');
    expect(await refusal(post(server))).toBe('ok');
    expect(await refusal(post(server))).toBe('fatal_error');
    expect(await refusal(post(server))).toBe('ok');
    always.remove();
    expect(await refusal(post(server, ids.engineering))).toBe('ok');
    faults.add({ method: 'chat.update', match: (args) => args['text'] === 'odd', fault });
    faults.clear();
    expect(
      await refusal(client(server).chat.update({ channel: ids.general, ts: '1.000001', text: 'odd' })),
    ).toBe('message_not_found');
  });

  it('can be planted from another process, where everything else can be done too', async () => {
    const server = await on.slack();
    const emu = async (name: string, body: object = {}): Promise<Record<string, unknown>> => {
      const url = `http://127.0.0.1:${server.port}/__emu/${name}`;
      return (await (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json()) as Record<
        string,
        unknown
      >;
    };
    await emu('fault', { method: 'chat.postMessage', fault: { type: 'error', error: 'fatal_error' } });
    expect(await refusal(post(server))).toBe('fatal_error');
    const { result: ts } = await emu('say', { user: ids.ada, channel: ids.general, text: 'hi' });
    expect(await emu('messages', { channel: ids.general })).toMatchObject({ result: [{ ts, text: 'hi' }] });
    expect(await emu('say', { user: ids.ada, channel: 'C0', text: 'hi' })).toEqual({
      ok: false,
      error: 'channel_not_found',
    });
    expect(await emu('sing')).toMatchObject({ ok: false, error: 'unknown_act' });
    await emu('lack', { methods: ['chat.postMessage'] });
    expect(await refusal(post(server))).toBe('unknown_method');
  });

  it('says what it waited for in vain', async () => {
    const server = await on.slack();
    await post(server);
    await expect(server.control.waitFor(() => false, 20, 'a miracle')).rejects.toThrow(
      /a miracle .* chat.postMessage 200/,
    );
  });
});
