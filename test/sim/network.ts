/**
 * Every call of a replica to Slack, to Managed Agents and to the store goes through here: it takes time, it may be
 * lost on the way there or back, and it may take effect after its caller has given up or died.
 */
import type { Chance } from './chance.ts';
import type { Host, Request, Trap } from './host.ts';
import type { Timeline } from './timeline.ts';

export type ServiceName = 'slack' | 'agents' | 'store';

/**
 * What becomes of a call. `refused` never left; `lost` left and never arrived; `slow` arrives late, perhaps after
 * its caller has stopped waiting; `answer-lost` had its effect; `failed` and `failed-after` are answers with 5xx.
 */
export type Fate = 'ok' | 'refused' | 'lost' | 'slow' | 'answer-lost' | 'failed' | 'failed-after';

export const FATES: readonly Exclude<Fate, 'ok'>[] = [
  'refused',
  'lost',
  'slow',
  'answer-lost',
  'failed',
  'failed-after',
];

/** How likely each misfortune is. */
export type Weather = Readonly<Partial<Record<Exclude<Fate, 'ok'>, number>>>;

/** What a caller sees of a call that brought no answer. */
export interface Failures {
  refused(): unknown;
  timeout(write: boolean): unknown;
  broken(write: boolean): unknown;
  server(write: boolean): unknown;
}

export interface Service {
  readonly name: ServiceName;
  /** Milliseconds one way, least and most. */
  readonly latency: readonly [number, number];
  readonly failures: Failures;
}

export interface Trip<T> {
  readonly service: Service;
  readonly name: string;
  readonly write: boolean;
  /** The caller waits no longer, ms. */
  readonly timeoutMs: number;
  /** Nothing depends on the moment between its arrival and its answer: they are one, which saves steps. */
  readonly housekeeping?: boolean;
  /** The thread that it is for, where it is for one. */
  readonly thread?: string | undefined;
  /** For the trace. */
  readonly about?: string;
  /** What the service does with it. A throw is the service's answer. */
  arrive(left: Departure): T | Promise<T>;
}

export interface Departure {
  readonly host: Host;
  readonly at: number;
  /** The machine was frozen right between the last check and the socket. */
  readonly forced: boolean;
}

/** A call that was asked for by the plan to come to something: the next one of this name. */
export interface Doom {
  readonly service: ServiceName;
  readonly name: string;
  readonly fate: Exclude<Fate, 'ok'>;
}

/** Told of what happens on the way. */
export interface Watcher {
  departed(trip: Trip<unknown>, left: Departure): void;
  said(host: string, what: string): void;
  counted(what: string): void;
}

/** A request is not alive longer than so much after its caller has stopped waiting, ms. */
const LINGERS_MS = 400;

export class Network {
  weather: Record<ServiceName, Weather> = { slack: {}, agents: {}, store: {} };
  readonly dooms: Doom[] = [];
  private readonly timeline: Timeline;
  private readonly chance: Chance;
  private readonly watcher: Watcher;

  constructor(timeline: Timeline, chance: Chance, watcher: Watcher) {
    this.timeline = timeline;
    this.chance = chance;
    this.watcher = watcher;
  }

