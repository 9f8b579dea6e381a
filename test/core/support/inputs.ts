/** Inputs, people and events for tests of the actor. */
import type { AgentEvent, Mark, StopReason } from '../../../src/core/agent-event.ts';
import type {
  AnswerInput,
  Attributed,
  CommandInput,
  EditInput,
  MessageInput,
  Person,
  StopVia,
  TimerName,
  TuneInput,
} from '../../../src/core/event.ts';
import type { Failure } from '../../../src/core/state.ts';

export const THREAD = { team: 'T1', channel: 'C1', ts: '1790000000.000100' } as const;
export const ADA: Person = { user: 'UADA', name: 'Ada', role: 'member' };
export const GRACE: Person = { user: 'UGRACE', name: 'Grace', role: 'member' };
export const GUEST: Person = { user: 'UGUEST', name: 'Gus', role: 'guest' };
export const NOBODY: Person = { user: 'UWHO', name: 'UWHO', role: 'unknown' };

/** The `ts` of the thread's nth message; 1 is its root. */
export function tsOf(n: number): string {
  return `1790000000.${String(n * 100).padStart(6, '0')}`;
}

export function says(
  n: number,
  text: string,
  author: Person = ADA,
  over: Partial<MessageInput> = {},
): Attributed {
  const input: MessageInput = {
    kind: 'message',
    ts: tsOf(n),
    user: author.user,
    text,
    files: [],
    addressed: true,
    urgent: false,
    surface: 'channel',
    inThread: n !== 1,
    ...over,
  };
  return { input, author };
}

/** The bot is called into a thread that people had begun. */
export function calls(n: number, text: string, author: Person = ADA): Attributed {
  return says(n, text, author, { addressed: true });
}

export function urges(n: number, text: string, author: Person = ADA): Attributed {
  return says(n, text, author, { urgent: true });
}

export function edits(
  n: number,
  text: string,
  author: Person = ADA,
  over: Partial<EditInput> = {},
): Attributed {
  const { user } = author;
  return {
    input: { kind: 'edit', ts: tsOf(n), user, text, urgent: false, surface: 'channel', ...over },
    author,
  };
}

export function deletes(n: number, author: Person = ADA): Attributed {
  return { input: { kind: 'withdraw', ts: tsOf(n), user: author.user }, author };
}

export function redoes(token: string, author: Person = ADA): Attributed {
  return { input: { kind: 'redo', user: author.user, token }, author };
}

export function tunes(
  wanted: TuneInput['wanted'],
  author: Person = ADA,
  shown?: TuneInput['shown'],
): Attributed {
  const { user } = author;
  return { input: { kind: 'tune', user, wanted, ...(shown ? { shown } : {}) }, author };
}

export function stops(author: Person = ADA, via: StopVia = 'button'): Attributed {
  return { input: { kind: 'stop', user: author.user, via }, author };
}

export function commands(name: CommandInput['name'], author: Person = ADA): Attributed {
  return { input: { kind: 'command', user: author.user, name }, author };
}

export function answers(token: string, verdict: AnswerInput['verdict'], author: Person = ADA): Attributed {
  return { input: { kind: 'answer', user: author.user, token, verdict }, author };
}

/** The thread was read, and nothing stood in it before. */
export const NOTHING_RECALLED = {
  kind: 'recalled',
  before: '1790000000.009900',
  messages: 0,
  leftOut: 0,
  missing: false,
  text: '',
} as const;

export function timer(name: TimerName, id: number): Attributed {
  return { input: { kind: 'timer', name, id } };
}

export const RETRY: Failure = { kind: 'retry', code: 'rate_limit_error' };
export const UNKNOWN: Failure = { kind: 'unknown', code: 'timeout' };
export const GONE: Failure = { kind: 'gone', code: 'not_found_error' };
export const FATAL: Failure = { kind: 'fatal', code: 'authentication_error' };
export const refused = (code: string): Failure => ({ kind: 'refused', code });

export function markOf(n: number, author: Person = ADA, resent = 1): Mark {
  const { user, name, role } = author;
  return { ts: tsOf(n), channel: THREAD.channel, user, name, role, n: resent };
}

/** Events of a session, each a millisecond later than the one before. */
export class Events {
  private moment = Date.parse('2026-11-20T10:00:00Z');
  private no = 0;

  private next(): { id: string; at: string } {
    this.no += 1;
    this.moment += 1;
    return { id: `sevt_${this.no}`, at: new Date(this.moment).toISOString() };
  }

  running(): AgentEvent {
    return { type: 'session.status_running', ...this.next() };
  }
  idle(reason: StopReason = { type: 'end_turn' }): AgentEvent {
    return { type: 'session.status_idle', ...this.next(), reason };
  }
  asks(...eventIds: string[]): AgentEvent {
    return this.idle({ type: 'requires_action', eventIds });
  }
  text(text: string): Extract<AgentEvent, { type: 'agent.message' }> {
    return { type: 'agent.message', ...this.next(), text };
  }
  queued(mark: Mark, text = 'words'): Extract<AgentEvent, { type: 'user.message' }> {
    return { type: 'user.message', id: this.next().id, at: null, text, mark };
  }
  taken(mark: Mark, id?: string): AgentEvent {
    const next = this.next();
    return { type: 'user.message', ...next, ...(id === undefined ? {} : { id }), text: 'words', mark };
  }
  interrupt(): AgentEvent {
    return { type: 'user.interrupt', ...this.next() };
  }
  tool(
    name: string,
    over: Partial<Extract<AgentEvent, { type: 'agent.tool_use' }>> = {},
  ): Extract<AgentEvent, { type: 'agent.tool_use' }> {
    return {
      type: 'agent.tool_use',
      ...this.next(),
      tool: 'builtin',
      name,
      input: { command: 'ls' },
      permission: 'allow',
      ...over,
    };
  }
  result(toolUseId: string, isError = false): AgentEvent {
    return { type: 'agent.tool_result', ...this.next(), toolUseId, isError };
  }
  confirmed(toolUseId: string, result: 'allow' | 'deny' = 'allow'): AgentEvent {
    return { type: 'user.tool_confirmation', ...this.next(), toolUseId, result };
  }
  error(type: string, retry: 'retrying' | 'exhausted' | 'terminal' = 'retrying'): AgentEvent {
    return { type: 'session.error', ...this.next(), error: { type, message: type, retry } };
  }
  requestEnd(isError = false): AgentEvent {
    const usage = { inputTokens: 1, outputTokens: 1 };
    return { type: 'span.model_request_end', ...this.next(), isError, usage };
  }
  terminated(): AgentEvent {
    return { type: 'session.status_terminated', ...this.next() };
  }
  deleted(): AgentEvent {
    return { type: 'session.deleted', ...this.next() };
  }
  other(): AgentEvent {
    return { type: 'other', ...this.next(), name: 'agent.of_tomorrow' };
  }
}
