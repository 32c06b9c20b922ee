import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { hasProc } from './identity.ts';

/** Environment variable every child of a run carries and its children inherit (REC-60). */
export const RUN_MARKER = 'ORCH_RUN_ID';

/**
 * The marker value of a run: unique on this machine, because several installations may run here whose task and
 * run numbers are alike, and none may end the processes of another. `home` is a directory only one of them uses.
 */
export const markOf = (runId: string, home: string): string =>
  `${runId}.${createHash('sha256').update(home).digest('hex').slice(0, 10)}`;

export interface SweepResult {
  /** Processes that got a SIGKILL. */
  killed: number;
  /** Pids still alive when we gave up; empty is the verified good end. */
  left: number[];
}

/** Pids of living processes whose environment carries `ORCH_RUN_ID=<mark>`; ours is never among them. */
export function findRunProcesses(mark: string): number[] {
  if (!hasProc()) return [];
  const needle = Buffer.from(`\0${RUN_MARKER}=${mark}\0`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => environOf(name).includes(needle))
    .map(Number);
}

/**
 * Kills every process `list` names, again and again until it names none (AGENT-27). Needed because each
 * Bash command of an agent runs in a session of its own, which no group signal reaches.
 */
export async function sweep(list: () => number[], deadlineMs = 5000): Promise<SweepResult> {
  const killed = new Set<number>();
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const left = list();
    if (left.length === 0 || performance.now() > giveUpAt) return { killed: killed.size, left };
    for (const pid of left) if (sendSignal(pid, 'SIGKILL')) killed.add(pid);
    await delay(20);
  }
}

/** Ends everything that belongs to a run, for orphans found at start (REC-63). */
export const sweepRun = (mark: string): Promise<SweepResult> => sweep(() => findRunProcesses(mark));

/** Sends a signal to a pid, or to a group when negative. False when there is nothing to signal. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function environOf(pid: string): Buffer {
  try {
    // Zombies and kernel threads read as empty; the leading NUL makes the first variable match too.
    return Buffer.concat([Buffer.of(0), readFileSync(`/proc/${pid}/environ`)]);
  } catch {
    return Buffer.alloc(0);
  }
}