  /** One call. Where its caller has died nobody hears of it any more. */
  call<T>(host: Host, trip: Trip<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (host.dead) return;
      const trap = sprung(host);
      const leave = (forced: boolean): void => this.leave(host, trip, forced, resolve, reject);
      if (trap?.when === 'before') {
        this.spring(host, trap, trip);
        if (trap.does === 'freeze') host.deliver(() => leave(true));
        return;
      }
      leave(false);
      if (trap) this.spring(host, trap, trip);
    });
  }

  private spring(host: Host, trap: Trap, { service, name }: Trip<unknown>): void {
    this.watcher.counted(`${trap.does} ${trap.when} a call`);
    this.watcher.said(host.name, `${trap.does} ${trap.when} ${service.name} ${name}`);
    if (trap.does === 'crash') host.crash();
    else host.freeze(trap.ms);
  }

  private fate({ service, name }: Trip<unknown>): Fate {
    const doomed = this.dooms.findIndex((doom) => doom.service === service.name && doom.name === name);
    if (doomed !== -1) return this.dooms.splice(doomed, 1)[0]?.fate ?? 'ok';
    const weather = this.weather[service.name];
    let left = this.chance.next();
    for (const fate of FATES) {
      left -= weather[fate] ?? 0;
      if (left < 0) return fate;
    }
    return 'ok';
  }

  private leave<T>(
    host: Host,
    trip: Trip<T>,
    forced: boolean,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const { service, timeoutMs, write } = trip;
    const { failures } = service;
    const left: Departure = { host, at: this.timeline.elapsed, forced };
    const fate = this.fate(trip);
    this.watcher.departed(trip, left);
    this.told(host, trip, fate);
    let over = false;
    const ends: (() => void)[] = [];
    const end = (finish: () => void) => (): void => {
      if (over) return;
      over = true;
      // What can be heard of it no more need not happen: half of all that happens would be waits that are over.
      for (const cancel of ends) cancel();
      host.requests.delete(request);
      host.deliver(finish);
    };
    const fail = (ms: number, error: unknown): void => {
      const happening = this.timeline.after(
        ms,
        end(() => reject(error)),
      );
      ends.push(happening);
    };
    const request: Request = { drop: () => undefined };
    const way = (): number => this.chance.between(...service.latency);
    if (fate === 'refused') return fail(way(), failures.refused());
    fail(timeoutMs, failures.timeout(write));
    if (fate === 'lost') {
      if (this.chance.yes(0.5)) fail(way() * 2, failures.broken(write));
      return;
    }
    const there = fate === 'slow' ? this.chance.between(service.latency[1], timeoutMs + LINGERS_MS) : way();
    if (fate === 'failed') return fail(there + way(), failures.server(write));
    const atOnce = trip.housekeeping === true && fate === 'ok';
    request.drop = this.timeline.after(atOnce ? there + way() : there, () => {
      request.drop = () => undefined;
      this.arrived(trip, left, atOnce ? 0 : way(), fate, {
        answer: (value) => end(() => resolve(value)),
        refuse: (error) => end(() => reject(error)),
      });
    });
    host.requests.add(request);
  }

  private arrived<T>(
    trip: Trip<T>,
    left: Departure,
    back: number,
    fate: Fate,
    ends: { answer: (value: T) => () => void; refuse: (error: unknown) => () => void },
  ): void {
    const { failures } = trip.service;
    const home = (end: () => void): void => {
      if (fate === 'failed-after') this.timeline.after(back, ends.refuse(failures.server(trip.write)));
      else if (back === 0) end();
      else if (fate !== 'answer-lost') this.timeline.after(back, end);
      else if (this.chance.yes(0.5)) this.timeline.after(back, ends.refuse(failures.broken(trip.write)));
    };
    let answer: T | Promise<T>;
    try {
      answer = trip.arrive(left);
    } catch (error) {
      home(ends.refuse(error));
      return;
    }
    if (answer instanceof Promise) {
      answer.then(
        (value) => home(ends.answer(value)),
        (error: unknown) => home(ends.refuse(error)),
      );
    } else home(ends.answer(answer));
  }

  private told(host: Host, { service, name, about }: Trip<unknown>, fate: Fate): void {
    if (fate !== 'ok') this.watcher.counted(`${service.name} ${fate}`);
    this.watcher.said(
      host.name,
      `${service.name} ${name}${about ? ` ${about}` : ''}${fate === 'ok' ? '' : ` (${fate})`}`,
    );
  }
}

/** The machine's trap, where this call springs it. */
function sprung(host: Host): Trap | undefined {
  const { trap } = host;
  if (!trap) return undefined;
  trap.after -= 1;
  if (trap.after > 0) return undefined;
  host.trap = undefined;
  return trap;
}
