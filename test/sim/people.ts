/** Who is in the workspace, what they did, and what became of it. */
import type { ThreadKey } from '../../src/core/event.ts';
import type { Somebody } from './slack-kinds.ts';

export const MEMBERS = ['UADA', 'UGRACE', 'UALAN'] as const;

export const PEOPLE: readonly Somebody[] = [
  { id: 'UADA', name: 'Ada', role: 'member' },
  { id: 'UGRACE', name: 'Grace', role: 'member' },
  { id: 'UALAN', name: 'Alan', role: 'member' },
  { id: 'UGUEST', name: 'Gus', role: 'guest' },
  { id: 'UOTHER', name: 'Olga', role: 'outsider' },
];

/** One message of a person, and how far it got. */
export interface Said {
  readonly n: number;
  readonly word: string;
  readonly key: ThreadKey;
  readonly channel: string;
  readonly ts: string;
  readonly user: string;
  /** It names the bot, or stands in a direct message. */
  readonly addressed: boolean;
  readonly at: number;
  /** When Slack was told that it was taken, ms of the run. */
  acknowledged?: number;
  /** What the store said of it. */
  admitted?: number;
  /** It was remembered for the mention that might come. */
  remembered?: number;
  /** The store forgot it after it had been taken. */
  forgotten?: true;
  /** It was not taken because of a limit on how much one person, or one thread, may put in; ms of the run. */
  refused?: number;
  /** Nobody was there to take it, and Slack does not try again. */
  unheard?: true;
  /** Its author has taken it back. */
  deleted?: true;
}

/** A thread of the plan, once it has a root. */
export interface Place {
  readonly id: string;
  readonly key: ThreadKey;
  readonly channel: string;
  readonly root: string;
}
