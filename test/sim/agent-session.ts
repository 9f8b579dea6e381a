/**
 * One Managed Agents session: its queue, its runs, its history and its streams. What the agent does in a run is
 * written in the message that starts it (`do:text,tool,ask`), so that a run can be planned and repeated.
 */
import type { AgentEvent, OutgoingEvent, StopReason } from '../../src/core/agent-event.ts';
import { parseMark } from '../../src/core/mark.ts';
import { PortError } from '../../src/errors.ts';
import type { SentEvent } from '../../src/ports.ts';
import type { Departure } from './network.ts';
import { SessionLog, type Fields, type LogOptions } from './agent-log.ts';
import { prose, separator, type Sent, type Text } from './agent-words.ts';

export interface SessionOptions extends LogOptions {
  readonly thread: string;
  readonly gen: number;
  readonly said: (what: string) => void;
  readonly title: string;
  /** The call that made it. */
  readonly made: Departure;
}

export class AgentSession extends SessionLog {
  readonly thread: string;
  readonly gen: number;
  readonly title: string;
  readonly made: Departure;
  readonly sent: Sent[] = [];
  /** Texts the agent wrote, in order. */
  readonly texts: Text[] = [];
  /** How its runs ended, ms of the run of the simulator. */
  readonly ends: { readonly at: number; readonly interrupted: boolean }[] = [];
  running = false;
  over: 'archived' | 'deleted' | 'terminated' | undefined;
  pending: string[] = [];
  /** It takes no message any more. */
  spent = false;
  private readonly said: (what: string) => void;
  /** What `retrieve` says lags behind. */
  private shown: 'idle' | 'running' = 'idle';
  private run = 0;
  private taken: Departure | undefined;
  private words = 0;
  /** Until then a message is still refused as if the session asked. */
  private settling = 0;
  private steps: string[] = [];
  private growing: { readonly id: string; readonly words: readonly string[]; shown: number } | undefined;

  constructor(options: SessionOptions) {
    super(options);
    this.thread = options.thread;
    this.gen = options.gen;
    this.title = options.title;
    this.made = options.made;
    this.said = options.said;
  }

  get status(): 'idle' | 'running' | 'terminated' {
    return this.over ? 'terminated' : this.shown;
  }

  get queued(): readonly Sent[] {
    return this.sent.filter(({ is }) => is === 'queued');
  }

  /** Nothing goes on, and nothing will without somebody. */
  get quiet(): boolean {
    return this.over !== undefined || (!this.running && this.queued.length === 0);
  }

  /** All events in the order of `processed_at`; what is queued has none and stands at the end. */
  list(): readonly AgentEvent[] {
    return [...this.log, ...this.queued.map((one) => this.echo(one, null))];
  }

  // ------------------------------------------------------------------------------------- what is sent to it

  /** `events.send`: all or nothing, in order. */
  accept(events: readonly OutgoingEvent[], left: Departure): readonly SentEvent[] {
    if (this.over)
      throw new PortError({ kind: 'gone', code: this.over === 'deleted' ? 'not_found_error' : 'archived' });
    const asks = this.pending.length > 0 || this.timeline.elapsed < this.settling;
    const [first] = events;
    const interrupts = first?.type === 'user.interrupt';
    if (asks && !interrupts && events.some(({ type }) => type === 'user.message'))
      throw new PortError({ kind: 'refused', code: 'requires_action', status: 400 });
    if (this.spent && events.some(({ type }) => type === 'user.message'))
      throw new PortError({ kind: 'refused', code: 'budget_reached', status: 400 });
    for (const event of events) {
      const answers = event.type === 'user.tool_confirmation' || event.type === 'user.custom_tool_result';
      if (answers && !this.pending.includes(event.toolUseId))
        throw new PortError({ kind: 'refused', code: 'invalid_request_error', status: 400 });
    }
    return events.map((event) => ({ id: this.take(event, left) }));
  }

  private take(event: OutgoingEvent, left: Departure): string {
    switch (event.type) {
      case 'user.message':
        return this.enqueue(event.texts, left);
      case 'user.interrupt':
        return this.interrupt();
      case 'user.tool_confirmation':
        return this.answer(event.toolUseId, event.result === 'deny', {
          type: 'user.tool_confirmation',
          toolUseId: event.toolUseId,
          result: event.result,
        });
      case 'user.custom_tool_result':
        return this.answer(event.toolUseId, event.isError, {
          type: 'user.custom_tool_result',
          toolUseId: event.toolUseId,
        });
    }
  }

