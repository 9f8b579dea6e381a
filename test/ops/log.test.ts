import { describe, expect, it } from 'vitest';
import { ConfigError, PortError } from '../../src/errors.ts';
import type { LogLevel } from '../../src/config.ts';
import { createLog } from '../../src/ops/log.ts';
import { maskText } from '../../src/ops/redact.ts';
import type { Log } from '../../src/ports.ts';

function capture(secrets: string[] = []): {
  log: Log;
  lines: () => Record<string, unknown>[];
  raw: () => string;
} {
  const written: string[] = [];
  const log = createLog({ level: 'debug', secrets, sink: { write: (line) => written.push(line) } });
  return {
    log,
    raw: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('a log event', () => {
  it('is one line of JSON with level, time and msg', () => {
    const { log, lines, raw } = capture();
    log.info({ port: 3000 }, 'ready');
    expect(raw()).toMatch(/^\{.*\}\n$/);
    expect(lines()[0]).toMatchObject({ level: 'info', msg: 'ready', port: 3000 });
    expect(new Date(String(lines()[0]?.['time'])).getTime()).toBeGreaterThan(0);
  });

  it('carries what its parents were given', () => {
    const { log, lines } = capture();
    log.child({ team: 'T1' }).child({ thread: 'C1/1' }).warn({}, 'late');
    expect(lines()[0]).toMatchObject({ level: 'warn', team: 'T1', thread: 'C1/1' });
  });

  it('below its level is not written', () => {
    const written: string[] = [];
    createLog({ level: 'warn', sink: { write: (line) => written.push(line) } }).info({}, 'nothing');
    expect(written).toEqual([]);
  });

  it.each<[LogLevel, number]>([
    ['trace', 1],
    ['info', 1],
    ['warn', 1],
    ['fatal', 1],
    ['silent', 0],
  ])('that somebody waits for is written at %s', (level, times) => {
    const written: string[] = [];
    const log = createLog({ level, sink: { write: (line) => written.push(line) } });
    log.child({ part: 'x' }).notice({ port: 1 }, 'ready');
    expect(written).toHaveLength(times);
    for (const line of written)
      expect(JSON.parse(line)).toMatchObject({ level: 'info', msg: 'ready', part: 'x' });
  });

  it('tells an error by its facts, its cause included', () => {
    const { log, lines } = capture();
    const cause = new PortError({ kind: 'retry', code: 'ratelimited', status: 429, retryAfterMs: 3000 });
    log.error({ err: new ConfigError(['No.'], { cause }) }, 'failed');
    expect(lines()[0]).toMatchObject({
      err: {
        type: 'ConfigError',
        code: 'config',
        message: 'No.',
        stack: expect.stringContaining('log.test'),
        cause: { type: 'PortError', kind: 'retry', code: 'ratelimited', status: 429, retryAfterMs: 3000 },
      },
    });
  });
});

describe('canaries', () => {
  const canaries = {
    bot: 'xoxb-1234-canary',
    user: 'xoxp-1234-canary',
    rotating: 'xoxe.xoxb-1-canary',
    app: 'xapp-1-A1-canary',
    anthropic: 'sk-ant-api03-canary_canary',
    signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    webhook: 'whsec_Y2FuYXJ5Y2FuYXJ5',
    bearer: 'Bearer canary.canary',
    redis: 'redis://user:canary@127.0.0.1:6379',
    response: 'https://hooks.slack.com/actions/T1/canary',
    ticket: 'wss://wss.slack.com/link/?ticket=canary&app_id=1',
    own: 'canary without any shape',
  };
  const words = /canary|a2114d57b48e|Y2FuYXJ5/;

  it.each(Object.entries(canaries))('R2, R3: %s never stands in a line, wherever it was put', (_, canary) => {
    const { log, raw } = capture(['canary without any shape']);
    const error = new Error(`refused: ${canary}`, { cause: new Error(`with "${canary}"`) });
    error.stack = `Error: ${canary}\n    at somewhere`;
    log.info(
      { note: canary, deep: { list: [{ note: `see ${canary}.` }] }, map: new Map([['k', canary]]) },
      'a',
    );
    log.info({}, `about ${canary}`);
    log.child({ what: canary }).error({ err: error, [canary]: 1 }, 'failed');
    expect(raw()).not.toMatch(words);
    expect(raw().trim().split('\n')).toHaveLength(3);
    for (const line of raw().trim().split('\n')) JSON.parse(line);
  });

  it('R1: what people wrote and what a name calls secret is left out, however deep it lies', () => {
    const { log, raw } = capture();
    log.info(
      {
        token: 'canary',
        headers: { 'X-Slack-Signature': 'canary', cookie: 'canary', Authorization: 'canary' },
        body: { event: { text: 'canary' } },
        event: { type: 'message', text: 'canary', blocks: [{ type: 'section', text: { text: 'canary' } }] },
        action: { response_url: 'canary', trigger_id: 'canary', responseUrl: 'canary' },
        call: { error: { request: { payload: { markdown_text: 'canary' } } } },
        list: [{ content: [{ type: 'text', text: 'canary' }] }],
        characters: { text: 812 },
      },
      'handled',
    );
    expect(raw()).not.toContain('canary');
    expect(raw()).toContain('"type":"message"');
    expect(raw()).toContain('"characters":{"text":812}');
  });

  it('R1: an SDK error gives its facts and not its request', () => {
    const { log, raw } = capture();
    const error = Object.assign(new Error('400 refused'), {
      status: 400,
      headers: { authorization: 'canary' },
      request: { messages: ['canary'] },
      data: { messages: ['canary'] },
    });
    log.warn({ err: error }, 'call failed');
    expect(raw()).not.toContain('canary');
    expect(raw()).toContain('"status":400');
  });

  it('a circle of objects does not hang it', () => {
    const { log, lines } = capture();
    const circle: Record<string, unknown> = { name: 'loop' };
    circle['self'] = circle;
    log.info({ circle }, 'round');
    expect(lines()[0]).toMatchObject({ circle: { name: 'loop' } });
  });
});

describe('maskText', () => {
  it('keeps ordinary words', () => {
    const text =
      'POST https://slack.com/api/chat.postMessage in C0123ABC took 12 ms; agent_01abc@7, sesn_01x, box-xapp';
    expect(maskText(text)).toBe(text);
  });
});
