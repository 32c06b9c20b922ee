import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { CliContext, OutputStream } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/run.ts';

export interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  stdin?: string;
  /** A terminal of this many columns. */
  columns?: number;
}

/** A fresh data directory, removed with the test. */
export async function dataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'orch-cli-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs the command line in this process with streams of its own. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const terminal = options.columns === undefined ? {} : { isTTY: true, columns: options.columns };
  const stdout: OutputStream = Object.assign(new PassThrough(), terminal);
  const stderr: OutputStream = new PassThrough();
  const context: CliContext = {
    env: { PATH: process.env.PATH, ...options.env },
    argv,
    cwd: '/',
    home: tmpdir(),
    host: 'here',
    stdout,
    stderr,
    stdin: Readable.from(options.stdin === undefined ? [] : [options.stdin]),
    isTerminal: false,
    version: '1.2.3',
    commit: 'abcdef0123456789abcdef0123456789abcdef01',
    signals: { on: () => undefined, off: () => undefined, exit: () => undefined },
  };
  const exitCode = await runCli(context);
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout as PassThrough), stderr: await text(stderr as PassThrough) };
}
