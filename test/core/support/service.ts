/** A Managed Agents session as the documentation describes it, small enough to be run a million times. */
import type { AgentEvent, Mark, OutgoingEvent, StopReason } from '../../../src/core/agent-event.ts';
import type { Failure } from '../../../src/core/state.ts';
import { parseMark } from '../../../src/core/mark.ts';

type Fields<T> = T extends AgentEvent ? Omit<T, 'id' | 'at'> : never;

interface Queued {
  readonly id: string;
  readonly text: string;
  readonly mark: Mark;
}

export class ServiceSession {
  readonly id: string;
  readonly gen: number;
  /** What has been processed, in order: what a listing shows. */
  readonly log: AgentEvent[] = [];
  /** What the stream brought, in order. */
  readonly feed: AgentEvent[] = [];
  /** Marks of what people sent and was processed, and all texts of it. */
  readonly taken: Mark[] = [];
  readonly words: string[] = [];
  queue: Queued[] = [];
  running = false;
  over = false;
  /** A run died, and what was queued went with it. */
  died = false;
  pending: string[] = [];
  interrupts = 0;
  /** US cents: what it has cost, as it says before each idle, and what it may cost. */
  cost = 0;
  budget = 1_000;
  /** It waits for a higher budget. */
  spent = false;
  private events = 0;

  constructor(id: string, gen: number) {
    this.id = id;
    this.gen = gen;
  }

  get status(): 'idle' | 'running' | 'terminated' {
    return this.over ? 'terminated' : this.running ? 'running' : 'idle';
  }

  get texts(): readonly string[] {
    return this.log.flatMap((event) => (event.type === 'agent.message' ? [event.text] : []));
  }

  /** A listing: what is queued has no time yet and stands at the end. */
  list(): readonly AgentEvent[] {
    return [...this.log, ...this.queue.map((queued) => this.echo(queued, null))];
  }

  private newId(): string {
    this.events += 1;
    return `${this.id}.${this.events}`;
  }

  private moment(): string {
    return new Date(1_790_000_000_000 + this.log.length * 10 + this.gen * 1_000_000).toISOString();
  }

  private emit(fields: Fields<AgentEvent>, id = this.newId()): string {
    const event = { ...fields, id, at: this.moment() } as AgentEvent;
    this.log.push(event);
    this.feed.push(event);
    return id;
  }

  private echo({ id, text, mark }: Queued, at: string | null): AgentEvent {
    return { type: 'user.message', id, at, text, mark };
  }

  private idle(reason: StopReason): void {
    this.running = false;
    this.interrupts = 0;
    this.cost += 7;
    this.emit({
      type: 'session.usage',
      usage: { inputTokens: 10, outputTokens: 10, listCostCents: this.cost },
      budgetCents: this.budget,
    });
    this.emit({ type: 'session.status_idle', reason });
  }

  /** All or nothing, as `events.send` is. */
  send(events: readonly OutgoingEvent[]): Failure | undefined {
    if (this.over) return { kind: 'gone', code: 'session_archived' };
    const messages = events.some(({ type }) => type === 'user.message');
    if (messages && this.pending.length > 0) return { kind: 'refused', code: 'requires_action' };
    if (messages && this.spent) return { kind: 'refused', code: 'budget_reached' };
    const answers = events.flatMap((event) =>
      event.type === 'user.tool_confirmation' ? [event.toolUseId] : [],
    );
    if (answers.some((id) => !this.pending.includes(id)))
      return { kind: 'refused', code: 'invalid_request_error' };
    for (const event of events) this.accept(event);
    return undefined;
  }

  /** `sessions.update`: the same budget twice is one. */
  raise(cents: number): Failure | undefined {
    if (this.over) return { kind: 'gone', code: 'session_archived' };
    if (cents <= this.cost) return { kind: 'refused', code: 'budget_not_raised' };
    this.budget = cents;
    if (!this.spent) return undefined;
    this.spent = false;
    this.run();
    return undefined;
  }

  private accept(event: OutgoingEvent): void {
    if (event.type === 'user.message') {
      const mark = parseMark(event.texts.at(-1) ?? '');
      if (!mark) throw new Error(`a message without a mark: ${event.texts.join('|')}`);
      const queued = { id: this.newId(), text: event.texts.slice(0, -1).join('\n'), mark };
      this.queue.push(queued);
      this.feed.push(this.echo(queued, null));
    } else if (event.type === 'user.interrupt') this.interrupt();
    else if (event.type === 'user.tool_confirmation') this.confirm(event.toolUseId, event.result);
  }

  private interrupt(): void {
    if (this.running) this.interrupts += 1;
    if (!this.running && this.pending.length === 0) return;
    this.emit({ type: 'user.interrupt' });
    for (const toolUseId of this.pending) this.emit({ type: 'agent.tool_result', toolUseId, isError: true });
    this.pending = [];
    this.idle({ type: 'end_turn' });
  }

  private confirm(toolUseId: string, result: 'allow' | 'deny'): void {
    this.emit({ type: 'user.tool_confirmation', toolUseId, result });
    this.pending = this.pending.filter((id) => id !== toolUseId);
    if (this.pending.length > 0) {
      this.idle({ type: 'requires_action', eventIds: this.pending });
      return;
    }
    this.run();
    this.emit({ type: 'agent.tool_result', toolUseId, isError: result === 'deny' });
  }

  private run(): void {
    this.running = true;
    this.emit({ type: 'session.status_running' });
  }

  private take(): void {
    const [first, ...rest] = this.queue;
    if (!first) return;
    this.queue = rest;
    const event = { ...this.echo(first, this.moment()) };
    this.log.push(event);
    this.feed.push(event);
    this.taken.push(first.mark);
    this.words.push(first.text);
  }

  /** The agent does something; what, is chosen by the number. */
  act(choice: number): void {
    if (this.over || this.pending.length > 0 || this.spent) return;
    if (!this.running) {
      if (this.queue.length === 0) return;
      this.run();
      this.take();
      return;
    }
    switch (choice % 20) {
      case 0:
      case 1:
      case 2:
      case 16:
      case 17:
      case 18:
      case 19:
        this.emit({ type: 'agent.message', text: `${this.id} text ${this.log.length}` });
        break;
      case 3:
      case 4:
        this.take();
        break;
      case 5:
        this.ask(1);
        break;
      case 6:
        this.ask(2);
        break;
      case 7:
        this.die();
        break;
      case 8:
        this.idle({ type: 'refusal', category: null, explanation: null });
        break;
      case 9:
        this.end(choice);
        break;
      case 10:
        this.spent = true;
        this.cost = Math.max(this.cost, this.budget);
        this.idle({ type: 'budget_reached' });
        break;
      default:
        this.idle({ type: 'end_turn' });
    }
  }

  private ask(tools: number): void {
    this.pending = Array.from({ length: tools }, (_, at) =>
      this.emit({ type: 'agent.tool_use', tool: 'builtin', name: `tool${at}`, input: {}, permission: 'ask' }),
    );
    this.idle({ type: 'requires_action', eventIds: this.pending });
  }

  /** `retries_exhausted`: what is queued is flushed. */
  private die(): void {
    const error = { type: 'unknown_error', message: '', retry: 'exhausted' } as const;
    this.emit({ type: 'session.error', error });
    this.queue = [];
    this.died = true;
    this.idle({ type: 'retries_exhausted' });
  }

  private end(choice: number): void {
    if (choice % 3 !== 0) {
      this.idle({ type: 'end_turn' });
      return;
    }
    this.running = false;
    this.over = true;
    this.emit({ type: 'session.status_terminated' });
  }
}
