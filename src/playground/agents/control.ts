/**
 * The control plane: what a test or the page may do to the emulated service from outside. The typed methods here
 * are the same as `/__emu/*` over HTTP (`control-http.ts`).
 */
import { createAgent, updateAgent } from './agents.ts';
import { createEnvironment } from './environments.ts';
import type { Fault } from './faults.ts';
import { askUserTool } from './script-asks.ts';
import type { Script } from './scripts.ts';
import type { Session } from './session.ts';
import { dropSession, present } from './sessions.ts';
import type { Settings } from './settings.ts';
import { fileOf, type StoredFile } from './outputs.ts';
import { archived, terminated } from './status.ts';
import type { DropHow } from './stream.ts';
import type { Json, SessionEvent, Status } from './types.ts';
import type { WebhookTarget } from './webhooks.ts';
import type { World } from './world.ts';

/** A session with its full history, as the service knows it (not as a lagging client sees it). */
export interface SessionView {
  readonly id: string;
  /** True status, without the lag of `retrieve`. */
  readonly status: Status;
  /** The record as the API shows it. */
  readonly record: Json;
  /** Processed events in order, then those still queued. */
  readonly events: readonly SessionEvent[];
  readonly streams: number;
  /** Accepted messages that no turn has taken yet. */
  readonly queued: number;
}

/** A file at the Files API, with what is in it. */
export interface FileView {
  readonly id: string;
  readonly name: string;
  readonly mime: string;
  /** The session that it belongs to; null for an upload. */
  readonly scope: string | null;
  readonly expires: boolean;
  readonly bytes: Buffer;
}

export interface AgentsControl {
  readonly settings: Readonly<Settings>;
  set(patch: Partial<Settings>): void;
  /** Scripts the next turn of a session; without a session, every turn of every session until `null`. */
  script(script: Script | null, session?: string): void;
  /** Lets scripts go on that wait at a `gate` step of this name. */
  open(gate: string): void;
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Ends or spoils open streams (of one session, or all) and returns how many were hit. */
  drop(how: DropHow, session?: string): number;
  /** Delivers a stored event once more; the newest where none is named. */
  repeat(session: string, event?: string): void;
  /** Puts an event of any type into a session's history and onto its streams. */
  emit(session: string, event: Json & { type: string }): SessionEvent;
  /** Streams a piece of a message that is being written, as a preview, to everybody who asked for previews. */
  preview(session: string, text: string): void;
  terminate(session: string, error?: Json): void;
  /** Archives whatever the session is doing, as another client may. */
  archive(session: string): void;
  remove(session: string): void;
  /** Where platform webhooks go; null for nowhere. */
  webhooks(target: WebhookTarget | null): void;
  sessions(): SessionView[];
  session(id: string): SessionView | null;
  /** What the Files API holds, uploads, mounted copies and outputs, oldest first. */
  files(): readonly FileView[];
  /** Requests that reached an endpoint, by endpoint name such as `events.send`. */
  calls(): Record<string, number>;
  /** Resolves when `holds` returns true; looked at after every change. @throws after `timeoutMs` (5 s). */
  until(holds: () => boolean, timeoutMs?: number): Promise<void>;
  /** The agent and environment of the playground, made where they do not exist yet, the agent brought up to date. */
  seed(agent?: Json, environment?: Json): { agentId: string; environmentId: string };
}

