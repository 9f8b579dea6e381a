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

/** What came of the work, and the messages on which the sign may stand now: whoever goes on takes it away. */
export interface Signed<T> {
  readonly outcome: T;
  /** `ts` of each. */
  readonly signs: readonly string[];
}

/**
 * Shows the sign on the messages that wait in this inbox while the work goes on, if that takes a while. What has left
 * for Slack is waited for: a sign that arrives when it has been taken away stays. Where nothing comes of the work the
 * signs are taken away here.
 */
export async function withWaitingSign<T>(
  deps: WaitingSignDeps,
  thread: ThreadRef,
  held: Pick<Held, 'inbox'>,
  work: Promise<T | undefined>,
): Promise<Signed<T> | undefined> {
  const { slack, clock, log } = deps;
  const done = new AbortController();
  const { signal } = done;
  const signs = signsOn(thread, held);
  const quietly = (error: unknown): void => log.debug({ err: error }, 'no sign that a message waits');
  const shown = delay(UNNOTICED_MS, signal, clock).then(
    () => Promise.all(signs.map((sign) => slack.react({ ...sign, signal }).catch(quietly))),
    () => undefined,
  );
  let outcome: T | undefined;
  try {
    outcome = await work;
  } finally {
    done.abort(new Error('done'));
    if (outcome === undefined)
      await shown.then((began) => began && takeSignsAway(deps, thread, held)).catch(quietly);
  }
  if (outcome === undefined) return undefined;
  return { outcome, signs: (await shown) ? signs.map(({ ts }) => ts) : [] };
}

/** `ts` of the messages that wait in this inbox. */
export function waitingIn({ inbox }: Pick<Held, 'inbox'>): readonly string[] {
  return inbox.flatMap(({ input }) => (input.kind === 'message' ? [input.ts] : []));
}

/** Takes away what this process has left on these messages. */
async function takeSignsAway(
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
  return waitingIn({ inbox }).map((ts) => ({ team, channel, ts, name: WAITING, priority: 'first' }));
}
