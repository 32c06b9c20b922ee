import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ROOT } from './paths.mjs';

/**
 * Runs a program in the clone and keeps its output. Never rejects for a failing program.
 * @param {string} program @param {string[]} args
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function capture(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const add = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.once('error', reject);
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** npm as an ordinary quiet client: its noise appears only when it fails. @param {string[]} args */
export function npm(args) {
  const quiet = ['--no-fund', '--no-audit', '--no-update-notifier', '--loglevel=error'];
  const own = process.env.npm_execpath;
  // The npm that started us, else the one on PATH.
  if (own?.endsWith('.js') && existsSync(own)) return capture(process.execPath, [own, ...args, ...quiet]);
  return capture('npm', [...args, ...quiet]);
}
