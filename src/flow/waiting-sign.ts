/** A sign on people's messages while nothing else can show that they were heard. Best effort: nothing hangs on it. */
import type { ThreadRef } from '../core/event.ts';
import { WAITING } from '../core/shown.ts';
import { delay } from '../lib/time.ts';
import type { Clock, Held, Log, SlackPort } from '../ports.ts';

export interface WaitingSignDeps {
  readonly slack: Pick<SlackPort, 'react' | 'unreact'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What takes no longer than this, ms, needs no sign. */
const UNNOTICED_MS = 600;

/** Shows the sign on the messages that wait in this inbox until the work is done, if that takes a while. */
export async function withWaitingSign<T>(
  { slack, clock, log }: WaitingSignDeps,
  { team, channel }: ThreadRef,
  { inbox }: Pick<Held, 'inbox'>,
  work: Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const texts = inbox.flatMap(({ input }) => (input.kind === 'message' ? [input.ts] : []));
  const quietly = (error: unknown): void => log.debug({ err: error }, 'no sign that a message waits');
  const sign = (ts: string) => ({ team, channel, ts, name: WAITING, priority: 'first' }) as const;
  const shown = delay(UNNOTICED_MS, done.signal, clock).then(
    () => Promise.all(texts.map((ts) => slack.react(sign(ts)).catch(quietly))),
    () => undefined,
  );
  try {
    return await work;
  } finally {
    done.abort(new Error('done'));
    shown
      .then((began) => began && Promise.all(texts.map((ts) => slack.unreact(sign(ts)).catch(quietly))))
      .catch(quietly);
  }
}
