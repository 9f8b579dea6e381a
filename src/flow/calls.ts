/**
 * Runs what a step asks of the agent side, and brings the outcome back as an input. Writes are made once and
 * never repeated here (doubt is the state's); reads are repeated until they answer or cannot (I7).
 */
import type { AgentEvent } from '../core/agent-event.ts';
import { filesOf } from '../core/earlier-files.ts';
import type { Effect, Failure, ProcessInput } from '../core/state.ts';
import type { ThreadRef } from '../core/event.ts';
import type { Settings } from '../core/settings.ts';
import { JOINED, RESUMED, linesOfSession, transcript, type Line } from '../core/transcript.ts';
import { isAside } from '../core/words.ts';
import { PortError, classify } from '../errors.ts';
import { backoff } from '../lib/backoff.ts';
import { around, failpoint, type Act } from '../lib/failpoint.ts';
import { lookingLast } from '../lib/last-look.ts';
import { delay, withTimeout } from '../lib/time.ts';
import type { AgentPort, Clock, Random, SlackPort } from '../ports.ts';

export interface CallDeps {
  readonly agent: AgentPort;
  readonly slack: SlackPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly pace: (signal: AbortSignal) => Promise<void>;
  readonly settings: Pick<Settings, 'maxContextChars'>;
}

export interface CallHost {
  readonly thread: ThreadRef;
  readonly signal: AbortSignal;
  /** Rejects where the lease would not outlive the call: nothing has been started then. */
  guard(): void;
  /** Resolves with true when the session's stream is attached, with false when it will not be. */
  attached(): Promise<boolean>;
  relist(): Promise<void>;
}

type AgentEffect = Exclude<
  Effect,
  { do: 'tell' | 'tell-direct' | 'note-session' | 'list-outputs' | 'begin' | 'find-approvers' }
>;

export function failureOf(error: unknown): Failure {
  const kind = classify(error);
  if (!(error instanceof PortError)) return { kind, code: 'internal' };
  const { code, retryAfterMs } = error;
  return retryAfterMs === undefined ? { kind, code } : { kind, code, retryAfterMs };
}

/** A refusal that only an operator can lift is waited out for so long where something is under way, ms. */
const REFUSED_MS = 50_000;

/** Repeats a read while it may still answer; one that is refused for good for `refusedMs`. */
async function read<T>(deps: CallDeps, host: CallHost, work: () => Promise<T>, refusedMs = 0): Promise<T> {
  const began = deps.clock.monotonic();
  const pause = backoff({ minMs: 300, maxMs: 10_000, random: deps.random.fraction });
  for (;;) {
    host.signal.throwIfAborted();
    await deps.pace(host.signal);
    try {
      return await work();
    } catch (error) {
      const { kind, retryAfterMs } = failureOf(error);
      const mayPass = kind === 'fatal' && deps.clock.monotonic() - began < refusedMs;
      if (kind !== 'retry' && kind !== 'unknown' && !mayPass) throw error;
      await delay(pause.next(retryAfterMs), host.signal, deps.clock);
    }
  }
}

interface Asked<T> {
  readonly answer: T;
  /** Unix ms. */
  readonly at: number;
}

/** An answer says what was when it was asked for, however long it was under way. */
function asked<T>({ clock }: CallDeps, work: () => Promise<T>): () => Promise<Asked<T>> {
  return async () => {
    const at = clock.now();
    return { answer: await work(), at };
  };
}

/** One write: guarded by the lease, its start noted for the settling of doubt. */
async function write(
  deps: CallDeps,
  host: CallHost,
  act: Act,
  work: () => Promise<ProcessInput>,
  failed: (failure: Failure, at: number) => ProcessInput,
): Promise<ProcessInput> {
  failpoint(`before ${act}`);
  // With nothing left to wait for before the call: who was frozen meanwhile writes nothing.
  host.guard();
  const at = deps.clock.now();
  try {
    const outcome = await lookingLast(() => host.guard(), work);
    failpoint(`after ${act}`);
    return outcome;
  } catch (error) {
    return failed(failureOf(error), at);
  }
}

const LOOKED_FOR = ['user.message', 'user.interrupt', 'user.tool_confirmation', 'user.custom_tool_result'];

/** Effects that write to a service: their intent is saved first (I4). */
export function isWrite(effect: Effect): boolean {
  return ['create', 'send', 'interrupt', 'answer', 'raise', 'archive', 'begin'].includes(effect.do);
}

