/** The product as a process of its own, as an operator runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { deferred } from '../lib/deferred.ts';
import { systemClock } from '../lib/time.ts';

export interface Bot {
  readonly pid: number;
  /** Where `/metrics` is. */
  readonly url: string;
  /** From the start of the process to its line `ready`, milliseconds. */
  readonly readyMs: number;
  /** Resident memory the moment it was ready, bytes; NaN where the system does not tell. */
  readonly readyRss: number;
  /** A gauge or counter of `/metrics` without labels. NaN where it is not there. */
  metrics(...names: readonly string[]): Promise<readonly number[]>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the first group of what its standard error says next. */
  said(pattern: RegExp): Promise<string>;
  readonly ended: Promise<void>;
  /** Asks it to stop, and kills it where it does not within three seconds. */
  stop(): Promise<void>;
}

export interface BotOptions {
  /** Node's own options and the file to run. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of its `heddle.yaml`. */
  readonly yaml?: string | undefined;
}

const READY_MS = 30_000;

/** Resolves when it is ready. @throws where it ends before, with what it said last */
export async function startBot({ command, env, yaml }: BotOptions): Promise<Bot> {
  const cwd = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  if (yaml !== undefined) writeFileSync(join(cwd, 'heddle.yaml'), yaml);
  const startedAt = systemClock.monotonic();
  // Its standard input is the pipe that tells it that this process is gone, however that ended.
  const child = spawn(process.execPath, command, { cwd, env: { ...env, HEDDLE_PARENT: 'stdin' } });
  child.stdin.on('error', () => undefined);
  const last: string[] = [];
  const keep = (line: string): void => {
    last.push(line);
    if (last.length > 20) last.shift();
  };
  const ready = deferred<{ port: number; at: number; rss: number }>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    keep(line);
    const port = readyPort(line);
    if (port !== undefined) {
      ready.resolve({ port, at: systemClock.monotonic(), rss: residentBytes(child.pid ?? 0) });
    }
  });
  const errors = createInterface({ input: child.stderr }).on('line', keep);
  const ended = once(child, 'close').then(() => {
    rmSync(cwd, { recursive: true, force: true });
    ready.reject(new Error(`the bot ended before it was ready:\n${last.join('\n')}`));
  });
  const cancel = systemClock.setTimer(() => {
    ready.reject(new Error(`the bot was not ready in ${READY_MS} ms:\n${last.join('\n')}`));
    child.kill('SIGKILL');
  }, READY_MS);
  const { port, at, rss } = await ready.promise.finally(cancel);
  const url = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid ?? 0,
    url,
    readyMs: at - startedAt,
    readyRss: rss,
    metrics: (...names) => readMetrics(url, names),
    signal: (signal) => {
      child.kill(signal);
    },
    said: (pattern) =>
      new Promise((resolve) => {
        const look = (line: string): void => {
          const [, found] = pattern.exec(line) ?? [];
          if (found === undefined) return;
          errors.off('line', look);
          resolve(found);
        };
        errors.on('line', look);
      }),
    ended,
    async stop() {
      child.kill('SIGTERM');
      const kill = systemClock.setTimer(() => child.kill('SIGKILL'), 3_000);
      await ended.finally(kill);
    },
  };
}

function readyPort(line: string): number | undefined {
  if (!line.includes('"ready"')) return undefined;
  const { msg, port } = JSON.parse(line) as { msg?: unknown; port?: unknown };
  return msg === 'ready' ? Number(port) : undefined;
}

/** `VmRSS` of proc(5): kilobytes. */
export function residentBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}

async function readMetrics(url: string, names: readonly string[]): Promise<readonly number[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return names.map((name) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN));
}
