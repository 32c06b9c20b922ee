import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Measure } from './part.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SUBJECT = fileURLToPath(new URL('../subject.ts', import.meta.url));
const PRODUCT = new URL('../product.mjs', import.meta.url).href;

/** Longest time of one subject beyond what it works on purpose. */
const PATIENCE_MS = 600_000;

/**
 * Every subject gets a fresh process: its memory, its CPU time and what its compiler has learned are its own. The
 * last line it prints is its result. `cpuProfileDir` leaves a profile of each there.
 */
export function inChildren(cpuProfileDir: string | null): Measure {
  return (subject, options, workS = 0) => {
    const profile = cpuProfileDir === null ? [] : ['--cpu-prof', '--cpu-prof-dir', cpuProfileDir];
    const loaders = ['--import', 'tsx', '--import', PRODUCT];
    const argv = [...profile, '--expose-gc', ...loaders, SUBJECT, subject, JSON.stringify(options)];
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
      const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS + workS * 1000);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
      child.once('error', reject);
      child.once('close', (code, signal) => {
        clearTimeout(late);
        const last = output.trimEnd().split('\n').at(-1) ?? '';
        if (code === 0) resolve(JSON.parse(last));
        else reject(new Error(`${subject} ended with ${code ?? signal}: ${output.slice(-2000)}`));
      });
    });
  };
}
