import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { inRoot, ROOT } from './paths.mjs';

/** What the npm scripts start, by name. Each sets the exit code; a thrown error is one line for a person. */
export const TARGETS = { run, test, bench, check, build, docs, fmt };

/** The program in this very process: signals and the exit code need no forwarding. @param {string[]} args */
async function run(args) {
  await build();
  const main = inRoot('dist', 'main.js');
  process.argv = [process.execPath, main, ...args];
  await import(pathToFileURL(main).href);
}

async function build() {
  await ensureInstalled();
  await ensureBuilt();
}

/** @param {string[]} args */
async function test(args) {
  await build();
  await script(['--import', 'tsx', 'scripts/test.ts', ...args]);
}

/** @param {string[]} args */
async function bench(args) {
  await build();
  await script(['--import', 'tsx', 'bench/main.ts', ...args]);
}

async function check(args) {
  await ensureInstalled();
  await script(['--import', 'tsx', 'scripts/check.ts', ...args]);
}

async function docs(args) {
  await ensureInstalled();
  await script(['--import', 'tsx', 'scripts/docs.ts', ...args]);
}

async function fmt(args) {
  await ensureInstalled();
  await script([
    inRoot('node_modules/@biomejs/biome/bin/biome'),
    'check',
    '--write',
    ...(args.length ? args : ['.']),
  ]);
}

/** Runs Node in the clone, hands signals on, and takes over the exit code. @param {string[]} args */
function script(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
      resolve(undefined);
    });
  });
}
