/**
 * Files under way for one held thread, in both directions. What runs follows from the state: it is begun when the
 * state wants it, ended when it does not any more, and its outcome comes back as an input. A new holder begins again
 * what the last one did not finish; that leaves at most a copy that nobody sees.
 */
import type { Attachment, FileStep } from '../core/files.ts';
import { unfetched, unmounted } from '../core/files.ts';
import type { Output } from '../core/outputs.ts';
import type { ProcessInput, Send, ThreadState } from '../core/state.ts';
import type { Settings } from '../core/settings.ts';
import type { AgentPort, Clock, Log, Random, SlackPort } from '../ports.ts';
import { fetchFiles } from './files-in.ts';
import { mountFiles } from './files-mount.ts';
import { storeOutput } from './files-out.ts';

export interface TransferDeps {
  readonly agent: AgentPort;
  readonly slack: SlackPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
}

export interface TransferHost {
  state(): ThreadState;
  input(input: ProcessInput): void;
  /** Throws where the lease would not outlive a call. */
  guard(): void;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** One transfer: what it is for, and how it is done. */
interface Job {
  readonly key: string;
  readonly run: (signal: AbortSignal) => Promise<ProcessInput>;
  /** The outcome where it breaks by a bug of ours: nothing waits for it for ever. */
  readonly broke: ProcessInput;
}

export class Transfers {
  private readonly deps: TransferDeps;
  private readonly host: TransferHost;
  /** By what they are for; kept until the state has heard of the outcome, so that nothing is begun twice. */
  private readonly running = new Map<string, AbortController>();
  /** Files that were given to the Files API for a message that has not gone yet. */
  private kept = new Map<string, readonly string[]>();
  private over = false;

  constructor(deps: TransferDeps, host: TransferHost) {
    this.deps = deps;
    this.host = host;
    host.signal.addEventListener('abort', () => this.stop(), { once: true });
  }

  /** Begins and ends transfers as the state wants it. */
  adjust(): void {
    if (this.over) return;
    const state = this.host.state();
    this.discardUnsent(state);
    const jobs = jobsOf(state, this.deps, this.host);
    const wanted = new Set(jobs.map(({ key }) => key));
    for (const [key, running] of this.running) {
      if (wanted.has(key)) continue;
      this.running.delete(key);
      running.abort(new Error('not wanted any more'));
    }
    for (const job of jobs) if (!this.running.has(job.key)) this.begin(job);
  }

  /** Ends everything; whoever holds the thread next begins again. */
  stop(): void {
    this.over = true;
    for (const running of this.running.values()) running.abort(new Error('the thread is not held any more'));
    this.running.clear();
  }

  private begin({ key, run, broke }: Job): void {
    const running = new AbortController();
    this.running.set(key, running);
    const { signal } = running;
    run(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.host.log.error({ err: error, transfer: key }, 'a transfer broke');
        return broke;
      })
      .then((outcome) => (signal.aborted ? undefined : this.host.input(outcome)))
      .catch((error: unknown) => this.host.log.error({ err: error, transfer: key }, 'an outcome was lost'));
  }

  /** A message that was stopped before it went leaves files behind that nobody needs. */
  private discardUnsent({ sends }: ThreadState): void {
    const kept = new Map<string, readonly string[]>();
    for (const send of sends) if (send.status === 'waiting') kept.set(send.mark.ts, filesOf(send));
    for (const [ts, files] of this.kept) {
      if (sends.some(({ mark }) => mark.ts === ts)) continue;
      for (const file of files) this.discard(file);
    }
    this.kept = kept;
  }

  private discard(file: string): void {
    this.deps.agent
      .discard(file)
      .catch(() => this.host.log.debug({ file }, 'a file was left at the Files API'));
  }
}

function filesOf({ files }: Send): readonly string[] {
  return files?.list.flatMap(({ step }) => (step.is === 'kept' ? [step.file] : [])) ?? [];
}

function jobsOf(state: ThreadState, deps: TransferDeps, host: TransferHost): readonly Job[] {
  return [...incoming(state, deps, host), ...outgoing(state, deps, host)];
}

/** For each message that waits: its files are fetched, and then those that the session gets as files are mounted. */
function incoming(state: ThreadState, deps: TransferDeps, host: TransferHost): readonly Job[] {
  const { phase } = state;
  const session = 'session' in phase && phase.is !== 'closing' ? phase.session.id : undefined;
  return state.sends.flatMap(({ mark: { ts, n }, status, files }): readonly Job[] => {
    if (status !== 'waiting' || !files) return [];
    const answer = (steps: Readonly<Record<string, FileStep>>): ProcessInput => ({
      kind: 'files',
      ts,
      steps,
    });
    const wanted = unfetched(files);
    if (wanted.length > 0) {
      // Those of earlier messages become known later: they are fetched beside its own.
      const [own, earlier] = [wanted.filter(({ of }) => !of), wanted.filter(({ of }) => of)];
      const fetching = (key: string, some: readonly Attachment[]): readonly Job[] => {
        const run = (signal: AbortSignal): Promise<ProcessInput> =>
          fetchFiles(deps, host, some, signal).then((fetched) => ({ kind: 'files', ts, ...fetched }));
        return some.length === 0 ? [] : [{ key: `${key} ${ts} ${n}`, run, broke: answer(failed(some)) }];
      };
      return [...fetching('fetch', own), ...fetching('fetch-earlier', earlier)];
    }
    const unready: readonly Attachment[] = session === undefined ? [] : unmounted(files, session);
    if (session === undefined || unready.length === 0) return [];
    const key = `mount ${ts} ${n} ${session} ${unready.map(({ id }) => id).join(' ')}`;
    const run = (signal: AbortSignal): Promise<ProcessInput> =>
      mountFiles(deps, host, { ts, session, files: unready }, signal);
    return [{ key, run, broke: answer(failed(unready)) }];
  });
}

function failed(files: readonly Attachment[]): Readonly<Record<string, FileStep>> {
  return Object.fromEntries(files.map(({ id }) => [id, { is: 'refused', why: 'failed' }]));
}

/** One after the other, so that they stand in the thread in their order. */
function outgoing(state: ThreadState, deps: TransferDeps, host: TransferHost): readonly Job[] {
  for (const { no, text } of state.notes) {
    if (text.is !== 'output' || text.share !== undefined) continue;
    const output: Output = text;
    const run = (signal: AbortSignal): Promise<ProcessInput> =>
      storeOutput(deps, host, { no, output }, signal);
    const broke: ProcessInput = { kind: 'output-refused', note: no, why: 'failed' };
    return [{ key: `share ${no} ${text.again ?? 0}`, run, broke }];
  }
  return [];
}