/** Reads that go on until they are answered, and are asked for again and again: one of a kind at a time is enough. */
export function isPatient(effect: Effect): boolean {
  return ['look', 'find', 'check'].includes(effect.do);
}

/** Whether nothing is lost where its answer is not waited for: who holds the thread next asks again. */
export function isRead(effect: Effect): boolean {
  return isPatient(effect) || ['relist', 'recall', 'find-approvers'].includes(effect.do);
}

/** Runs one effect. Rejects only when the lease or the signal ends it; then nobody waits for an outcome. */
export async function runCall(
  deps: CallDeps,
  host: CallHost,
  effect: AgentEffect,
): Promise<ProcessInput | undefined> {
  const outcome = await call(deps, host, effect);
  const from = effect.do !== 'recall' && 'session' in effect ? effect.session : undefined;
  return outcome && from !== undefined ? { ...outcome, from } : outcome;
}

async function call(deps: CallDeps, host: CallHost, effect: AgentEffect): Promise<ProcessInput | undefined> {
  const { agent } = deps;
  switch (effect.do) {
    case 'recall':
      return around('recall', () => recall(deps, host, effect));
    case 'create':
      return write(
        deps,
        host,
        'agent.create',
        async () => {
          const { gen, title, of, budgetCents } = effect;
          const wanted = { title, thread: host.thread, gen, of, budgetUsd: budgetCents / 100 };
          const session = await agent.create(wanted);
          return { kind: 'created', gen, session };
        },
        (failure, at) => ({ kind: 'create-failed', gen: effect.gen, failure, at }),
      );
    case 'find':
      return orReadFailed('find', async () => {
        const look = asked(deps, () => agent.find(host.thread, effect.gen, effect.of));
        const { answer: session, at } = await around('agent.find', () => read(deps, host, look));
        return { kind: 'found', gen: effect.gen, session, at };
      });
    case 'send':
      if (await attachedInTime(deps, host)) return send(deps, host, effect);
      return {
        kind: 'send-failed',
        marks: effect.marks,
        at: deps.clock.now(),
        failure: { kind: 'retry', code: 'not_attached' },
      };
    case 'interrupt':
      return write(
        deps,
        host,
        'agent.interrupt',
        async () => {
          const interrupt = [{ type: 'user.interrupt' }] as const;
          await agent.send(effect.session, interrupt);
          return { kind: 'interrupted' };
        },
        (failure, at) => ({ kind: 'interrupt-failed', failure, at }),
      );
    case 'answer':
      return write(
        deps,
        host,
        'agent.answer',
        async () => {
          await agent.send(effect.session, effect.events);
          return { kind: 'answers-sent', ids: effect.ids };
        },
        (failure, at) => ({ kind: 'answers-failed', ids: effect.ids, failure, at }),
      );
    case 'raise':
      // It runs on by itself: who reads along is there before.
      if (!(await attachedInTime(deps, host)))
        return { kind: 'raise-failed', failure: { kind: 'retry', code: 'not_attached' } };
      return write(
        deps,
        host,
        'agent.raise',
        async () => {
          await agent.raiseBudget(effect.session, effect.cents);
          return { kind: 'raised' };
        },
        (failure) => ({ kind: 'raise-failed', failure }),
      );
    case 'look':
      return orReadFailed('look', async () => {
        const types = LOOKED_FOR;
        const look = asked(deps, () => agent.history(effect.session, { types }));
        const { answer: events, at } = await around('agent.look', () => read(deps, host, look, REFUSED_MS));
        return { kind: 'looked', events, at };
      });
    case 'check':
      return orReadFailed('check', async () => {
        await read(deps, host, () => host.relist(), REFUSED_MS);
        const ask = (): ReturnType<AgentPort['status']> => agent.status(effect.session);
        const status = await around('agent.check', () => read(deps, host, ask, REFUSED_MS));
        return { kind: 'checked', status };
      });
    case 'relist':
      return orReadFailed('check', async () => {
        await read(deps, host, () => host.relist(), REFUSED_MS);
        return undefined;
      });
    case 'archive':
      return archive(deps, host, effect.session);
  }
}

async function orReadFailed(
  what: 'look' | 'feed' | 'find' | 'check',
  work: () => Promise<ProcessInput | undefined>,
): Promise<ProcessInput | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { kind: 'read-failed', what, failure: failureOf(error) };
  }
}

/** A message does not wait for its stream longer than this, ms: people are told that nobody answers. */
const ATTACH_MS = 15_000;

