/** Runs seeds that it is given, one after the other, and says what came of each. */
import { draw } from './draw.ts';
import type { Violation } from './findings.ts';
import { runPlan } from './run.ts';

export interface Result {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly counts: readonly (readonly [string, number])[];
  readonly residuals: readonly (readonly [string, number])[];
  readonly lasted: number;
}

// Errors are part of the weather here, thousands a second: nobody reads where they came from.
Error.stackTraceLimit = 0;

/** One run that is asked for. */
export interface Task {
  readonly seed: number;
  readonly harder: boolean;
}

process.on('message', ({ seed, harder }: Task) => {
  runPlan(draw(seed, harder))
    .then(({ violations, counts, residuals, lasted }) => {
      const result: Result = { seed, violations, counts: [...counts], residuals: [...residuals], lasted };
      process.send?.(result);
    })
    .catch((error: unknown) => {
      throw error;
    });
});
