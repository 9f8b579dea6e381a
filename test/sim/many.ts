/** Many seeds on all cores, in processes of their own. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Result, Task } from './worker.ts';

export interface Totals {
  runs: number;
  readonly failed: Result[];
  readonly counts: Map<string, number>;
  readonly residuals: Map<string, number>;
  /** Virtual milliseconds, and real ones. */
  lasted: number;
  took: number;
}

export interface ManyOptions {
  readonly from: number;
  readonly seeds: number;
  /** No new seed is begun after so long, ms. */
  readonly budgetMs?: number;
  readonly workers?: number;
  /** As `draw` takes it. */
  readonly harder?: boolean;
  readonly each?: (result: Result, totals: Totals) => void;
}

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** A run that takes longer than this has stopped making progress, ms. */
const STUCK_MS = 120_000;

export async function runMany(options: ManyOptions): Promise<Totals> {
  const { from, seeds, budgetMs = Number.POSITIVE_INFINITY, each, harder = false } = options;
  const totals: Totals = { runs: 0, failed: [], counts: new Map(), residuals: new Map(), lasted: 0, took: 0 };
  const began = performance.now();
  let next = from;
  const draw = (): Task | undefined => {
    if (next >= from + seeds || performance.now() - began > budgetMs) return undefined;
    next += 1;
    return { seed: next - 1, harder };
  };
  const took = (result: Result): void => {
    add(totals, result);
    totals.took = performance.now() - began;
    each?.(result, totals);
  };
  const width = Math.min(seeds, options.workers ?? availableParallelism());
  await Promise.all(Array.from({ length: width }, () => work(draw, took)));
  totals.took = performance.now() - began;
  return totals;
}

/** One worker, as long as there are seeds; a stuck one is replaced. */
function work(draw: () => Task | undefined, took: (result: Result) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = fork(WORKER, { execArgv: ['--import', 'tsx'] });
    let timer: NodeJS.Timeout | undefined;
    const end = (then: () => void): void => {
      clearTimeout(timer);
      worker.removeAllListeners();
      worker.kill('SIGKILL');
      then();
    };
    const give = (): void => {
      clearTimeout(timer);
      const task = draw();
      if (task === undefined) return end(resolve);
      timer = setTimeout(() => {
        const what = `no end after ${STUCK_MS / 1_000} s`;
        const { seed } = task;
        took({ seed, violations: [{ rule: 'stuck', what, at: 0 }], counts: [], residuals: [], lasted: 0 });
        end(() => {
          work(draw, took).then(resolve, reject);
        });
      }, STUCK_MS);
      worker.send(task);
    };
    worker.on('message', (result: Result) => {
      took(result);
      give();
    });
    worker.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`a worker ended with ${code}`));
    });
    give();
  });
}

function add(totals: Totals, { violations, counts, residuals, lasted, ...rest }: Result): void {
  totals.runs += 1;
  totals.lasted += lasted;
  if (violations.length > 0) totals.failed.push({ violations, counts, residuals, lasted, ...rest });
  for (const [what, by] of counts) totals.counts.set(what, (totals.counts.get(what) ?? 0) + by);
  for (const [what, by] of residuals) totals.residuals.set(what, (totals.residuals.get(what) ?? 0) + by);
}
