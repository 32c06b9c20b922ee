import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const slow = ['test/e2e/**', 'test/chaos/**'];
const cores = availableParallelism();
const compiled = 'test/support/compiled.ts';
/** Its bounds are times on the clock, and its five processes leave no room for another file beside it. */
const hosts = 'test/e2e/worker-hosts.test.ts';

/**
 * The lanes, one after the other: whole-system timing must not suffer from the small tests. Files run side by side,
 * more of them than there are cores where they wait for processes most of the time.
 */
const lanes = {
  unit: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.redis.test.ts', ...slow],
    maxWorkers: cores,
    // Half of the lane's work would be loading the same modules again for each file.
    isolate: false,
    globalSetup: [compiled],
  },
  redis: { include: ['test/**/*.redis.test.ts'], exclude: slow, maxWorkers: cores + 1 },
  e2e: {
    include: ['test/e2e/**/*.test.ts'],
    exclude: [hosts],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: cores,
    globalSetup: [compiled, 'test/support/chromium.ts'],
  },
  hosts: {
    include: [hosts],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
    globalSetup: [compiled],
  },
  chaos: {
    include: ['test/chaos/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 240_000,
    fileParallelism: false,
    globalSetup: [compiled],
  },
};

export default defineConfig({
  test: {
    projects: Object.entries(lanes).map(([name, lane], groupOrder) => ({
      test: {
        name,
        // Files side by side on a busy machine: patience, not a promise.
        testTimeout: 60_000,
        hookTimeout: 60_000,
        setupFiles: ['test/support/warnings.ts', 'test/support/closed-door.ts'],
        sequence: { groupOrder },
        ...lane,
      },
    })),
    allowOnly: false,
  },
});
