/**
 * What each step of a script does to its session. Every effect says how the turn goes on; `turn.ts` alone moves
 * the position, so that a step is either done and passed, or not done.
 */
import { addOutput } from './outputs.ts';
import { toolUse } from './calls.ts';
import { charge, reached, tokensToSpend } from './money.ts';
import { evaluate, report, spawn } from './progress.ts';
import { steer } from './script.ts';
import type { Session } from './session.ts';
import { idle, pending, requiresAction, rescheduled, run, terminated } from './status.ts';
import { heard, takeQueued } from './queue.ts';
import type { Json, Op, StopReason } from './types.ts';

export type After =
  | 'next'
  /** The script was rewritten at the current position. */
  | 'again'
  /** The turn waits for a client, at the current position. */
  | 'waiting'
  /** The turn waits for a client, behind the current step. */
  | 'paused'
  | 'over'
  | { readonly finish: StopReason; readonly details: Json | null };

type OpOf<K extends Op['op']> = Extract<Op, { op: K }>;

const effects: { readonly [K in Op['op']]: (session: Session, op: OpOf<K>) => After } = {
  request: (session) => (joinQueued(session) ? 'again' : openRequest(session)),
  think: (session) => passed(session.emit('agent.thinking', {}, session.position.openId ?? undefined)),
  say,
  use: (session, op) => passed(toolUse(session, op)),
  end: closeRequest,
  await: awaitAnswers,
  result,
  branch,
  error: fail,
  run: (session) => passed(run(session)),
  idle: (_, op) => ({ finish: op.stop ?? { type: 'end_turn' }, details: op.details ?? null }),
  spawn: (session, op) => passed(spawn(session, op)),
  report: (session, op) => passed(report(session, op)),
  evaluate: (session, op) => passed(evaluate(session, op)),
  file: (session, op) => passed(addOutput(session, op)),
  emit: (session, op) => {
    const { type, id, ...fields } = op.event;
    return passed(session.emit(type, fields, typeof id === 'string' ? id : undefined));
  },
  gate: () => 'next',
  terminate: (session, op) => {
    if (op.error)
      session.emit('session.error', { error: { ...op.error, retry_status: { type: 'terminal' } } });
    terminated(session);
    return 'over';
  },
};

export function perform(session: Session, op: Op): After {
  const effect = effects[op.op] as (session: Session, op: Op) => After;
  return effect(session, op);
}

function passed(_done: unknown): After {
  return 'next';
}

function openRequest(session: Session): After {
  const event = session.emit('span.model_request_start');
  session.position.requestId = event.id;
  session.position.chars = 0;
  session.audience = [...session.subscribers];
  return 'next';
}

/** In join mode, what was sent to the running session is taken up before the next model request. */
function joinQueued(session: Session): boolean {
  const first = session.log.get(session.state.queue[0] ?? '');
  // An outcome starts a turn of its own.
  if (session.world.settings.queueMode !== 'join' || !first || first.type === 'user.define_outcome')
    return false;
  const events = takeQueued(session);
  const { at } = session.position;
  const ops = session.ops ?? [];
  const answers = events
    .filter((event) => event.type === 'user.message')
    .flatMap((event) => steer(heard(session, event)));
  session.ops = [...ops.slice(0, at), ...answers, ...ops.slice(at)];
  session.touch('ops');
  return true;
}

function say(session: Session, op: OpOf<'say'>): After {
  const texts = (typeof op.text === 'string' ? [op.text] : op.text).map((text) => fill(session, text));
  const content = texts.map((text) => ({ type: 'text', text }));
  session.emit('agent.message', { content }, session.position.openId ?? undefined);
  session.position.chars += texts.join('').length;
  return 'next';
}

/** `{{answer:key}}` in a text stands for what was answered to that call. */
export function fill(session: Session, text: string): string {
  return text.replaceAll(
    /\{\{answer:([\w-]+)\}\}/g,
    (_, key: string) => session.state.answers[key]?.text ?? '',
  );
}

