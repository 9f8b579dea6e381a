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

/** What is written twice stands so close together. */
const LATELY = 10_000;

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
  const lately = new Set<string>();
  for await (const note of store.audit.entries(team, since)) {
    if (lately.has(note.nonce)) continue;
    yield note;
    lately.add(note.nonce);
    const [eldest] = lately;
    if (eldest !== undefined && lately.size > LATELY) lately.delete(eldest);
  }
}
