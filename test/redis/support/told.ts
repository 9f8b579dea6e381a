/** What a running product tells operators over HTTP. */
import type { RunningApp } from '../../../src/app.ts';

export interface Readiness {
  readonly status: number;
  readonly body: string;
}

export async function readiness({ port }: RunningApp): Promise<Readiness> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  return { status: response.status, body: await response.text() };
}

/** Metrics without labels; NaN where one is not there. */
export async function figures({ port }: RunningApp, ...names: readonly string[]): Promise<readonly number[]> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return names.map((name) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN));
}
