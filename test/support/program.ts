import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MAIN } from './compiled.ts';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** `orchestrator <command>` as a process of its own, for as long as a test needs it. */
export interface Program {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves with the first line of standard output: it has started. */
  ready(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Exit code; null when a signal ended it. */
  exited: Promise<number | null>;
}

/** `under`: a command in front of ours, which becomes it or has it as its child. */
export function startProgram(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  under: readonly string[] = [],
): Program {
  const [command = '', ...args] = [...under, process.execPath, MAIN, ...argv];
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', ORCH_ENV_FILE: '/dev/null', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    async ready() {
      await until(() => text.stdout.includes('\n') || gone(), { what: `${argv[0]} starts: ${text.stderr}` });
      if (gone()) throw new Error(`${argv[0]} ended: ${text.stderr}`);
    },
    signal: (name) => void child.kill(name),
    // Not `close`: what survives the process may hold its pipes.
    exited: once(child, 'exit').then(([code]) => code as number | null),
  };
}
