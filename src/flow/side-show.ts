/**
 * What stands beside the messages: Slack's session status and our reactions. Useful, never vital: each has its own
 * loop, so that no answer waits for it nor one for the other, and what Slack refuses is silently given up. A call
 * that was lost is repeated: nothing may look busy for ever.
 */
import type { ThreadState } from '../core/state.ts';
import { TAKEN } from '../core/shown.ts';
import { backoff } from '../lib/backoff.ts';
import { Bell } from '../lib/bell.ts';
import { InnerAbort } from '../lib/inner-abort.ts';
import { delay } from '../lib/time.ts';
import type { Priority, SessionStatus } from '../ports.ts';
import { reactionsOf, statusOf } from '../render/picture.ts';
import { oneLine } from '../render/text.ts';
import { failureOf } from './calls.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';
import { isOf } from './plan.ts';

export interface SideShow {
  touch(): void;
  quiet(): boolean;
  /** Whether something beside the messages shows that the agent is at work. */
  sign(): 'asking' | 'shown' | 'refused';
}

/** Slack takes 200 characters (docs.slack.dev, agents.sessions.setStatus); a list shows far fewer. */
const TITLE_LENGTH = 80;

/** After so long without a message or a status a reaction shows that the message was heard, ms. */
const SIGN_MS = 700;

/** A status that is on its way: neither the one before nor the new one is sure to be shown. */
const UNKNOWN = 'unknown';

/** How often in a row a call is repeated whose answer was lost. */
const TRIES = 8;

interface StatusOp {
  readonly do: 'status';
  readonly status: SessionStatus;
}

interface ReactionOp {
  readonly do: 'react' | 'unreact';
  readonly ts: string;
  readonly name: string;
}

type Op = StatusOp | ReactionOp;

interface Loop {
  /** The state has changed. */
  touch(): void;
  /** Nothing is left to do. */
  rests(): boolean;
}