function closeRequest(session: Session, op: OpOf<'end'>): After {
  const { position, state } = session;
  const spent =
    op.spend === undefined ? 0 : tokensToSpend(state.usage, state.budget, session.model, op.spend);
  const tokens = {
    // The first request reads the instructions and the tools; after that they come from the cache.
    input: state.usage.input === 0 ? 5200 : 300 + session.log.done.length * 3,
    output: 40 + Math.ceil(position.chars / 4) + spent,
    cacheRead: Math.min(60_000, state.usage.input + state.usage.output),
  };
  charge(state.usage, session.model, tokens);
  session.emit('span.model_request_end', {
    model_request_start_id: position.requestId ?? '',
    is_error: op.error ?? false,
    model_usage: {
      input_tokens: tokens.input,
      output_tokens: tokens.output,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: tokens.cacheRead,
    },
  });
  position.requestId = null;
  session.audience = [];
  session.touch('state');
  return reached(state.usage, state.budget) ? budgetReached(session) : 'next';
}

function budgetReached(session: Session): After {
  const next = session.ops?.[session.position.at + 1];
  const done = next === undefined || next.op === 'idle';
  idle(session, { type: 'budget_reached' }, null, { type: done ? 'end_turn' : 'budget_reached' });
  return 'paused';
}

/** The session idles only if an answer is still missing; one that came early lets it run on. */
function awaitAnswers(session: Session): After {
  if (pending(session).length === 0) return 'next';
  for (const call of pending(session)) childIdle(session, call.thread, call.eventId);
  idle(session, requiresAction(session));
  return 'waiting';
}

function childIdle(session: Session, threadId: string | null, eventId: string): void {
  const thread = session.state.threads.find((other) => other.id === threadId && other.status === 'running');
  if (!thread) return;
  thread.status = 'idle';
  session.emit('session.thread_status_idle', {
    session_thread_id: thread.id,
    agent_name: thread.name,
    stop_reason: { type: 'requires_action', event_ids: [eventId] },
    stop_details: null,
  });
}

function result(session: Session, op: OpOf<'result'>): After {
  const call = session.state.calls.find((other) => other.key === op.key);
  if (!call) return 'next';
  session.state.calls = session.state.calls.filter((other) => other !== call);
  session.touch('state');
  // What the client itself produced has no result event of the agent.
  if (call.kind === 'custom' || call.needs === 'tool_result') return 'next';
  const denied = call.answer?.verdict === 'deny';
  const text = denied ? (call.answer?.text ?? '') : fill(session, op.text);
  emitResult(session, call.kind, call.eventId, text, denied || (op.isError ?? false));
  return 'next';
}

export function emitResult(
  session: Session,
  kind: 'tool' | 'mcp' | 'custom',
  id: string,
  text: string,
  isError: boolean,
): void {
  const content = [{ type: 'text', text }];
  if (kind === 'custom') {
    session.emit('user.custom_tool_result', { custom_tool_use_id: id, content, is_error: isError });
  } else if (kind === 'mcp') {
    session.emit('agent.mcp_tool_result', { mcp_tool_use_id: id, content, is_error: isError });
  } else {
    session.emit('agent.tool_result', { tool_use_id: id, content, is_error: isError });
  }
}

function branch(session: Session, op: OpOf<'branch'>): After {
  const { at } = session.position;
  const ops = session.ops ?? [];
  const chosen = session.state.answers[op.key]?.verdict === 'deny' ? op.deny : op.allow;
  session.ops = [...ops.slice(0, at), ...chosen, ...ops.slice(at + 1)];
  session.touch('ops');
  return 'again';
}

function fail(session: Session, op: OpOf<'error'>): After {
  session.emit('session.error', { error: { ...op.error, retry_status: { type: op.retry } } });
  if (op.retry === 'terminal') {
    terminated(session);
    return 'over';
  }
  if (op.retry === 'exhausted') {
    // The service flushes queued inputs here: they stay in history, never processed.
    session.state.queue = [];
    return { finish: { type: 'retries_exhausted' }, details: null };
  }
  rescheduled(session);
  return 'next';
}
