/** Managed Agents as the port sees it: sessions with metadata, sends, histories and streams, over the network. */
import { parseThreadKey, threadKey } from '../../src/core/event.ts';
import { PortError } from '../../src/errors.ts';
import type { AgentPort, HistoryQuery, NewSession } from '../../src/ports.ts';
import type { KnownSession, SessionList } from '../../src/ports-recovery.ts';
import { AgentSession } from './agent-session.ts';
import type { Chance } from './chance.ts';
import type { Host } from './host.ts';
import type { Departure, Network, Service, Trip } from './network.ts';
import { openStream, type StreamWeather } from './agent-stream.ts';
import { noFiles } from './no-files.ts';
import { START, type Timeline } from './timeline.ts';

const WRITE_MS = 4_000;
const READ_MS = 10_000;

function doubt(write: boolean, code: string): PortError {
  return new PortError({ kind: write ? 'unknown' : 'retry', code });
}

const SERVICE: Service = {
  name: 'agents',
  latency: [15, 150],
  failures: {
    refused: () => new PortError({ kind: 'retry', code: 'unreachable' }),
    timeout: (write) => doubt(write, 'timeout'),
    broken: (write) => doubt(write, 'connection_lost'),
    server: (write) => doubt(write, 'overloaded_error'),
  },
};

export interface AgentsWatcher {
  /** An archive was asked for while something went on or waited in that session. */
  archivedBusy(session: AgentSession, why: string): void;
  created(session: AgentSession, left: Departure): void;
  said(what: string): void;
  counted(what: string): void;
}

export class AgentsModel {
  readonly sessions: AgentSession[] = [];
  streams: StreamWeather = { cut: 0, silent: 0, doubled: 0, shed: 0 };
  lateness = 0;
  /** Until then every call is refused. */
  revokedUntil = 0;
  /** When a call for a thread was refused last because of the key, ms of the run. */
  readonly refusedAt = new Map<string, number>();
  private readonly streamsOf = new Map<Host, number>();
  private readonly timeline: Timeline;
  private readonly network: Network;
  private readonly chance: Chance;
  private readonly watcher: AgentsWatcher;

  constructor(timeline: Timeline, network: Network, chance: Chance, watcher: AgentsWatcher) {
    this.timeline = timeline;
    this.network = network;
    this.chance = chance;
    this.watcher = watcher;
  }

  of(thread: string): readonly AgentSession[] {
    return this.sessions.filter((session) => session.thread === thread);
  }

  port(host: Host): AgentPort {
    const ask = <T>(trip: Pick<Trip<T>, 'name' | 'write' | 'arrive'> & Partial<Trip<T>>): Promise<T> =>
      this.network.call<T>(host, {
        service: SERVICE,
        timeoutMs: trip.write ? WRITE_MS : READ_MS,
        ...trip,
        arrive: (left) => {
          this.admit(trip.thread);
          return trip.arrive(left);
        },
      });
    const about = (session: string): { thread: string | undefined; about: string } => ({
      thread: this.sessions.find(({ id }) => id === session)?.thread,
      about: session,
    });
    return {
      ...noFiles,
      create: (session) =>
        ask({
          name: 'create',
          write: true,
          thread: threadKey(session.thread),
          about: `${threadKey(session.thread)} gen ${session.gen}`,
          arrive: (left) => this.create(session, left),
        }),
      find: (thread, gen) =>
        ask({
          name: 'find',
          write: false,
          thread: threadKey(thread),
          arrive: () => this.find(threadKey(thread), gen),
        }),
      send: (session, events) =>
        ask({
          name: 'send',
          write: true,
          ...about(session),
          about: `${session} ${events.map(({ type }) => type.slice(5)).join(' ')}`,
          arrive: (left) => this.session(session).accept(events, left),
        }),
      status: (session) =>
        ask({
          name: 'status',
          write: false,
          ...about(session),
          arrive: () => this.live(session, 'not_found_error').status,
        }),
      usage: () => Promise.reject(new Error('nobody asks for costs here')),
      raiseBudget: () => Promise.reject(new Error('nobody raises a budget here')),
      archive: (session) =>
        ask({ name: 'archive', write: true, ...about(session), arrive: () => this.archive(session) }),
      history: (session, query) =>
        ask({ name: 'history', write: false, ...about(session), arrive: () => this.history(session, query) }),
      attach: async (session, signal) => {
        await ask({ name: 'attach', write: false, ...about(session), arrive: () => this.live(session) });
        return openStream(
          { timeline: this.timeline, chance: this.chance, host, weather: () => this.streams, model: this },
          this.session(session),
          signal,
        );
      },
    };
  }