export function sideShow(deps: OutboxDeps, host: OutboxHost, idle: () => void): SideShow {
  let shown = host.state().shownStatus;
  /** What Slack has said that it shows. */
  let stands = shown;
  let refused = false;
  /** The status that waits for its lane, or is on its way. */
  let asking: { readonly status: SessionStatus; readonly abort: InnerAbort } | undefined;
  let cancelLook: (() => void) | undefined;
  /** Reactions as this process knows them: ahead of the state. Null: not there. */
  const reacted = new Map<string, string | null>();
  /** Messages whose reaction may not have arrived. */
  const doubted = new Set<string>();
  // What the last holder wanted may stand in Slack, or not: it is shown once more where it is still wanted.
  for (const [ts, name] of Object.entries(reactionsOf(host.state()))) {
    if (name === TAKEN) continue;
    reacted.set(ts, name);
    doubted.add(ts);
  }

  /** The message that nothing shows to be heard, where it has been so for a while. */
  function unheard({ turns, posted, phase }: ThreadState): string | undefined {
    const turn = turns.at(-1);
    const ts = turn?.segments[0]?.after;
    if (!turn || turn.end || phase.is === 'asking' || ts === undefined || stands === 'processing')
      return undefined;
    if (Object.entries(posted).some(([slot, known]) => known.ts !== undefined && isOf(slot, turn)))
      return undefined;
    const left = turn.startedAt + (deps.signMs ?? SIGN_MS) - deps.clock.now();
    if (left <= 0) return ts;
    cancelLook ??= deps.clock.setTimer(() => {
      cancelLook = undefined;
      touch();
    }, left);
    return undefined;
  }

  function nextReaction(): ReactionOp | undefined {
    const state = host.state();
    const heard = unheard(state);
    const wanted = { ...(heard === undefined ? {} : { [heard]: TAKEN }), ...reactionsOf(state) };
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

  function nextStatus(): StatusOp | undefined {
    const status = statusOf(host.state());
    return status !== undefined && status !== shown ? { do: 'status', status } : undefined;
  }

  async function react(op: ReactionOp): Promise<void> {
    const { team, channel } = host.state().thread;
    const name = op.do === 'react' ? op.name : null;
    reacted.set(op.ts, name);
    // Saved with whatever is saved while the call is under way: who comes after a lost answer takes the sign away.
    if (name !== null && name !== TAKEN) host.input({ kind: 'reacted', ts: op.ts, name });
    const call = {
      team,
      channel,
      priority: 'status',
      signal: host.signal,
      guard: () => host.guard(),
    } as const;
    await deps.slack[op.do]({ ...call, ts: op.ts, name: op.name });
    doubted.delete(op.ts);
    host.input({ kind: 'reacted', ts: op.ts, name: name ?? undefined });
    if (name === TAKEN) host.shown(false);
  }

  /** What says that nothing is at work any more does not wait for what says that something is. */
  function urgency(status: SessionStatus, surface: ThreadState['surface']): Priority {
    if (status !== 'processing') return status === 'suspended' ? 'question' : 'final';
    return surface === 'im' ? 'first' : 'status';
  }

  async function setStatus({ status }: StatusOp): Promise<void> {
    const { thread, turns, surface, title } = host.state();
    const { team, channel } = thread;
    const user = turns.at(-1)?.user;
    const before = shown;
    const abort = new InnerAbort(host.signal);
    shown = status;
    asking = { status, abort };
    // The same for the status: who comes after a lost answer says it anew.
    host.input({ kind: 'status-shown', status: UNKNOWN });
    try {
      const done = await deps.slack.setStatus({
        team,
        channel,
        priority: urgency(status, surface),
        signal: abort.signal,
        guard: () => host.guard(),
        threadTs: thread.ts,
        status,
        ...(user === undefined ? {} : { user }),
        ...(title ? { title: oneLine(title, TITLE_LENGTH) } : {}),
      });
      refused = !done;
      stands = done ? status : undefined;
      host.input({ kind: 'status-shown', status });
      if (done) host.shown(false);
    } catch (error) {
      if (!isOvertaken(error, abort.signal)) throw error;
      shown = before;
    } finally {
      abort.release();
      asking = undefined;
    }
  }

  /** A status that still waited for its lane when another was wanted: Slack has never heard of it. */
  function isOvertaken(error: unknown, { aborted }: AbortSignal): boolean {
    return aborted && failureOf(error).code === 'aborted';
  }

  /** Does one thing after the other, and what was lost again; answers whether nothing is left to do. */
  function loop<O extends Op>(next: () => O | undefined, perform: (op: O) => Promise<void>): Loop {
    const pauses = backoff({ minMs: 300, maxMs: 8_000, random: deps.random.fraction });
    const bell = new Bell();
    let busy = true;
    const run = async (): Promise<void> => {
      while (!host.signal.aborted) {
        bell.listen();
        const op = next();
        busy = op !== undefined;
        if (!op) {
          idle();
          await bell.heard();
        } else if (await attempt(op)) {
          await delay(pauses.next(), host.signal, deps.clock).catch(() => undefined);
        } else pauses.reset();
      }
    };
    const attempt = (op: O): Promise<boolean> =>
      perform(op).then(
        () => false,
        (error: unknown) => failed(op, error, pauses.attempts),
      );
    // Not before its owner is built.
    Promise.resolve()
      .then(run)
      .catch((error: unknown) => deps.log.error({ err: error }, 'side show failed'));
    return { touch: () => bell.ring(), rests: () => !busy && next() === undefined };
  }

  /** True where it is to be tried again: what may have been lost on the way, and leaves nothing behind if repeated. */
  function failed(op: Op, error: unknown, attempts: number): boolean {
    if (host.signal.aborted) return false;
    const { code, kind } = failureOf(error);
    if (code === 'lease_lapsed') {
      host.failed(error);
      return false;
    }
    if (op.do === 'status') refused = true;
    deps.log.debug({ call: op.do, code }, 'not shown beside the messages');
    const again = (kind === 'retry' || kind === 'unknown') && attempts < TRIES;
    if (again) forget(op);
    else if (op.do !== 'status') doubted.delete(op.ts);
    // The message is gone, or cannot be changed: a sign on it that is not forgotten would be taken away for ever.
    if (!again && op.do === 'unreact') host.input({ kind: 'reacted', ts: op.ts, name: undefined });
    return again;
  }

  /** It is not known what stands in Slack. */
  function forget(op: Op): void {
    if (op.do === 'status') shown = undefined;
    else if (op.do === 'react') doubted.add(op.ts);
    else reacted.set(op.ts, op.name);
  }

  function touch(): void {
    if (asking && statusOf(host.state()) !== asking.status)
      asking.abort.abort(new Error('another status is wanted'));
    status.touch();
    reactions.touch();
  }

  /** Our reaction stands on the message that is being answered. */
  function isHeard({ turns, reactions }: ThreadState): boolean {
    const ts = turns.at(-1)?.segments[0]?.after;
    return ts !== undefined && reactions[ts] === TAKEN;
  }

  const status = loop(nextStatus, setStatus);
  const reactions = loop(nextReaction, react);
  host.signal.addEventListener('abort', () => {
    cancelLook?.();
    touch();
  });
  return {
    touch,
    quiet: () => status.rests() && reactions.rests(),
    sign() {
      if (stands === 'processing' || isHeard(host.state())) return 'shown';
      return refused ? 'refused' : 'asking';
    },
  };
}
