/** The real command on real processes: what it counts, never how long anything took. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Row } from '../../src/bench/rows.ts';
import { takeCheckout, type Checkout } from '../crash/support/checkout.ts';

let checkout: Checkout;

beforeAll(async () => {
  checkout = await takeCheckout();
});

afterAll(() => checkout.remove());

const env = { PATH: process.env['PATH'] };

function bench(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [checkout.heddle, 'bench', ...args], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

/** What a bench leaves behind while it runs. */
const leftovers = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => /^(hdl|heddle)-bench-/.test(name));

it('prints one JSON object and counts what a turn and a reply cost', { timeout: 240_000 }, async () => {
  const { code, out, err } = await bench('overhead', 'reply', '--quick', '--json');
  expect([code, err]).toEqual([0, expect.stringContaining('overhead: 40 turns in warm threads')]);
  const { rows, ...rest } = JSON.parse(out) as { rows: readonly Row[] };
  expect(rest).toEqual({});
  for (const row of rows) {
    expect(Object.keys(row)).toEqual(['name', 'value', 'unit', 'target', 'met']);
    expect([row.name, typeof row.value]).toEqual([row.name, 'number']);
    expect(row.met === null).toBe(row.target === null);
  }
  const value = (name: string): number | null | undefined => rows.find((row) => row.name === name)?.value;
  expect(value('overhead: Slack asked before the send, warm')).toBe(0);
  expect(value('overhead: Managed Agents calls, plain turn')).toBe(2);
  expect(value('overhead: Redis round trips, plain turn')).toBeLessThanOrEqual(5);
  for (const form of ['edit', 'stream']) {
    const name = `reply: 2000 characters in 10 s, ${form}`;
    expect([form, value(`${name}: 429s`), value(`${name}: pieces lost or doubled`)]).toEqual([form, 0, 0]);
    expect(value(`${name}: sent to Slack`)).toBeGreaterThan(2);
  }
});

it('leaves nothing behind when it is interrupted', { timeout: 60_000 }, async () => {
  const before = new Set(leftovers());
  const child = spawn(process.execPath, [checkout.heddle, 'bench', 'start', '--json'], { env });
  let out = '';
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  const ended = once(child, 'close');
  await vi.waitUntil(
    () => leftovers().some((name) => name.startsWith('heddle-') && !before.has(name)),
    30_000,
  );
  child.kill('SIGINT');
  expect(await ended).toEqual([1, null]);
  expect(out).toBe('');
  expect(leftovers().filter((name) => !before.has(name))).toEqual([]);
});