  /** Sessions as they are listed; deleted ones are not. */
  list(host: Host): SessionList {
    return {
      sessions: (query) =>
        this.network.call<readonly KnownSession[]>(host, {
          service: SERVICE,
          name: 'list',
          write: false,
          timeoutMs: READ_MS,
          arrive: () => {
            this.admit();
            return this.sessions.filter(isListed(query)).map(known);
          },
        }),
    };
  }

  /** The key is good. */
  private admit(thread?: string): void {
    const { elapsed } = this.timeline;
    if (elapsed >= this.revokedUntil) return;
    if (thread !== undefined) this.refusedAt.set(thread, elapsed);
    throw new PortError({ kind: 'fatal', code: 'authentication_error', status: 401 });
  }

  private create({ thread, gen, title }: NewSession, left: Departure): string {
    const id = `sesn_${this.sessions.length + 1}`;
    const session = new AgentSession({
      id,
      gen,
      thread: threadKey(thread),
      timeline: this.timeline,
      chance: this.chance.fork(id),
      lateness: this.lateness,
      said: (what) => this.watcher.said(what),
      title,
      made: left,
    });
    this.sessions.push(session);
    this.watcher.created(session, left);
    return id;
  }

  /** The oldest one that is not archived, as the adapter looks for it. */
  private find(thread: string, gen: number): string | undefined {
    const open = ({ over }: AgentSession): boolean => over !== 'archived' && over !== 'deleted';
    return this.of(thread).find((session) => session.gen === gen && open(session))?.id;
  }

  private session(id: string): AgentSession {
    const found = this.sessions.find((session) => session.id === id);
    if (!found) throw new PortError({ kind: 'gone', code: 'not_found_error' });
    return found;
  }

  private live(id: string, code = 'not_found_error'): AgentSession {
    const session = this.session(id);
    if (session.over === 'deleted') throw new PortError({ kind: 'gone', code });
    return session;
  }

  private archive(id: string): void {
    const session = this.live(id);
    if (session.over) return;
    const busy = session.running || session.status === 'running';
    if (busy) throw new PortError({ kind: 'retry', code: 'session_running', status: 400 });
    if (session.pending.length > 0) this.watcher.archivedBusy(session, 'it waits for an answer');
    if (session.queued.length > 0 && !session.spent)
      this.watcher.archivedBusy(session, 'a message is queued');
    session.finish('archived');
  }

  private history(id: string, { since, types }: HistoryQuery): ReturnType<AgentSession['list']> {
    return this.live(id)
      .list()
      .filter((event) => since === undefined || (event.at !== null && event.at >= since))
      .filter((event) => types === undefined || types.includes(event.type));
  }

  /** A stream to this machine was opened, or ended. */
  opened(host: Host, by: number): void {
    this.streamsOf.set(host, this.openOn(host) + by);
  }

  openOn(host: Host): number {
    return this.streamsOf.get(host) ?? 0;
  }

  counted(what: string): void {
    this.watcher.counted(what);
  }
}

function isListed({ since = 0, archived }: Parameters<SessionList['sessions']>[0]) {
  return ({ over, createdAt }: AgentSession): boolean =>
    over !== 'deleted' && (over !== 'archived' || archived) && START + createdAt >= since;
}

function known({ id, thread, gen, title, status, createdAt, changedAt, over }: AgentSession): KnownSession {
  const ref = parseThreadKey(thread);
  if (!ref) throw new Error(`no thread: ${thread}`);
  return {
    id,
    thread: ref,
    gen,
    title,
    status,
    createdAt: Math.floor(START + createdAt),
    updatedAt: Math.floor(START + changedAt),
    archivedAt: over === 'archived' ? Math.floor(START + changedAt) : undefined,
  };
}
