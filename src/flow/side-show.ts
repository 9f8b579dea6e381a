/**
 * What stands beside the messages: Slack's session status and our reactions. Useful, never vital: it has its own
 * loop, so that no answer waits for it, and what Slack refuses is silently given up. A call that was lost is
 * repeated: nothing may look busy for ever.
 */
import type { ThreadState } from '../core/state.ts';
import { TAKEN } from '../core/shown.ts';
import { backoff } from '../lib/backoff.ts';
import { deferred } from '../lib/deferred.ts';
import { delay } from '../lib/time.ts';
import type { SessionStatus } from '../ports.ts';
import { reactionsOf, statusOf } from '../render/picture.ts';
import { oneLine } from '../render/text.ts';
import { failureOf } from './calls.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';

export interface SideShow {
  touch(): void;
  quiet(): boolean;
  /** Whether Slack shows by itself that the agent is at work. */
  sign(): 'asking' | 'shown' | 'refused';
}

/** Slack takes 200 characters (docs.slack.dev, agents.sessions.setStatus); a list shows far fewer. */
const TITLE_LENGTH = 80;

/** How often in a row a call is repeated whose answer was lost. */
const TRIES = 8;

type Op =
  | { readonly do: 'status'; readonly status: SessionStatus }
  | { readonly do: 'react' | 'unreact'; readonly ts: string; readonly name: string };

export function sideShow(deps: OutboxDeps, host: OutboxHost, idle: () => void): SideShow {
  let shown = host.state().shownStatus;
  let refused = false;
  let busy = true;
  let touched = deferred();
  /** Reactions as this process knows them: ahead of the state. Null: not there. */
  const reacted = new Map<string, string | null>();
  /** Messages whose reaction may not have arrived. */
  const doubted = new Set<string>();
  const pauses = backoff({ minMs: 300, maxMs: 8_000, random: deps.random.fraction });

  function reactionOp(state: ThreadState): Op | undefined {
    const wanted = reactionsOf(state);
    const known = (ts: string): string | null | undefined => {
      const name = reacted.get(ts);
      return name === undefined ? state.reactions[ts] : name;
    };
    const local = [...reacted].flatMap(([ts, name]) => (name === null ? [] : [ts]));
    for (const ts of new Set([...Object.keys(state.reactions), ...Object.keys(wanted), ...local])) {
      const there = known(ts) ?? undefined;
      const want = wanted[ts];
      // What was taken stays marked as taken; only a sign that something waits may not outlive the waiting.
      if (there !== undefined && there !== want && there !== TAKEN) return { do: 'unreact', ts, name: there };
      if (want !== undefined && (there === undefined || doubted.has(ts)))
        return { do: 'react', ts, name: want };
    }
    return undefined;
  }

  function next(): Op | undefined {
    const state = host.state();
    const status = statusOf(state);
    if (status !== undefined && status !== shown) return { do: 'status', status };
    return reactionOp(state);
  }

  async function perform(op: Op): Promise<void> {
    const { thread, turns, surface, title } = host.state();
    const { team, channel } = thread;
    const priority = op.do === 'status' && surface === 'im' ? 'first' : 'status';
    const call = { team, channel, priority, signal: host.signal, guard: () => host.guard() } as const;
    if (op.do !== 'status') {
      reacted.set(op.ts, op.do === 'react' ? op.name : null);
      await deps.slack[op.do]({ ...call, ts: op.ts, name: op.name });
      doubted.delete(op.ts);
      host.input({ kind: 'reacted', ts: op.ts, name: op.do === 'react' ? op.name : undefined });
      return;
    }
    shown = op.status;
    const user = turns.at(-1)?.user;
    const done = await deps.slack.setStatus({
      ...call,
      threadTs: thread.ts,
      status: op.status,
      ...(user === undefined ? {} : { user }),
      ...(title ? { title: oneLine(title, TITLE_LENGTH) } : {}),
    });
    refused = !done;
    host.input({ kind: 'status-shown', status: op.status });
    if (done) host.shown(false);
  }

  async function run(): Promise<void> {
    while (!host.signal.aborted) {
      const signal = touched.promise;
      const op = next();
      busy = op !== undefined;
      if (!op) {
        idle();
        await signal;
      } else if (await perform(op).catch((error: unknown) => failed(op, error))) {
        await delay(pauses.next(), host.signal, deps.clock).catch(() => undefined);
      } else pauses.reset();
    }
  }

  /** True where it is to be tried again: what may have been lost on the way, and leaves nothing behind if repeated. */
  function failed(op: Op, error: unknown): boolean {
    if (host.signal.aborted) return false;
    const { code, kind } = failureOf(error);
    if (code === 'lease_lapsed') {
      host.failed(error);
      return false;
    }
    if (op.do === 'status') refused = true;
    deps.log.debug({ call: op.do, code }, 'not shown beside the messages');
    const again = (kind === 'retry' || kind === 'unknown') && pauses.attempts < TRIES;
    if (again) forget(op);
    else if (op.do !== 'status') doubted.delete(op.ts);
    return again;
  }

  /** It is not known what stands in Slack. */
  function forget(op: Op): void {
    if (op.do === 'status') shown = undefined;
    else if (op.do === 'react') doubted.add(op.ts);
    else reacted.set(op.ts, op.name);
  }

  // Not before its owner is built.
  Promise.resolve()
    .then(run)
    .catch((error: unknown) => deps.log.error({ err: error }, 'side show failed'));
  const touch = (): void => {
    const previous = touched;
    touched = deferred();
    previous.resolve();
  };
  host.signal.addEventListener('abort', touch, { once: true });
  return {
    touch,
    quiet: () => !busy && next() === undefined,
    sign: () => (refused ? 'refused' : shown === 'processing' ? 'shown' : 'asking'),
  };
}
