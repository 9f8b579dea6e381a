/** The product's own process, from outside: signals, exit codes, its log, its HTTP port. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** When the process was gone, `performance.now()`. */
  readonly at: number;
}

export interface Bot {
  readonly pid: number;
  out(): string;
  err(): string;
  /** @throws where a line of stdout is not one JSON object */
  lines(): readonly LogLine[];
  messages(): readonly string[];
  /** Resolves with the first log line of this message. Rejects when the process ends before. */
  logged(msg: string, timeoutMs?: number): Promise<LogLine>;
  /** Resolves with its HTTP address when it serves. */
  ready(): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL; resolves when it is gone. */
  kill9(): Promise<Ended>;
  readonly ended: Promise<Ended>;
  /** Ends it, whatever it is doing. */
  remove(): Promise<void>;
}

/** Resolves with the first truthy answer. @throws after `timeoutMs`, with what `seen` says by then */
export async function waitUntil<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 30_000,
  seen: () => string = () => '',
): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > until) throw new Error(`${what}: not within ${timeoutMs} ms. ${seen()}`);
    await setTimeout(20);
  }
}

/**
 * Runs `bin/heddle.js` with nothing in its environment but what is given. Where it is told that it has a parent
 * it ends with this process.
 */
export function startBot(heddle: string, env: Readonly<Record<string, string>>, args = ['start']): Bot {
  const cwd = mkdtempSync(join(tmpdir(), 'heddle-cwd-'));
  const child = spawn(process.execPath, [heddle, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  let isGone = false;
  const ended = once(child, 'close').then((how): Ended => {
    const [code, signal] = how as [number | null, NodeJS.Signals | null];
    isGone = true;
    rmSync(cwd, { recursive: true, force: true });
    return { code, signal, at: performance.now() };
  });
  const lines = (): LogLine[] => out.split('\n').slice(0, -1).map(parseLine);
  const bot: Bot = {
    pid: child.pid ?? 0,
    out: () => out,
    err: () => err,
    lines,
    messages: () => lines().map(({ msg }) => msg),
    logged: (msg, timeoutMs = 60_000) =>
      waitUntil(
        `the log line "${msg}"`,
        () => {
          const found = lines().find((line) => line.msg === msg);
          if (!found && isGone) throw new Error(`the bot ended before it logged "${msg}": ${err}${out}`);
          return found;
        },
        timeoutMs,
      ) as Promise<LogLine>,
    ready: async () => `http://127.0.0.1:${String((await bot.logged('ready'))['port'])}`,
    signal: (signal) => {
      child.kill(signal);
    },
    kill9: () => {
      child.kill('SIGKILL');
      return ended;
    },
    ended,
    remove: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
  return bot;
}

function parseLine(line: string): LogLine {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null || !('msg' in parsed) || !('level' in parsed))
    throw new Error(`not a log line: ${line}`);
  return parsed as LogLine;
}
