import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Tests without servers and processes. They leave nothing behind in their process, so that a worker loads the modules
 * once and not anew for each file, which was more than half of the time that they took.
 */
const PURE = ['core', 'render', 'lib', 'flow', 'config'].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
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
