import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** `--seed 7 --faults 300`, and the variables by which the lane is told. */
const OPTIONS: Readonly<Record<string, string>> = {
  '--seed': 'CHAOS_SEED',
  '--faults': 'CHAOS_FAULTS',
  '--tasks': 'CHAOS_TASKS',
  '--report': 'CHAOS_REPORT',
};

export interface ChaosOrder {
  /** The arguments that are not for the chaos lane. */
  rest: string[];
  /** For the process the lane runs in. */
  env: Record<string, string>;
  /** The last line of `npm run test:chaos -- --json`; null where the lane did not come to one. */
  line: () => string | null;
}

/** Takes the options of the chaos lane out of the arguments. */
export function chaosOrder(args: readonly string[]): ChaosOrder {
  const lineFile = path.join(tmpdir(), `orch-chaos-${process.pid}.json`);
  rmSync(lineFile, { force: true });
  const env: Record<string, string> = { CHAOS_LINE: lineFile };
  const rest: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const name = OPTIONS[args[at] ?? ''];
    if (name === undefined) rest.push(args[at] ?? '');
    else {
      at += 1;
      env[name] = args[at] ?? '';
    }
  }
  return {
    rest,
    env,
    line: () => {
      if (!existsSync(lineFile)) return null;
      const line = readFileSync(lineFile, 'utf8').trim();
      rmSync(lineFile);
      return line;
    },
  };
}
