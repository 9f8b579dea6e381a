/**
 * The real bot as a child process: started, watched, killed and restarted.
 *
 * P1  At most one child lives. A new one is started only after the old one's end was seen.
 * P2  Killed from the page, it stays dead until somebody restarts it. Died by itself, it is started again after
 *     a growing wait, unless its settings are wrong (exit code 78), which starting again cannot cure.
 * P3  The child leads a process group of its own, so that Ctrl-C in a terminal reaches only the parent, and a
 *     kill reaches all of it. It lives no longer than the pipe to its standard input, that is, than the parent.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { backoff } from '../lib/backoff.ts';
import { systemClock } from '../lib/time.ts';
import type { BotProcess } from './page/parent-api.ts';
import { isReadyLine, lineSplitter } from './parent-log.ts';

/** After this long it counts as well, and the next wait is short again. Milliseconds. */
const provenMs = 20_000;
/** How long output may still arrive from a process that has ended, milliseconds. */
const lastWordsMs = 300;
/** sysexits.h EX_CONFIG: the bot says that its settings are wrong. */
const wrongSettings = 78;

export interface BotOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** Asked for before each start: the environment, and the port of its health server. */
  readonly prepare: () => Promise<{ readonly env: NodeJS.ProcessEnv; readonly port: number }>;
  /** How long it may take to stop when asked, milliseconds. */
  readonly drainMs: number;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly changed: (bot: BotProcess) => void;
  /** It said that it is ready. */
  readonly ready: () => void;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** What is wanted of the process once the current one is gone. */
type Wish = 'run' | 'killed' | 'again' | 'end';

export class Bot {
  readonly #options: BotOptions;
  readonly #waits = backoff({ minMs: 500, maxMs: 15_000 });
  #child: Child | null = null;
  #wish: Wish = 'run';
  #state: BotProcess = { state: 'absent' };
  #port: number | null = null;
  #cancelRetry: () => void = () => undefined;
  #starting = false;
  #ended: (() => void)[] = [];

  constructor(options: BotOptions) {
    this.#options = options;
  }

  get state(): BotProcess {
    return this.#state;
  }

  /** Port of its health server, null while no process runs. */
  get port(): number | null {
    return this.#child === null ? null : this.#port;
  }

  start(): void {
    this.#wish = 'run';
    this.#launch();
  }

  /** SIGKILL to its whole group, at once. */
  kill(): BotProcess {
    this.#cancelRetry();
    this.#wish = 'killed';
    // Without a child it may be about to be started, which `#launch` then gives up.
    if (this.#child === null) this.#become({ state: 'killed', at: systemClock.now() });
    else this.#signal('SIGKILL');
    return this.#state;
  }

  /** Starts it, or asks the running one to stop first, as a deploy would. */
  restart(): BotProcess {
    this.#cancelRetry();
    this.#waits.reset();
    if (this.#child === null) {
      this.start();
      return this.#state;
    }
    this.#wish = 'again';
    this.#askToStop();
    return this.#state;
  }

  /** Asks it to stop, kills it when its time is over, and resolves when it is gone for good. */
  async end(): Promise<void> {
    this.#cancelRetry();
    this.#wish = 'end';
    if (this.#child === null) return;
    const gone = new Promise<void>((resolve) => this.#ended.push(resolve));
    this.#askToStop();
    await gone;
  }

  #askToStop(): void {
    const child = this.#child;
    if (child?.pid === undefined || this.#state.state === 'stopping') return;
    this.#become({ state: 'stopping', pid: child.pid, since: systemClock.now() });
    this.#signal('SIGTERM');
    const cancel = systemClock.setTimer(() => this.#signal('SIGKILL'), this.#options.drainMs);
    child.once('exit', cancel);
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
    } catch {
      // It is gone already; its end is being told.
    }
  }

  #launch(): void {
    if (this.#child !== null || this.#starting) return;
    this.#starting = true;
    this.#options
      .prepare()
      .then(({ env, port }) => {
        this.#starting = false;
        if (this.#wish !== 'run') return;
        this.#port = port;
        this.#spawn(env);
      })
      .catch((error: unknown) => {
        this.#starting = false;
        if (this.#wish === 'run') this.#failed(error instanceof Error ? error.message : String(error));
      });
  }

  #spawn(env: NodeJS.ProcessEnv): void {
    const { file, args, out, err } = this.#options;
    const child = spawn(file, [...args], { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    const said: string[] = [];
    const outLines = lineSplitter((line) => (isReadyLine(line) ? this.#isReady(child) : out(line)));
    const errLines = lineSplitter((line) => {
      said.push(line);
      if (said.length > 5) said.shift();
      err(line);
    });
    child.stdout
      .setEncoding('utf8')
      .on('data', (chunk: string) => outLines.push(chunk))
      .on('end', () => outLines.end());
    child.stderr
      .setEncoding('utf8')
      .on('data', (chunk: string) => errLines.push(chunk))
      .on('end', () => errLines.end());
    // A dead child's pipe breaks; its end is told by `close`.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => {
      said.push(error.message);
      if (child.pid === undefined) this.#gone(child, null, null, said.join('\n'));
    });
    const gone = (code: number | null, signal: NodeJS.Signals | null): void =>
      this.#gone(child, code, signal, said.join('\n'));
    // Its last words come before `close`, which does not come while a grandchild holds the pipes.
    child.on('exit', (code, signal) => systemClock.setTimer(() => gone(code, signal), lastWordsMs));
    child.on('close', gone);
    if (child.pid !== undefined)
      this.#become({ state: 'starting', pid: child.pid, since: systemClock.now() });
  }

  #isReady(child: Child): void {
    if (this.#child !== child || this.#state.state !== 'starting') return;
    this.#become({ ...this.#state, state: 'running' });
    const cancel = systemClock.setTimer(() => this.#waits.reset(), provenMs);
    child.once('exit', cancel);
    this.#options.ready();
  }

  #gone(child: Child, code: number | null, signal: NodeJS.Signals | null, said: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    const at = systemClock.now();
    const wish = this.#wish;
    if (wish === 'killed') this.#become({ state: 'killed', at });
    else if (wish === 'again') this.start();
    else if (wish === 'end') this.#become({ state: 'exited', code, signal, at, retry_at: null, said });
    else this.#diedByItself(code, signal, said);
    for (const tell of this.#ended.splice(0)) tell();
  }

  #diedByItself(code: number | null, signal: NodeJS.Signals | null, said: string): void {
    const at = systemClock.now();
    // Its port was free when it was chosen; somebody else took it first. The next start gets another.
    const portLost = /\bPORT \d+ is taken\b/.test(said);
    const hopeless = code === wrongSettings && !portLost;
    const wait = hopeless ? 0 : this.#waits.next();
    this.#become({ state: 'exited', code, signal, at, retry_at: hopeless ? null : at + wait, said });
    if (!hopeless) this.#cancelRetry = systemClock.setTimer(() => this.start(), wait);
  }

  #failed(why: string): void {
    this.#options.err(`The bot could not be started: ${why}`);
    this.#diedByItself(null, null, why);
  }

  #become(state: BotProcess): void {
    this.#state = state;
    this.#options.changed(state);
  }
}
