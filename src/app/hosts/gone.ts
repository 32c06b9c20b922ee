import type { LiveRun } from '../../db/runs.ts';
import { identify, isAlive } from '../../subprocess.ts';
import type { RollCall } from './roll-call.ts';

const OWN_BOOT = identify(process.pid)?.bootId;

const processOf = (roll: Pick<RollCall, 'worker'>, { worker }: LiveRun) =>
  worker === null ? null : (roll.worker(worker)?.last.process ?? null);

/** Only of a process of this very boot can be proven that it is dead. */
export function isKnownDead(roll: Pick<RollCall, 'worker'>, run: LiveRun): boolean {
  const process = processOf(roll, run);
  return process !== null && process.bootId === OWN_BOOT && !isAlive(process);
}

export interface GoneDeps {
  roll: Pick<RollCall, 'worker'>;
  /** Tasks with a step in hand in this very process. */
  inHand: () => ReadonlySet<number>;
  /** False where Redis has lost the connection of a worker. */
  isConnected: (worker: string) => Promise<boolean>;
}

/** Of a run whose lock has run out: whether its worker is gone, or may still come back (AGENT-59). */
export async function isGone({ roll, inHand, isConnected }: GoneDeps, run: LiveRun): Promise<boolean> {
  if (inHand().has(run.task)) return false;
  // Nobody has ever announced it: its worker died as soon as it had taken the job.
  if (run.worker === null) return true;
  if (isKnownDead(roll, run)) return true;
  if (processOf(roll, run)?.bootId === OWN_BOOT) return false;
  return !(await isConnected(run.worker));
}
