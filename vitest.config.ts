import { defineConfig } from 'vitest/config';

const projects = {
  unit: { include: ['test/**/*.test.ts'], exclude: ['test/**/*.redis.test.ts', 'test/e2e/**', 'test/chaos/**'] },
  redis: { include: ['test/**/*.redis.test.ts'], exclude: ['test/e2e/**', 'test/chaos/**'] },
  e2e: { include: ['test/e2e/**/*.test.ts'], testTimeout: 240_000, hookTimeout: 240_000, fileParallelism: false },
  chaos: { include: ['test/chaos/**/*.test.ts'], testTimeout: 900_000, fileParallelism: false },
};

export default defineConfig({
  test: {
    projects: Object.entries(projects).map(([name, test]) => ({ test: { name, testTimeout: 30_000, ...test } })),
    allowOnly: false,
  },
});
