/**
 * The least that any bot on the same SDKs weighs: a process that imports them, connects to Slack, to Redis and to
 * Managed Agents, says so, and does nothing else.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { systemClock } from '../lib/time.ts';
import { residentBytes } from './bot.ts';
import type { Bench, World } from './world.ts';

/** Text and not code of this module: the SDKs are imported in that process, and nowhere else outside the adapters. */
const PROGRAM = `
import { App, LogLevel } from '@slack/bolt';
import Anthropic from '@anthropic-ai/sdk';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { z } from 'zod';
import { Registry, collectDefaultMetrics } from 'prom-client';
const env = z.looseObject({}).parse({ ...process.env });
collectDefaultMetrics({ register: new Registry() });
const app = new App({
  token: env.SLACK_BOT_TOKEN,
  appToken: env.SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: env.SLACK_API_URL },
});
const redis = new Redis(env.REDIS_URL);
const client = new Anthropic({ apiKey: env.ANTHROPIC_API_KEY, baseURL: env.ANTHROPIC_BASE_URL });
await Promise.all([app.start(), redis.ping(), client.beta.agents.list({ limit: 1 })]);
pino().info('ready');
process.stdin.on('end', () => process.exit()).resume();
`;

export interface Bare {
  readonly readyMs: number;
  /** Resident memory when it was ready, bytes. */
  readonly rss: number;
}

export async function measureBare(bench: Bench, world: World): Promise<Bare> {
  const startedAt = systemClock.monotonic();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    // From here the packages are found.
    cwd: bench.root,
    env: { PATH: bench.path, ...world.settings },
  });
  const ended = once(child, 'close');
  child.stdin.on('error', () => undefined);
  let said = '';
  child.stderr.on('data', (part: Buffer) => (said += part.toString()));
  const ready = once(createInterface({ input: child.stdout }), 'line');
  try {
    const isReady = await Promise.race([ready.then(() => true), ended.then(() => false)]);
    if (!isReady) throw new Error(`the bare SDKs did not start:\n${said}`);
    return { readyMs: systemClock.monotonic() - startedAt, rss: residentBytes(child.pid ?? 0) };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
