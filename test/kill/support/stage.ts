/** What the conversations are made of: what they may do to the processes, what people wait to see, how it has to end. */
import type { AppTimes } from '../../../src/app.ts';
import type { Op } from '../../../src/playground/agents/index.ts';
import { waitUntil } from '../../crash/support/bot.ts';
import { PACE } from '../../crash/support/script.ts';
import type { Talk, World } from '../../crash/support/world.ts';

export interface Scenario {
  readonly name: string;
  /** Settings of its processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** `heddle.yaml` of its processes. */
  readonly yaml?: string;
  /** Of its processes, beside those that all have. */
  readonly times?: Partial<AppTimes>;
  /** So many processes go or are killed by the conversation itself. */
  readonly leaves?: number;
  play(here: World, stage: Stage): Promise<Wanted>;
}

export interface Stage {
  /** Ends whoever holds the thread; resolves when it has gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Kills all processes with -9; meanwhile does what nobody is to see. One is started again after that. */
  endAll(meanwhile: () => Promise<void>): Promise<void>;
  /** From now on passages count. Only where the case asks for it. */
  arm(): void;
  /** Resolves when no process holds the thread. */
  released(): Promise<void>;
  /** Resolves when the store knows that it is complete. */
  filled(): Promise<void>;
  /** The store forgets everything. */
  forget(): Promise<void>;
}

/** How it has to end. */
export interface Wanted {
  readonly talk: Talk;
  /** One a generation. */
  readonly sessions: number;
  readonly status: 'active' | 'closed';
  readonly interrupts?: number;
  /** Tools that were approved, on a card each. */
  readonly approvals?: number;
  /** `ts` of messages that no session has. */
  readonly unsent?: readonly string[];
}

/** Longer than any takeover, ms, and than some processes take to start on a machine that does much else besides. */
const PATIENCE_MS = 120_000;

export async function sees(what: string, look: () => unknown, talk?: Talk): Promise<void> {
  await waitUntil(
    what,
    async () => Boolean(await look()),
    PATIENCE_MS,
    () => talk?.words() ?? '',
  );
}

export function slowly(text: string, ms: number): Op {
  return { op: 'say', text, ms: ms * PACE };
}

/** An answer that takes nine seconds to be written. */
export const growing = slowly(
  Array.from({ length: 30 }, (_, row) => `Row ${row + 1} of the cloth is woven.`).join(' '),
  9_000,
);

/** The message has arrived in a session of the thread, once or more often. */
export function arrived(talk: Talk, ts: string): boolean {
  return talk.sessions().some(({ events }) => JSON.stringify(events).includes(`ts=\\"${ts}\\"`));
}

export function closed(talk: Talk, sessions: number): boolean {
  const all = talk.sessions();
  return (
    talk.status() === 'closed' &&
    all.length >= sessions &&
    all.every(({ record }) => record['archived_at'] !== null)
  );
}

export function resting(talk: Talk): boolean {
  const [session] = talk.sessions();
  return session?.status === 'idle' && session.queued === 0 && talk.status() === 'active';
}

/** Says something that is a command, not a message for the agent. */
export function command({ slack: { control } }: World, { channel, ts }: Talk, text: string): string {
  return control.say({ user: control.ids.ada, channel, threadTs: ts, text });
}