  private enqueue(texts: readonly string[], left: Departure): string {
    const mark = parseMark(texts.at(-1) ?? '');
    const one: Sent = {
      id: this.newId(),
      mark,
      texts: texts.slice(0, -1),
      is: 'queued',
      at: this.timeline.elapsed,
      left,
    };
    this.sent.push(one);
    this.tell(this.echo(one, null));
    this.said(`${this.id} queued ${mark?.ts ?? ''}#${mark?.n ?? ''}`);
    if (!this.running && this.pending.length === 0) this.soon(20, 600, () => this.begin());
    return one.id;
  }

  private interrupt(): string {
    if (!this.running && this.pending.length === 0) return '';
    const id = this.newId();
    const { run } = this;
    this.soon(30, 500, () => {
      // Accepted while something ran: what that went on to ask is interrupted as well.
      const asks = this.pending.length > 0 && !this.running;
      if (!this.over && (this.run === run || asks)) this.applyInterrupt(id);
    });
    return id;
  }

  private applyInterrupt(id: string): void {
    this.stopGrowing();
    this.run += 1;
    this.emit({ type: 'user.interrupt' }, id);
    for (const toolUseId of this.pending) this.emit({ type: 'agent.tool_result', toolUseId, isError: true });
    this.pending = [];
    this.idle({ type: 'end_turn' }, true);
  }

  private answer(
    toolUseId: string,
    isError: boolean,
    echo: Fields<Extract<AgentEvent, { toolUseId: string }>>,
  ): string {
    const id = this.emit(echo);
    this.pending = this.pending.filter((other) => other !== toolUseId);
    this.settling = this.timeline.elapsed + this.chance.between(0, 150);
    if (this.pending.length > 0) {
      this.emit({ type: 'session.status_idle', reason: { type: 'requires_action', eventIds: this.pending } });
      return id;
    }
    this.start();
    this.emit({ type: 'agent.tool_result', toolUseId, isError });
    this.go();
    return id;
  }

  // ------------------------------------------------------------------------------------- runs

  private begin(): void {
    if (this.over || this.spent || this.running || this.pending.length > 0) return;
    if (this.queued.length === 0) return;
    this.start();
    this.pickUp();
    this.go();
  }

  private start(): void {
    this.running = true;
    this.shown = 'running';
    this.run += 1;
    this.emit({ type: 'session.status_running' });
  }

  /** The oldest message that waits is taken into the run, with what it says is to be done. */
  private pickUp(): void {
    const [one] = this.queued;
    if (!one) return;
    one.is = 'taken';
    this.taken = one.left;
    one.at = this.timeline.elapsed;
    this.record({ ...this.echo(one, this.moment()) });
    const wanted = /\bdo:([a-z0-9,]+)/.exec(one.texts.at(-1) ?? '')?.[1];
    this.steps.push(...(wanted ?? 'text').split(','));
  }

  /** The next step of what is to be done. */
  private go(): void {
    const { chance } = this;
    const { run } = this;
    if (this.queued.length > 0 && chance.yes(0.4)) this.pickUp();
    const step = this.steps.shift();
    this.soonOf(run, 10, 800, () => this.doStep(step));
  }

  private doStep(step: string | undefined): void {
    switch (step) {
      case undefined:
        return this.idle({ type: 'end_turn' });
      case 'text':
        return this.write(this.chance.whole(3, 40));
      case 'long':
        return this.write(this.chance.whole(1_200, 2_500));
      case 'tool':
        return this.use();
      case 'ask':
      case 'asks':
        return this.ask(step === 'ask' ? 1 : 2);
      case 'custom':
        return this.custom();
      case 'slow':
        return this.soonOf(this.run, 5_000, 40_000, () => this.go());
      case 'hiccup':
        return this.hiccup();
      case 'die':
        return this.die();
      case 'end':
        return this.terminate();
      case 'refuse':
        return this.idle({ type: 'refusal', category: null, explanation: null });
      case 'budget':
        this.spent = true;
        return this.idle({ type: 'budget_reached' });
      default:
        return this.go();
    }
  }

  /** A text grows in previews and then stands whole. */
  private write(length: number): void {
    const { chance } = this;
    this.words += 1;
    const name = `${this.id.slice(5)}t${this.words}`;
    const words = Array.from({ length }, (_, at) => `k${name}x${at}`);
    const id = this.newId();
    const { run } = this;
    this.growing = { id, words, shown: 0 };
    this.tell({ type: 'event_start', eventId: id, of: 'agent.message' });
    const pieces = Math.min(length, chance.whole(1, 8));
    const pause = chance.pick([60, 200, 900]);
    const grow = (piece: number): void => {
      const { growing } = this;
      if (growing?.id !== id) return;
      if (piece === pieces) {
        this.growing = undefined;
        this.texts.push({ words, cutOff: false, at: this.timeline.elapsed, to: this.taken });
        this.emit({ type: 'agent.message', text: prose(words) }, id);
        return this.go();
      }
      const until = Math.floor((length * (piece + 1)) / pieces);
      const text = `${growing.shown === 0 ? '' : separator(growing.shown)}${prose(words.slice(growing.shown, until), growing.shown)}`;
      growing.shown = until;
      this.tell({ type: 'event_delta', eventId: id, index: 0, text });
      this.soonOf(run, pause / 2, pause * 2, () => grow(piece + 1));
    };
    grow(0);
  }

