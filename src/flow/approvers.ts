/**
 * Who is asked about a card in direct messages: people by name, members of user groups, each with the channel in which
 * they read it. Reads only, and asked again after a crash. Whoever cannot be found out in a moment is not reached: the
 * card then stands in the thread, and nothing hangs on it.
 */
import type { Copy } from '../core/ask.ts';
import { COPIES_MOST } from '../core/copies.ts';
import type { Effect, ProcessInput } from '../core/state.ts';
import { delay, TimeoutError, withTimeout } from '../lib/time.ts';
import type { Clock, Log, SlackPort } from '../ports.ts';
import { failureOf } from './calls.ts';

export interface ApproversDeps {
  readonly slack: Pick<SlackPort, 'membersOf' | 'openDirect' | 'person'>;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** How often something is asked before it counts as not to be had, and the pause before the next time, ms. */
const TRIES = 3;
const PAUSE_MS = 500;
/** Slack lets few direct messages be opened a minute: after this the card stands in the thread, ms. */
const PATIENCE_MS = 10_000;
/** Of how many it is found out whether they may approve at all: groups can be very large. */
const LOOKED_AT = 3 * COPIES_MOST;

export async function findApprovers(
  deps: ApproversDeps,
  team: string,
  { toolUseId, people, groups, except }: Extract<Effect, { do: 'find-approvers' }>,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<ProcessInput> {
  const members = await Promise.all(
    groups.map((group) => some(() => deps.slack.membersOf(team, group), signal)),
  );
  const isUnknown = members.some((each) => each === undefined);
  const all = [...new Set([...people, ...members.flatMap((each) => each ?? [])])].filter(
    (user) => !except.includes(user),
  );
  const looked = all.slice(0, LOOKED_AT);
  const may = await Promise.all(looked.map((user) => mayApprove(user)));
  const asked = looked.filter((_, at) => may[at]);
  const found = await Promise.all(asked.slice(0, COPIES_MOST).map((user) => copyOf(user)));
  const copies = found.flatMap(({ copy }) => copy ?? []);
  const unreached = found.flatMap(({ user, copy }) => (copy ? [] : [user]));
  if (isUnknown || unreached.length > 0)
    log.info(
      { unreached: unreached.length, isUnknown },
      'not all who may approve are reached in direct messages',
    );
  return {
    kind: 'approvers',
    toolUseId,
    copies: isUnknown ? [] : copies,
    unreached,
    more: Math.max(0, asked.length - COPIES_MOST) + all.length - looked.length,
  };

  /** Guests and bots never may, whoever names them: they are not asked. */
  async function mayApprove(user: string): Promise<boolean> {
    const { role } = await deps.slack.person(team, user).catch(() => ({ role: 'unknown' }));
    return role !== 'guest' && role !== 'bot';
  }

  async function copyOf(user: string): Promise<{ readonly user: string; readonly copy?: Copy }> {
    const open = (within: AbortSignal): Promise<string> =>
      deps.slack.openDirect({ team, user, priority: 'question', signal: within });
    const channel = await some(open, signal);
    return channel === undefined ? { user } : { user, copy: { user, channel } };
  }

  /** Undefined where it is refused, or does not answer. Rejects where nobody waits for it any more. */
  async function some<T>(
    work: (signal: AbortSignal) => Promise<T>,
    ended: AbortSignal,
  ): Promise<T | undefined> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await withTimeout('a direct message', PATIENCE_MS, work, ended, deps.clock);
      } catch (error) {
        ended.throwIfAborted();
        const { kind, code } = failureOf(error);
        const isFinal = kind === 'refused' || kind === 'gone' || kind === 'fatal';
        if (isFinal || error instanceof TimeoutError || tried >= TRIES) {
          log.info({ code }, 'a direct message cannot be opened');
          return undefined;
        }
        await delay(PAUSE_MS * tried, ended, deps.clock);
      }
    }
  }
}
