/**
 * `events.send`: everything in one request is accepted, or nothing is.
 *
 * There is no idempotency key on this endpoint, so the same body sent twice is two messages.
 */
import { newId } from './ids.ts';
import { fileOf } from './outputs.ts';
import { invalid, Problem } from './problem.ts';
import { openOutcome } from './progress.ts';
import type { Sendable } from './schema-events.ts';
import type { Session } from './session.ts';
import { pending } from './status.ts';
import { answered, interrupt, wake } from './turn.ts';
import type { Call, Json, SessionEvent } from './types.ts';

const ANSWERS: ReadonlySet<string> = new Set([
  'user.tool_confirmation',
  'user.custom_tool_result',
  'user.tool_result',
  'user.interrupt',
]);
const CALL_EVENTS: ReadonlySet<string> = new Set([
  'agent.tool_use',
  'agent.mcp_tool_use',
  'agent.custom_tool_use',
]);
/** Models that take a system message in the middle of a conversation. */
const MID_SYSTEM = /opus-(4-8|5)|sonnet-5-5|haiku-5-5|fable|mythos/;

/** @throws Problem where any of the events may not be sent now; then none was. */
export function check(session: Session, events: readonly Sendable[]): void {
  checkOpen(session);
  checkDocuments(events);
  checkFiles(session, events);
  const seen = new Set<string>();
  for (const [index, event] of events.entries()) {
    const at = `events[${index}]`;
    checkAllowedNow(session, event, at);
    checkAnswer(session, event, at, seen);
    checkOther(session, events, event, index);
  }
}

function checkOpen(session: Session): void {
  if (session.state.status !== 'terminated') return;
  const what = session.state.archived_at === null ? 'terminated' : 'archived';
  throw new Problem(session.world.settings.closedSendStatus, `Session ${session.id} has been ${what}.`);
}

/** At most 100 documents by file a request. */
export function checkDocuments(events: readonly Sendable[]): void {
  const blocks = events.flatMap((event) => (event.type === 'user.message' ? event.content : []));
  const files = blocks.filter((block) => block.type === 'document' && block.source.type === 'file');
  if (files.length > 100) throw invalid('at most 100 file documents are allowed in a request');
}

/** Files that are shown are there, and of a kind that can be (platform.claude.com/docs/build-with-claude/files). */
function checkFiles(session: Session, events: readonly Sendable[]): void {
  const blocks = events.flatMap((event) => (event.type === 'user.message' ? event.content : []));
  for (const block of blocks) {
    if (block.type === 'text' || block.source.type !== 'file') continue;
    const { file_id } = block.source;
    const doc = session.world.docs.file.get(file_id);
    if (!doc) throw invalid(`File not found: ${file_id}`);
    const mime = String(fileOf(doc).metadata['mime_type']);
    const fits = block.type === 'image' ? PICTURES.has(mime) : DOCUMENTS.has(mime);
    if (!fits) throw invalid(`${file_id} (${mime}) cannot be used in a ${block.type} block`);
  }
}

const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const DOCUMENTS: ReadonlySet<string> = new Set(['application/pdf', 'text/plain']);

function checkAllowedNow(session: Session, event: Sendable, at: string): void {
  const { state, world } = session;
  if (ANSWERS.has(event.type)) return;
  if (state.stop?.type === 'budget_reached') {
    throw invalid(
      `Invalid ${event.type} event at ${at}: the session has reached its budget; only user.tool_confirmation, ` +
        'user.tool_result, user.custom_tool_result, user.interrupt may be sent',
      'budget_reached',
    );
  }
  const open = pending(session).map((call) => call.eventId);
  const settling = world.clock.now() - state.answeredAt < world.settings.answerLagMs;
  if (open.length === 0 && !settling) return;
  if (event.type === 'system.message' && open.length > 0) return;
  throw invalid(
    `Invalid ${event.type} event at ${at}: waiting on responses to events [${open.join(', ')}]; only ` +
      '`user.tool_confirmation`, `user.custom_tool_result`, `user.tool_result`, or `user.interrupt` may be sent',
  );
}

function checkAnswer(session: Session, event: Sendable, at: string, seen: Set<string>): void {
  const id = answeredId(event);
  if (id === null) return;
  const call = pending(session).find((other) => other.eventId === id);
  if (!call || seen.has(id) || !fits(call, event))
    throw invalid(`Invalid ${event.type} event at ${at}: ${why(session, id, event)}`);
  seen.add(id);
  if (
    event.type === 'user.tool_confirmation' &&
    event.result === 'allow' &&
    typeof event.deny_message === 'string'
  ) {
    throw invalid(`Invalid ${event.type} event at ${at}: deny_message is only allowed with result "deny"`);
  }
}

function answeredId(event: Sendable): string | null {
  if (event.type === 'user.tool_confirmation' || event.type === 'user.tool_result') return event.tool_use_id;
  return event.type === 'user.custom_tool_result' ? event.custom_tool_use_id : null;
}

function fits(call: Call, event: Sendable): boolean {
  if (event.type === 'user.tool_confirmation') return call.needs === 'confirmation';
  return call.needs === (event.type === 'user.tool_result' ? 'tool_result' : 'custom_result');
}

