import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

/** A function that makes temporary directories, removed after each test. Call it at the top of a test file. */
export function useTempDirs(): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    for (const dir of made.splice(0)) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  return async () => {
    const dir = await mkdtemp(join(tmpdir(), 'orch-delivery-'));
    made.push(dir);
    return dir;
  };
}
