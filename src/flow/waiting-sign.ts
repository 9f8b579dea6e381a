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

/** How often it is tried to take a sign away: what looks as if it waited must not stay. */
const TRIES = 5;

/** Shows the sign on the messages that wait in this inbox until the work is done, if that takes a while. */
export async function withWaitingSign<T>(
  deps: WaitingSignDeps,
  thread: ThreadRef,
  held: Pick<Held, 'inbox'>,
  work: Promise<T>,
): Promise<T> {
  const { slack, clock, log } = deps;
  const done = new AbortController();
  const signs = signsOn(thread, held);
  const quietly = (error: unknown): void => log.debug({ err: error }, 'no sign that a message waits');
  const shown = delay(UNNOTICED_MS, done.signal, clock).then(
    () => Promise.all(signs.map((sign) => slack.react(sign).catch(quietly))),
    () => undefined,
  );
  try {
    return await work;
  } finally {
    done.abort(new Error('done'));
    shown.then((began) => began && takeSignsAway(deps, thread, held)).catch(quietly);
  }
}

/** Takes away what this process, or one that died while it showed them, has left on these messages. */
export async function takeSignsAway(
  deps: WaitingSignDeps,
  thread: ThreadRef,
  held: Pick<Held, 'inbox'>,
): Promise<void> {
  await Promise.all(signsOn(thread, held).map((sign) => takeAway(deps, sign)));
}

async function takeAway({ slack, clock, log }: WaitingSignDeps, sign: Sign): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await slack.unreact(sign);
    } catch (error) {
      log.debug({ err: error, tried }, 'the sign that a message waits is still there');
      if (tried >= TRIES) return;
      await delay(500 * 2 ** tried, undefined, clock);
    }
  }
}

type Sign = Parameters<SlackPort['unreact']>[0];

function signsOn({ team, channel }: ThreadRef, { inbox }: Pick<Held, 'inbox'>): readonly Sign[] {
  const texts = inbox.flatMap(({ input }) => (input.kind === 'message' ? [input.ts] : []));
  return texts.map((ts) => ({ team, channel, ts, name: WAITING, priority: 'first' }));
}
