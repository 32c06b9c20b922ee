import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createTail } from '../subprocess.ts';

/** What the control plane gets of the log (AGENT-57). */
export const LOG_TAIL_BYTES = 64 * 1024;
/** Kept free for the last lines, the result among them. */
const RESERVE = 0.1;

export interface RunLogOptions {
  path: string;
  /** `ORCH_RUN_LOG_MAX_BYTES`. */
  maxBytes: number;
  /** Replaces configured secrets by `***`. */
  redact: (text: string) => string;
}

export interface RunLog {
  /** One line of stdout. `partial`: a piece of a message, the first to go when space gets short. */
  stdout(line: string, partial: boolean): void;
  stderr(line: string): void;
  /** The last lines without partial messages. */
  tail(): string;
  close(): void;
}

/** The log of one run: mode 0600, redacted, bounded (AGENT-52). */
export function openRunLog({ path, maxBytes, redact }: RunLogOptions): RunLog {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'a', 0o600);
  const tail = createTail(LOG_TAIL_BYTES);
  let size = 0;
  let dropped = false;
  const write = (line: string, limit: number) => {
    const bytes = Buffer.from(`${redact(line)}\n`);
    if (size + bytes.length > limit) return note();
    writeSync(fd, bytes);
    size += bytes.length;
  };
  const note = () => {
    if (dropped) return;
    dropped = true;
    const bytes = Buffer.from('[orchestrator] the log reached its limit; lines were dropped\n');
    writeSync(fd, bytes);
    size += bytes.length;
  };
  const keep = (line: string) => tail.push(Buffer.from(`${redact(line)}\n`));
  return {
    stdout(line, partial) {
      if (!partial) keep(line);
      write(
        line,
        partial ? maxBytes * (1 - 2 * RESERVE) : isResult(line) ? maxBytes : maxBytes * (1 - RESERVE),
      );
    },
    stderr(line) {
      keep(`[stderr] ${line}`);
      write(`[stderr] ${line}`, maxBytes * (1 - RESERVE));
    },
    tail: () => tail.text(),
    close: () => closeSync(fd),
  };
}

const isResult = (line: string): boolean => line.includes('"type":"result"');
