import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Tests without servers and processes. They leave nothing behind in their process, so that a worker loads the modules
 * once and not anew for each file, which was more than half of the time that they took.
 */
const PURE = ['core', 'render', 'lib', 'flow', 'config'].map((folder) => `test/${folder}/**/*.test.ts`);

/** They take longest, and would otherwise begin last: where nothing is known of earlier runs, short files come last. */
const LONG = ['test/kill/matrix.test.ts', 'test/sim/sim.test.ts'];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.some((end) => moduleId.endsWith(end));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    setupFiles: ['test/support/chance.ts'],
    // Real processes and real time on a machine that others use too: what fails once for want of a core is tried again.
    retry: 1,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One more than the two cores that are counted on: much of a test with processes is waiting.
    maxWorkers: 3,
    reporters: ['default'],
    projects: [
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...PURE],
        },
      },
    ],
  },
});