export function createControl(world: World): AgentsControl {
  const find = (id: string): Session => {
    const session = world.sessions.get(id);
    if (!session) throw new Error(`no session ${id}`);
    return session;
  };
  return {
    settings: world.settings,
    set: (patch) => {
      Object.assign(world.settings, patch);
      world.clock.coarse = world.settings.sameTimestamp;
    },
    script: (script, session) => {
      if (session === undefined || script === null) world.scripts.forAll(script);
      else world.scripts.forSession(session, script);
    },
    open: (gate) => world.scripts.open(gate),
    fault: (fault) => world.faults.add(fault),
    clearFaults: () => world.faults.clear(),
    drop: (how, session) => drop(world, how, session),
    repeat: (id, event) => {
      const session = find(id);
      const stored = event === undefined ? session.log.done.at(-1) : session.log.get(event);
      if (!stored) throw new Error(`no event ${event ?? ''} in ${id}`);
      session.repeat(stored);
    },
    emit: (id, { type, id: eventId, ...fields }) =>
      find(id).emit(type, fields, typeof eventId === 'string' ? eventId : undefined),
    preview: (id, text) => find(id).speak(text),
    terminate: (id, error) => {
      const session = find(id);
      if (error) session.emit('session.error', { error: { ...error, retry_status: { type: 'terminal' } } });
      terminated(session);
    },
    archive: (id) => archived(find(id)),
    remove: (id) => dropSession(find(id)),
    webhooks: (target) => {
      world.webhooks.target = target;
    },
    sessions: () => [...world.sessions.values()].map(view),
    session: (id) => {
      const session = world.sessions.get(id);
      return session ? view(session) : null;
    },
    files: () => [...world.docs.file.values()].map((doc) => fileView(fileOf(doc))),
    calls: () => Object.fromEntries(world.calls),
    until: (holds, timeoutMs = 5000) => until(world, holds, timeoutMs),
    seed: (agent, environment) => seed(world, agent, environment),
  };
}

function fileView({ metadata, content }: StoredFile): FileView {
  return {
    id: String(metadata['id']),
    name: String(metadata['filename']),
    mime: String(metadata['mime_type']),
    scope: ((metadata['scope'] as Json | undefined)?.['id'] as string | undefined) ?? null,
    expires: metadata['expires_at'] !== null,
    bytes: Buffer.from(content, 'base64'),
  };
}

function view(session: Session): SessionView {
  return {
    id: session.id,
    status: session.state.status,
    record: present(session),
    events: session.log.all(),
    streams: session.subscribers.size,
    queued: session.state.queue.length,
  };
}

function drop(world: World, how: DropHow, id: string | undefined): number {
  let count = 0;
  for (const session of id === undefined ? world.sessions.values() : [world.sessions.get(id)]) {
    for (const subscriber of session?.subscribers ?? []) {
      subscriber.drop(how);
      count += 1;
    }
  }
  return count;
}

async function until(world: World, holds: () => boolean, timeoutMs: number): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      world.watchers.delete(look);
      settle();
    };
    const look = (): void => {
      if (holds()) finish(resolve);
    };
    const timer = setTimeout(
      () =>
        finish(() => reject(new Error(`condition did not hold within ${timeoutMs} ms: ${holds.toString()}`))),
      timeoutMs,
    );
    world.watchers.add(look);
  });
}

const AGENT = {
  name: 'Playground agent',
  model: 'claude-sonnet-5-5',
  description: 'The scripted agent of the playground',
  tools: [{ type: 'agent_toolset_20260401' }, askUserTool],
};
const ENVIRONMENT = { name: 'playground', config: { type: 'cloud' } };

function seed(
  world: World,
  agent: Json = AGENT,
  environment: Json = ENVIRONMENT,
): ReturnType<AgentsControl['seed']> {
  const named = (kind: 'agent' | 'environment', name: unknown): string | undefined =>
    [...world.docs[kind].values()].find(
      (doc) => doc.value['name'] === name && doc.value['archived_at'] === null,
    )?.value['id'] as string | undefined;
  const known = named('agent', agent['name']);
  // A journal may hold the agent of an older playground: it becomes a new version of itself.
  if (known !== undefined) updateAgent(world, known, agent);
  return {
    agentId: known ?? String(createAgent(world, agent)['id']),
    environmentId:
      named('environment', environment['name']) ?? String(createEnvironment(world, environment)['id']),
  };
}
