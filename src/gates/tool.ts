import { AppError } from '../errors.ts';
import { runProcess } from '../subprocess.ts';

export interface ToolRun {
  argv: readonly [string, ...string[]];
  cwd: string;
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
  signal: AbortSignal;
  stdin?: string;
}

export type ToolOutcome =
  | { kind: 'ended'; exitCode: number; stdout: Buffer; stderr: string }
  /** The program is not installed. */
  | { kind: 'absent' }
  | { kind: 'stopped'; reason: string };

const MAX_STDOUT_BYTES = 256 * 1024 * 1024;

/** Runs a tool to its end; being absent, stopped or too talkative is an outcome, not a throw. */
export async function runTool(run: ToolRun): Promise<ToolOutcome> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const result = await runProcess({
      argv: run.argv,
      cwd: run.cwd,
      env: run.env,
      ...(run.stdin === undefined ? {} : { stdin: run.stdin }),
      deadlineMs: run.timeoutMs,
      killGraceMs: 2_000,
      maxOutputBytes: 64 * 1024,
      signal: run.signal,
      onStdout: (chunk) => {
        size += chunk.length;
        if (size > MAX_STDOUT_BYTES) throw new AppError('tool-output', 'the output exceeds 256 MiB');
        chunks.push(chunk);
      },
    });
    if (result.timedOut) return { kind: 'stopped', reason: `no end within ${run.timeoutMs / 1000} s` };
    if (result.exitCode === null)
      return { kind: 'stopped', reason: `stopped by ${result.cause ?? result.signal}` };
    return {
      kind: 'ended',
      exitCode: result.exitCode,
      stdout: Buffer.concat(chunks),
      stderr: result.stderrTail,
    };
  } catch (error) {
    if (error instanceof AppError && error.code === 'process-not-found') return { kind: 'absent' };
    if (error instanceof AppError && error.code === 'tool-output')
      return { kind: 'stopped', reason: error.message };
    throw error;
  }
}

/** The value of a JSON text; undefined when it is none. */
export function readJson(text: string | Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}

/** A value as an object with unknown fields; empty when it is none. */
export const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
