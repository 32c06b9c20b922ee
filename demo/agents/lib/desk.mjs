// The tools of a scripted agent: they really read, write and run, and say so while they do.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readBrief } from './brief.mjs';
import { begin, finish, using } from './events.mjs';

export const exists = (path) => existsSync(path);
/** Without an announcement; empty when there is no such file. */
export const peek = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

export async function read(path) {
  await using('Read', { file_path: resolve(path) });
  return peek(path);
}

export async function write(path, content) {
  await using('Write', { file_path: resolve(path) });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content.endsWith('\n') ? content : `${content}\n`);
}

/** Replaces `from` by `to`; nothing to do when `to` is there already, so a repeated run changes nothing. */
export async function edit(path, from, to) {
  const before = peek(path);
  if (before.includes(to)) return;
  if (!before.includes(from))
    throw new Error(`${path} does not look as expected: no "${from.split('\n')[0]}"`);
  await using('Edit', { file_path: resolve(path) });
  writeFileSync(
    path,
    before.replace(from, () => to),
  );
}

/** Runs a command; resolves with its exit code and everything it printed. */
export async function run(program, args, env = {}) {
  await using('Bash', { command: [program, ...args].join(' ') });
  return new Promise((done) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 16 * 1024 * 1024 };
    execFile(program, args, options, (error, stdout, stderr) => {
      done({ code: error ? (error.code ?? 1) : 0, output: stdout + stderr });
    });
  });
}

/** Commits everything as the agent; nothing to commit is fine. */
export async function commit(subject, brief) {
  await run('git', ['add', '-A']);
  if ((await run('git', ['diff', '--cached', '--quiet'])).code === 0) return;
  const body = `Work-Item: ${brief.wid}\nStage: ${brief.stage}\nAttempt: ${brief.attempt}`;
  const { code, output } = await run('git', ['commit', '-q', '-m', subject, '-m', body]);
  if (code !== 0) throw new Error(`git commit failed: ${output}`);
}

/** Reads the brief, does the work, reports the end; a failure is an exit code and one line. */
export async function work(job) {
  const brief = await readBrief();
  begin();
  try {
    finish(await job(brief));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
