/** `heddle audit`: who did what in a workspace, one JSON line an entry, oldest first. */
import type { AuditNote } from '../ports-settings.ts';
import type { StorePort } from '../ports.ts';
import { openForCommand, type ParkedOptions } from './parked.ts';

export interface AuditOptions extends Pick<ParkedOptions, 'config' | 'checkoutDir' | 'log' | 'output'> {
  /** Unix milliseconds. */
  readonly since: number;
  /** Where absent, the workspace of the token. */
  readonly team?: string;
}

const PAGE = 1_000;

/** @returns the exit code: 1 where Slack or Redis cannot be reached */
export async function runAudit(options: AuditOptions): Promise<number> {
  const opened = await openForCommand(options);
  if (!opened) return 1;
  const { store, team } = opened;
  try {
    for await (const note of notesSince(store, options.team ?? team, options.since)) {
      options.output.write(`${JSON.stringify(lineOf(options.team ?? team, note))}\n`);
    }
    return 0;
  } finally {
    await store.close();
  }
}

function lineOf(team: string, { at, entry }: AuditNote): object {
  return { at: new Date(at).toISOString(), team, ...entry };
}

/** Each entry once, also where it was written twice. */
export async function* notesSince(
  store: Pick<StorePort, 'audit'>,
  team: string,
  since: number,
): AsyncGenerator<AuditNote> {
  let from: number | string = since;
  let lately: readonly string[] = [];
  for (;;) {
    const page: readonly AuditNote[] = await store.audit.entries(team, from, PAGE);
    const seen = new Set(lately);
    for (const note of page) {
      if (!seen.has(note.nonce)) yield note;
      seen.add(note.nonce);
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    from = last.id;
    lately = page.map(({ nonce }) => nonce);
  }
}