function why(session: Session, id: string, event: Sendable): string {
  const known = session.log.get(id);
  if (!known || !CALL_EVENTS.has(known.type)) return `no tool use with id ${id}`;
  if (known['evaluated_permission'] === 'deny') return `tool use ${id} was denied by its permission policy`;
  if (event.type === 'user.tool_result' && !session.fixed.selfHosted) {
    return 'user.tool_result is only valid on self_hosted environments';
  }
  return `tool use ${id} is not waiting for a ${event.type}`;
}

function checkOther(session: Session, events: readonly Sendable[], event: Sendable, index: number): void {
  const at = `events[${index}]`;
  if (event.type === 'user.interrupt' && typeof event.session_thread_id === 'string') {
    const known = session.state.threads.some((thread) => thread.id === event.session_thread_id);
    if (!known) throw invalid(`Invalid user.interrupt event at ${at}: unknown session_thread_id`);
  }
  if (event.type === 'user.define_outcome') {
    const several = events.filter((other) => other.type === 'user.define_outcome').length > 1;
    if (several || openOutcome(session))
      throw invalid(`Invalid user.define_outcome event at ${at}: one outcome at a time`);
  }
  if (event.type === 'system.message') checkSystem(session, events, index);
}

function checkSystem(session: Session, events: readonly Sendable[], index: number): void {
  const before = events[index - 1]?.type;
  const accompanies =
    before === 'user.message' || before === 'user.tool_result' || before === 'user.custom_tool_result';
  if (index !== events.length - 1 || !accompanies) {
    throw invalid(
      `Invalid system.message event at events[${index}]: it must be the last event and follow the message or result it accompanies`,
    );
  }
  if (!MID_SYSTEM.test(session.model)) {
    throw invalid(
      `${session.model} does not support system messages`,
      'model_does_not_support_mid_conversation_system',
    );
  }
}

/** Takes checked events in, in their order, and returns them as they are echoed to the sender. */
export function accept(session: Session, events: readonly Sendable[]): SessionEvent[] {
  const echoes = events.map((event) => acceptOne(session, event));
  if (events.some((event) => answeredId(event) !== null)) {
    session.state.answeredAt = session.world.clock.now();
    session.touch('state');
    if (session.state.interrupts.length === 0) answered(session);
  }
  wake(session);
  return echoes;
}

function acceptOne(session: Session, event: Sendable): SessionEvent {
  const { type, ...fields } = event;
  switch (event.type) {
    case 'user.message':
    case 'system.message':
      return enqueue(session, type, fields);
    case 'user.interrupt':
      return acceptInterrupt(session, fields);
    case 'user.define_outcome':
      return acceptOutcome(session, event);
    case 'user.tool_confirmation':
      record(session, event.tool_use_id, event.result, event.deny_message ?? '');
      return confirmed(session, fields);
    default:
      record(session, answeredId(event) ?? '', event.is_error ? 'deny' : 'allow', textOf(event.content));
      return session.emit(type, fields);
  }
}

function enqueue(session: Session, type: string, fields: Json): SessionEvent {
  const event = session.receive(type, fields);
  session.state.queue.push(event.id);
  session.touch('state');
  return event;
}

function acceptInterrupt(session: Session, fields: Json): SessionEvent {
  if (session.state.stop?.type === 'budget_reached') {
    // Accepted and ignored there; it never shows in the history.
    return { type: 'user.interrupt', id: newId('sevt'), ...fields, processed_at: null };
  }
  const event = session.receive('user.interrupt', fields);
  interrupt(session, event.id);
  return event;
}

function acceptOutcome(
  session: Session,
  event: Extract<Sendable, { type: 'user.define_outcome' }>,
): SessionEvent {
  const { type, ...fields } = event;
  const outcomeId = newId('outc');
  session.state.outcomes.push({
    outcome_id: outcomeId,
    description: event.description,
    max_iterations: event.max_iterations ?? 3,
    iteration: 0,
    result: 'pending',
    explanation: null,
    completed_at: null,
  });
  const echo = session.emit(type, {
    ...fields,
    outcome_id: outcomeId,
    max_iterations: event.max_iterations ?? 3,
  });
  session.state.queue.push(echo.id);
  session.touch('state');
  return echo;
}

function confirmed(session: Session, fields: Json): SessionEvent {
  const type = 'user.tool_confirmation';
  if (session.world.settings.askEcho === 'processed') return session.emit(type, fields);
  const event = session.receive(type, fields);
  session.settle(event.id);
  return event;
}

function record(session: Session, id: string, verdict: 'allow' | 'deny', text: string): void {
  const call = pending(session).find((other) => other.eventId === id);
  if (!call) return;
  session.state.answers[call.key] = { verdict, text };
  if (
    call.needs === 'confirmation' &&
    verdict === 'allow' &&
    call.kind === 'tool' &&
    session.fixed.selfHosted
  ) {
    // Allowed, but the client's own sandbox has to run it.
    session.state.calls = session.state.calls.map((other) =>
      other === call ? { ...call, needs: 'tool_result' } : other,
    );
    return;
  }
  call.answer = { verdict, text };
}

function textOf(content: readonly { readonly type: string }[] | null | undefined): string {
  const texts = (content ?? []).flatMap((block) =>
    'text' in block && typeof block.text === 'string' ? [block.text] : [],
  );
  return texts.join('\n');
}
