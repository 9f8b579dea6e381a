/** A session's events: ids, times, what a listing shows and who hears of them. */
import type { AgentEvent, FeedItem } from '../../src/core/agent-event.ts';
import type { Chance } from './chance.ts';
import { START, type Timeline } from './timeline.ts';

export type Fields<T> = T extends AgentEvent ? Omit<T, 'id' | 'at'> : never;

/** What one stream hears; `late` comes after what follows it. */
export type Listener = (item: FeedItem, late: boolean) => void;

export interface LogOptions {
  readonly id: string;
  readonly timeline: Timeline;
  readonly chance: Chance;
  /** How likely an event is to be overtaken on the streams. */
  readonly lateness: number;
}

export class SessionLog {
  readonly id: string;
  readonly createdAt: number;
  /** When something was processed last, ms of the run. */
  changedAt: number;
  /** What was processed, in that order. */
  readonly log: AgentEvent[] = [];
  readonly listeners = new Set<Listener>();
  protected readonly timeline: Timeline;
  protected readonly chance: Chance;
  private readonly lateness: number;
  private count = 0;
  private lastAt = 0;

  constructor({ id, timeline, chance, lateness }: LogOptions) {
    this.id = id;
    this.timeline = timeline;
    this.chance = chance;
    this.lateness = lateness;
    this.createdAt = timeline.elapsed;
    this.changedAt = timeline.elapsed;
  }

  protected newId(): string {
    this.count += 1;
    return `sevt_${this.id.slice(5)}_${this.count}`;
  }

  /** Microseconds, never going back; sometimes the same for several events. */
  protected moment(): string {
    const now = Math.floor(this.timeline.elapsed * 1_000);
    this.lastAt = Math.max(now, this.lastAt + (this.chance.yes(0.2) ? 0 : 1));
    const wall = new Date(START + Math.floor(this.lastAt / 1_000)).toISOString();
    return `${wall.slice(0, -1)}${String(this.lastAt % 1_000).padStart(3, '0')}Z`;
  }

  protected emit(fields: Fields<AgentEvent>, id = this.newId()): string {
    this.record({ ...fields, id, at: this.moment() });
    return id;
  }

  protected record(event: AgentEvent): void {
    this.log.push(event);
    this.changedAt = this.timeline.elapsed;
    const mayBeLate = event.type === 'agent.message' || event.type === 'agent.tool_result';
    this.tell(event, mayBeLate && this.chance.yes(this.lateness));
  }

  protected tell(item: FeedItem, late = false): void {
    for (const listener of this.listeners) listener(item, late);
  }
}
