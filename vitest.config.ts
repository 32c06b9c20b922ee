import { defineConfig } from 'vitest/config';

const slow = ['test/e2e/**', 'test/chaos/**'];

/** The lanes. Groups run one after the other: whole-system timing must not suffer from the small tests. */
const lanes = {
  unit: { include: ['test/**/*.test.ts'], exclude: ['test/**/*.redis.test.ts', ...slow] },
  redis: { include: ['test/**/*.redis.test.ts'], exclude: slow },
  e2e: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
    globalSetup: ['test/support/chromium.ts'],
  },
  chaos: {
    include: ['test/chaos/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 240_000,
    fileParallelism: false,
  },
};

export default defineConfig({
  test: {
    projects: Object.entries(lanes).map(([name, lane], groupOrder) => ({
      test: {
        name,
        testTimeout: 30_000,
        hookTimeout: 60_000,
        setupFiles: ['test/support/warnings.ts', 'test/support/closed-door.ts'],
        sequence: { groupOrder },
        ...lane,
      },
    })),
    allowOnly: false,
  },
});
