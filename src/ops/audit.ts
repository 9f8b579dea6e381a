/** `heddle audit`: who did what in a workspace, one JSON line an entry, oldest first. */
import type { AuditNote, SaidNote } from '../ports-settings.ts';
import type { StorePort } from '../ports.ts';
import { openForCommand, type ParkedOptions } from './parked.ts';

export interface AuditOptions extends Pick<ParkedOptions, 'config' | 'checkoutDir' | 'log' | 'output'> {
  /** Unix milliseconds. */
  readonly since: number;
  /** Where absent, the workspace of the token. */
  readonly team?: string;
  /** In place of the audit: what people wrote about answers. */
  readonly feedback?: boolean;
}

/** What is written twice stands so close together. */
const LATELY = 10_000;

/** @returns the exit code: 1 where Slack or Redis cannot be reached */
export async function runAudit(options: AuditOptions): Promise<number> {
  const opened = await openForCommand(options);
  if (!opened) return 1;
  const { store, team } = opened;
  try {
    const whose = options.team ?? team;
    const lines = options.feedback
      ? feedbackSince(store, whose, options.since)
      : notesSince(store, whose, options.since);
    for await (const note of lines) options.output.write(`${JSON.stringify(lineOf(whose, note))}\n`);
    return 0;
  } finally {
    await store.close();
  }
}

/** What people wrote about answers: each once, also where it was written twice. */
export async function* feedbackSince(
  store: Pick<StorePort, 'audit'>,
  team: string,
  since: number,
): AsyncGenerator<SaidNote> {
  let last = '';
  for await (const note of store.audit.said(team, since)) {
    if (note.nonce !== last) yield note;
    last = note.nonce;
  }
}

function lineOf(team: string, note: AuditNote | SaidNote): object {
  const what = 'said' in note ? note.said : note.entry;
  return { at: new Date(note.at).toISOString(), team, ...what };
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
