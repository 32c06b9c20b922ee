import type { Readable, Writable } from 'node:stream';
import type { SignalSource } from '../shutdown.ts';

/** A standard stream as the command line needs it. */
export type OutputStream = Writable & { isTTY?: boolean; columns?: number };

/** What a command knows of the process; made once by `main`, the only reader of environment and arguments. */
export interface CliContext {
  env: Readonly<Record<string, string | undefined>>;
  /** Without program and script. */
  argv: readonly string[];
  cwd: string;
  home: string;
  host: string;
  /** Data only; a command's one JSON value with `--json`. */
  stdout: OutputStream;
  /** Words for people, and logs. */
  stderr: OutputStream;
  stdin: Readable & { isTTY?: boolean };
  /** True when logs go to a terminal. */
  isTerminal: boolean;
  version: string;
  /** Commit this program was built from; null when unknown. */
  commit: string | null;
  /** Where signals come from and exits go to. */
  signals: SignalSource;
}

/** Options every command takes (REC-144). */
export interface Flags {
  /** One JSON value on standard output. */
  json: boolean;
  dataDir?: string;
}
