/** What the outbox needs of the world, and of the thread that it writes for. */
import type { Settings } from '../core/settings.ts';
import type { Preview, ProcessInput, ThreadState } from '../core/state.ts';
import type { Clock, Log, Random, SlackPort, StorePort } from '../ports.ts';
import type { Split } from '../render/markdown.ts';
import type { Cadence } from './cadence.ts';

export interface OutboxDeps {
  readonly slack: SlackPort;
  readonly cadence: Cadence;
  readonly store: Pick<StorePort, 'take'>;
  readonly settings: Pick<Settings, 'output'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly settleMs: number;
  /** Absent where texts are split anew each time. */
  readonly split?: Split;
  /** Longest life of a stream, ms; the default is what Slack allows. */
  readonly streamMs?: number;
  /** After so long without a message or a status a reaction shows that the message was heard, ms; 700. */
  readonly signMs?: number;
}

export interface OutboxHost {
  state(): ThreadState;
  previews(): readonly Preview[];
  /**
   * The thread was taken over in the middle of a message whose growing text nobody has any more: what is known is
   * less than what is shown, until the stream brings something new.
   */
  behind(): boolean;
  /** Throws where the lease would not outlive a call. */
  guard(): void;
  /** Resolves when the intent to post these slots, `streams` among them as streams, is saved. */
  intend(slots: readonly string[], streams?: readonly string[]): Promise<void>;
  input(input: ProcessInput): void;
  /** A sign of life stands in the thread; `texted` where it has words of the answer. */
  shown(texted: boolean): void;
  /** Nothing is left to write. */
  quiet(): void;
  /** The lease has lapsed, or something unforeseen happened: the thread has to be taken over anew. */
  failed(error: unknown): void;
  readonly signal: AbortSignal;
}
