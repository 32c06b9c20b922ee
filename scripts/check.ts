// Everything a change must satisfy besides the tests, in order of speed; all steps run, then the verdict.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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

const failed = Object.entries(STEPS).filter(([name, args]) => !passes(name, args));
if (failed.length > 0) process.stdout.write(`check failed: ${failed.map(([name]) => name).join(', ')}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;

function passes(name: string, args: readonly string[]): boolean {
  const startedAt = performance.now();
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, options);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? '✓' : '✗'} ${name} (${seconds} s)\n`);
  if (status !== 0)
    process.stdout.write(`${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}\n`);
  return status === 0;
}
