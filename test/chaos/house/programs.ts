import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MAIN } from '../../support/compiled.ts';
import { until } from '../../support/until.ts';

const CLOCK = new URL('./clock.mjs', import.meta.url).href;

export interface ProgramOptions {
  name: string;
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Where its output and the offset of its clock are kept. */
  dir: string;
}

/** A process of the product that is started again when it dies, as systemd or docker would do. */
export interface SupervisedProgram {
  name: string;
  pid(): number;
  /** How often it was started. */
  starts(): number;
  /** What it said first, parsed; of the present process. */
  announced(): Record<string, unknown>;
  /** SIGKILL; resolves when it is dead. It comes back after `awayMs`, and `back` resolves when it has started. */
  kill(awayMs: number): Promise<{ back: Promise<void> }>;
  /** Sets its wall clock off; 0 puts it right. */
  shiftClock(ms: number): void;
  /** True while a process of it runs and has announced itself. */
  isUp(): boolean;
  stop(): Promise<number | null>;
}

export async function startSupervised(options: ProgramOptions): Promise<SupervisedProgram> {
  const clockFile = path.join(options.dir, `${options.name}.clock`);
  writeFileSync(clockFile, '0');
  const output = createWriteStream(path.join(options.dir, `${options.name}.out`), { flags: 'a' });
  let child: ChildProcess;
  let text = '';
  let starts = 0;
  let stopping = false;
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  const launch = async () => {
    text = '';
    starts += 1;
    child = spawn(process.execPath, ['--import', CLOCK, MAIN, ...options.argv], {
      env: { ...options.env, CHAOS_CLOCK_FILE: clockFile },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr?.pipe(output, { end: false });
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    const born = child;
    born.once('exit', (code, signal) => {
      output.write(`--- ${options.name} ${born.pid} ended: ${code ?? signal}\n`);
    });
    await until(() => text.includes('\n') || isGone(), {
      what: `${options.name} starts`,
      deadlineMs: 30_000,
    });
  };
  // Whatever ends it but us, it is started again a moment later.
  const keep = async (): Promise<void> => {
    while (!stopping) {
      if (isGone() && Date.now() >= notBefore) await launch();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  let notBefore = 0;
  await launch();
  if (isGone()) throw new Error(`${options.name} did not start; see ${options.dir}/${options.name}.out`);
  const kept = keep();
  const isUp = () => !isGone() && text.includes('\n');
  return {
    name: options.name,
    pid: () => child.pid ?? 0,
    starts: () => starts,
    announced: () => JSON.parse(text.split('\n')[0] ?? '{}') as Record<string, unknown>,
    async kill(awayMs) {
      const before = starts;
      notBefore = Date.now() + awayMs;
      if (!isGone()) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      const back = until(() => starts > before && isUp(), {
        what: `${options.name} is back`,
        deadlineMs: awayMs + 60_000,
      }).then(() => undefined);
      back.catch(() => undefined);
      return { back };
    },
    shiftClock: (ms) => writeFileSync(clockFile, String(ms)),
    isUp,
    async stop() {
      stopping = true;
      await kept;
      if (!isGone()) {
        child.kill('SIGTERM');
        const hard = setTimeout(() => child.kill('SIGKILL'), 20_000);
        await once(child, 'exit');
        clearTimeout(hard);
      }
      output.end();
      return child.exitCode;
    },
  };
}