  private stopGrowing(): void {
    if (!this.growing) return;
    const { words, shown } = this.growing;
    if (shown > 0)
      this.texts.push({
        words: words.slice(0, shown),
        cutOff: true,
        at: this.timeline.elapsed,
        to: this.taken,
      });
    this.growing = undefined;
  }

  private use(): void {
    const toolUseId = this.emit({
      type: 'agent.tool_use',
      tool: 'builtin',
      name: 'bash',
      input: {},
      permission: 'allow',
    });
    this.soonOf(this.run, 50, 4_000, () => {
      this.emit({ type: 'agent.tool_result', toolUseId, isError: false });
      this.go();
    });
  }

  private ask(tools: number): void {
    this.pending = Array.from({ length: tools }, () =>
      this.emit({
        type: 'agent.tool_use',
        tool: 'builtin',
        name: 'bash',
        input: { command: 'ls' },
        permission: 'ask',
      }),
    );
    this.idle({ type: 'requires_action', eventIds: this.pending });
  }

  private custom(): void {
    this.pending = [
      this.emit({ type: 'agent.tool_use', tool: 'custom', name: 'lookup', input: {}, permission: 'allow' }),
    ];
    this.idle({ type: 'requires_action', eventIds: this.pending });
  }

  private hiccup(): void {
    const error = { type: 'model_overloaded_error', message: 'busy', retry: 'retrying' } as const;
    this.emit({ type: 'session.error', error });
    this.emit({ type: 'session.status_rescheduled' });
    this.soonOf(this.run, 500, 3_000, () => {
      this.emit({ type: 'session.status_running' });
      this.emit({
        type: 'span.model_request_end',
        isError: false,
        usage: { inputTokens: 1, outputTokens: 1 },
      });
      this.go();
    });
  }

  /** `retries_exhausted`: what is queued is flushed. */
  private die(): void {
    const error = { type: 'model_overloaded_error', message: 'busy', retry: 'exhausted' } as const;
    this.emit({ type: 'session.error', error });
    for (const one of this.queued) one.is = 'flushed';
    this.idle({ type: 'retries_exhausted' });
  }

  private terminate(): void {
    const error = { type: 'unknown_error', message: 'broken', retry: 'terminal' } as const;
    this.emit({ type: 'session.error', error });
    this.finish('terminated');
  }

  /** The session is over. */
  finish(how: 'archived' | 'deleted' | 'terminated'): void {
    if (this.over) return;
    this.stopGrowing();
    this.run += 1;
    this.running = false;
    for (const one of this.queued) one.is = 'left';
    this.said(`${this.id} ${how}`);
    this.emit({ type: how === 'deleted' ? 'session.deleted' : 'session.status_terminated' });
    this.over = how;
  }

  private idle(reason: StopReason, interrupted = false): void {
    this.running = false;
    this.ends.push({ at: this.timeline.elapsed, interrupted });
    if (reason.type !== 'requires_action') this.steps = [];
    this.run += 1;
    this.emit({ type: 'session.usage', usage: { inputTokens: 10, outputTokens: 10 } });
    this.emit({ type: 'session.status_idle', reason });
    this.said(`${this.id} idle ${reason.type}`);
    // The event is there a little before the status says so.
    this.soonOf(this.run, 0, 300, () => {
      this.shown = 'idle';
    });
    if (reason.type !== 'requires_action' && reason.type !== 'budget_reached')
      this.soon(20, 300, () => this.begin());
  }

  // ------------------------------------------------------------------------------------- events

  private soon(least: number, most: number, fn: () => void): void {
    this.timeline.after(this.chance.between(least, most), fn);
  }

  /** Only while that run goes on. */
  private soonOf(run: number, least: number, most: number, fn: () => void): void {
    this.soon(least, most, () => {
      if (this.run === run && !this.over) fn();
    });
  }

  private echo({ id, texts, mark }: Sent, at: string | null): AgentEvent {
    return { type: 'user.message', id, at, text: texts.join('\n'), ...(mark ? { mark } : {}) };
  }
}
