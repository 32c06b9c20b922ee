import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DemoTask } from '../../src/cli/demo/result.ts';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BOOTSTRAP = path.join(ROOT, 'scripts', 'bootstrap.mjs');

/** A demo as a person starts it: `npm run demo -- <args>`, in a process of its own. */
export interface DemoProcess {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Exit code; null when a signal ended it. */
  exited: Promise<number | null>;
  /** The URL printed at the start, once it is there. */
  keyUrl(): Promise<string>;
  /** What `--json` printed last. */
  result(): { tasks: DemoTask[]; durationMs: number };
  /** SIGKILL to the node process alone, as the kernel does when memory is short. */
  kill(): Promise<void>;
  /** Ctrl-C. */
  interrupt(): Promise<number | null>;
}

export interface DemoStart {
  /** Default `demo`. */
  command?: 'demo' | 'start';
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

const KEY_URL = /Chat page: (\S+)/;

/** Starts the program of this clone through the door of every npm script. */
export function startDemo({ command = 'demo', args = [], env = {} }: DemoStart): DemoProcess {
  const child = spawn(process.execPath, [BOOTSTRAP, 'run', command, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? tmpdir(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = collect(child, 'stdout');
  const err = collect(child, 'stderr');
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return {
    pid: child.pid ?? 0,
    stdout: out,
    stderr: err,
    exited,
    keyUrl: () =>
      until(() => KEY_URL.exec(out() + err())?.[1], { what: `the chat page is announced, not: ${err()}` }),
    result: () => JSON.parse(out().trim().split('\n').at(-1) ?? '') as ReturnType<DemoProcess['result']>,
    async kill() {
      child.kill('SIGKILL');
      // The pipes may be held by what survives: only the process itself must be gone.
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
    async interrupt() {
      child.kill('SIGINT');
      return exited;
    },
  };
}

function collect(child: ChildProcess, stream: 'stdout' | 'stderr'): () => string {
  let text = '';
  child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

/** A directory for one test, and nothing of it left afterwards: neither files nor processes. */
export async function temporaryDir(name: string): Promise<{ dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(path.join(tmpdir(), `orch-${name}-`));
  return {
    dir,
    async remove() {
      await killProcessesOf(dir);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Ends whatever names this directory, at once. */
export async function killProcessesOf(dir: string): Promise<void> {
  for (const { pid } of await processesOf(dir)) signal(pid);
  await until(async () => (await processesOf(dir)).length === 0, { what: 'the processes are gone' });
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Living processes that name this directory in their command line or environment; ourselves excepted. */
export async function processesOf(dir: string): Promise<{ pid: number; command: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, environ] = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      const names = `${command}${environ}`.includes(dir);
      return names ? { pid: Number(pid), command: (command ?? '').replaceAll('\0', ' ') } : null;
    }),
  );
  return found.filter((one) => one !== null);
}
