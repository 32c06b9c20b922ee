// Everything a change must satisfy besides the tests; all steps run, then the verdict.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSX = ['--import', 'tsx'];

/** Arguments for Node, so that nothing depends on PATH or a shell. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  'lock file is complete': ['scripts/complete-lockfile.mjs', '--check'],
  'format and lint': ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '.'],
  types: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
  'import law': [...TSX, 'scripts/law.ts'],
  'dead code': ['node_modules/knip/bin/knip.js', '--no-progress'],
  'rendered docs are current': [...TSX, 'scripts/docs.ts', '--check'],
};

const run = promisify(execFile);
const waiting = Object.entries(STEPS);
const failed: string[] = [];
await Promise.all(Array.from({ length: availableParallelism() }, takeSteps));
if (failed.length > 0) process.stdout.write(`check failed: ${failed.join(', ')}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** As many at a time as there are cores: each keeps one busy. */
async function takeSteps(): Promise<void> {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift())
    if (!(await passes(...step))) failed.push(step[0]);
}

async function passes(name: string, args: readonly string[]): Promise<boolean> {
  const startedAt = performance.now();
  const complaint = await run(process.execPath, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 }).then(
    () => null,
    ({ stdout = '', stderr = '', message }) => `${stdout}${stderr}` || String(message),
  );
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${complaint === null ? '✓' : '✗'} ${name} (${seconds} s)\n`);
  if (complaint !== null) process.stdout.write(`${complaint}\n`);
  return complaint === null;
}
