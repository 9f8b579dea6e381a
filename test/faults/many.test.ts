/**
 * More threads at once than a process may carry: those that are allowed are answered, each once, the others are told;
 * the process keeps its memory and its event loop. `HEDDLE_MANY=10000 npm test -- test/faults/many` runs them all.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { isBusy } from '../support/whole.ts';
import { worlds } from '../crash/support/setting.ts';
import { waitUntil } from '../crash/support/bot.ts';
import type { World } from '../crash/support/world.ts';

const MANY = Number(process.env['HEDDLE_MANY'] ?? 60);
/** What the workspace may have at work at once; the rest is refused. */
const ALLOWED = Math.ceil(MANY / 2);
/** So many that it is not the posts to one channel that are tried. */
const CHANNELS = Math.ceil(MANY / 3);
const MB = 1024 * 1024;
const MINUTES = MANY > 100 ? 60 : 3;

const world = worlds();

interface Begun {
  readonly channel: string;
  readonly ts: string;
}

/** Everybody writes at once. */
function begin({ slack }: World, channels: readonly string[]): readonly Begun[] {
  const { ids, say } = slack.control;
  return Array.from({ length: MANY }, (_, n) => {
    const channel = channels[n % channels.length] ?? '';
    return { channel, ts: say({ user: ids.ada, channel, text: `@heddle weave piece ${n}` }) };
  });
}

/** Path of a `heddle.yaml` with these limits. */
function configured({ onTestFinished }: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'heddle-many-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const limits = { messages_per_minute: MANY, running_per_person: MANY, running_per_workspace: ALLOWED };
  writeFileSync(join(dir, 'heddle.yaml'), JSON.stringify({ limits }));
  return join(dir, 'heddle.yaml');
}

async function figure(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}

describe('very many threads at once', () => {
  it(
    'are answered or refused, each once, and the process stays well (fault: too-many-at-once)',
    { timeout: MINUTES * 60_000 },
    async (test) => {
      const here = await world(test, {
        slack: { remember: { calls: 1_000, edits: 0 } },
        agents: { settings: { limits: false } },
      });
      here.agents.control.script({ requests: [[{ op: 'gate', name: 'all' }, 'Woven.']] });
      const bot = here.bot({ HEDDLE_CONFIG: configured(test) });
      const url = await bot.ready();
      const channels = Array.from({ length: CHANNELS }, () => here.channel());
      const before = await figure(url, 'process_resident_memory_bytes');
      const threads = begin(here, channels);
      const heard = ({ channel, ts }: Begun): boolean => {
        const { messages, reactions } = here.slack.control;
        const replies = messages(channel, ts).filter(({ user }) => user === here.slack.botUserId);
        return replies.length > 0 || reactions(channel, ts).length > 0;
      };
      const alive = { most: 0 };
      const pulse = setInterval(() => {
        const asked = performance.now();
        fetch(`${url}/healthz`)
          .then(() => (alive.most = Math.max(alive.most, performance.now() - asked)))
          .catch(() => (alive.most = Number.POSITIVE_INFINITY));
      }, 250);
      test.onTestFinished(() => clearInterval(pulse));
      const running = (): number => here.agents.control.sessions().length;
      await waitUntil('all are heard', () => threads.every(heard) || running() >= ALLOWED, MINUTES * 20_000);
      here.agents.control.open('all');
      const words = ({ channel, ts }: Begun): readonly string[] =>
        here.slack.control
          .messages(channel, ts)
          .filter((message) => message.user === here.slack.botUserId && !isBusy(message))
          .map(({ shown }) => shown);
      const isOver = (thread: Begun): boolean =>
        words(thread).some((text) => /Woven\.|as many as/.test(text));
      await waitUntil(
        'an end in every thread',
        () => threads.every(isOver),
        MINUTES * 35_000,
        () => `${threads.filter(isOver).length} of ${MANY}, ${running()} sessions`,
      );
      const rss = await figure(url, 'process_resident_memory_bytes');
      process.stderr.write(
        `${MANY} threads: ${running()} sessions, ${Math.round((rss - before) / MB)} MB more, /healthz at most ${Math.round(alive.most)} ms\n`,
      );
      const answered = threads.filter((thread) => words(thread).some((text) => text.startsWith('Woven.')));
      expect(answered.length).toBe(running());
      for (const thread of threads) expect(words(thread), thread.ts).toHaveLength(1);
      // What others begin while the count of one is on its way may pass; hardly more.
      expect(running()).toBeGreaterThanOrEqual(ALLOWED);
      expect(running()).toBeLessThan(ALLOWED * 1.5);
      expect(rss - before).toBeLessThan(100 * MB + MANY * 0.1 * MB);
      expect(alive.most).toBeLessThan(5_000);
      await here.atRest(bot);
    },
  );
});