function attachedInTime({ clock }: CallDeps, host: CallHost): Promise<boolean> {
  return withTimeout('attaching', ATTACH_MS, () => host.attached(), host.signal, clock).catch(() => false);
}

async function send(
  deps: CallDeps,
  host: CallHost,
  effect: Extract<Effect, { do: 'send' }>,
): Promise<ProcessInput> {
  const { marks, events, session } = effect;
  return write(
    deps,
    host,
    'agent.send',
    async () => {
      const sent = await deps.agent.send(session, events);
      const ids = sent.slice(-marks.length).map((event) => event.id);
      return { kind: 'sent', marks, ids };
    },
    (failure, at) => ({ kind: 'send-failed', marks, failure, at }),
  );
}

/** Archives what rests. The service reports idle a little before it lets an archive pass: asked again for two seconds. */
async function archive(deps: CallDeps, host: CallHost, session: string): Promise<ProcessInput> {
  const failed = (failure: Failure): ProcessInput => ({ kind: 'archive-failed', failure });
  for (let tries = 0; ; tries += 1) {
    try {
      const status = await deps.agent.status(session);
      if (status === 'terminated') return { kind: 'archived' };
      if (status === 'idle') {
        await around('archive', async () => {
          host.guard();
          await deps.agent.archive(session);
        });
        return { kind: 'archived' };
      }
      if (tries >= ARCHIVE_TRIES) return failed({ kind: 'refused', code: 'session_running' });
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      const failure = failureOf(error);
      if (failure.kind === 'gone') return { kind: 'archived' };
      if (failure.code !== 'session_running' || tries >= ARCHIVE_TRIES) return failed(failure);
    }
    await delay(200, host.signal, deps.clock);
  }
}

const ARCHIVE_TRIES = 10;

/** The old session's own history first; where it is gone, what Slack still shows. */
async function recall(
  deps: CallDeps,
  host: CallHost,
  effect: Extract<Effect, { do: 'recall' }>,
): Promise<ProcessInput> {
  const { session, before } = effect;
  const lines =
    (session === undefined ? undefined : await fromSession(deps, host, session, effect.until)) ??
    (await fromSlack(deps, host, effect));
  if (!lines) return { kind: 'recalled', before, text: '', messages: 0, leftOut: 0, missing: true };
  const head = session === undefined && effect.thread === undefined ? JOINED : RESUMED;
  const told = transcript(lines, head, deps.settings.maxContextChars);
  const files = filesOf(lines, told.messages);
  return { kind: 'recalled', before, ...told, missing: false, ...(files.length > 0 ? { files } : {}) };
}

/** How often a recall is tried: what was said before is worth a little waiting, not a standstill. */
const RECALL_TRIES = 3;

async function tries<T>(deps: CallDeps, host: CallHost, work: () => Promise<T>): Promise<T | undefined> {
  for (let tried = 1; ; tried += 1) {
    host.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const { kind, retryAfterMs } = failureOf(error);
      if ((kind !== 'retry' && kind !== 'unknown') || tried >= RECALL_TRIES) return undefined;
      await delay(Math.min(retryAfterMs ?? 500 * tried, 5_000), host.signal, deps.clock);
    }
  }
}

async function fromSession(
  deps: CallDeps,
  host: CallHost,
  session: string,
  until: number | undefined,
): Promise<readonly Line[] | undefined> {
  const types = ['user.message', 'agent.message'];
  const events: readonly AgentEvent[] | undefined = await tries(deps, host, () =>
    deps.agent.history(session, { types }),
  );
  const isEarlier = ({ at }: AgentEvent): boolean => at !== null && Date.parse(at) <= (until ?? Infinity);
  return events && linesOfSession(until === undefined ? events : events.filter(isEarlier));
}

async function fromSlack(
  deps: CallDeps,
  host: CallHost,
  { before, except, thread = host.thread }: Extract<Effect, { do: 'recall' }>,
): Promise<readonly Line[] | undefined> {
  const messages = await tries(deps, host, () => deps.slack.earlier(thread, before, 200));
  const meant = messages?.filter(({ own, text, ts }) => ts !== except && (own || !isAside(text)));
  return meant?.map(({ own, name, user, ts, text, files }) => ({
    who: own ? 'you (the agent)' : name || user,
    ...(own ? {} : { user }),
    ts,
    text,
    ...(own || files === undefined ? {} : { files }),
  }));
}
