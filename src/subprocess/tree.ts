import { execFile } from 'node:child_process';
import { hasProc, identify, isAlive, type ProcessIdentity } from './identity.ts';

export interface TreeRecorder {
  /** Descendants seen while the run lived that are still the same living processes. */
  living(): number[];
  stop(): void;
}

/**
 * Remembers the descendants of `rootPid` while it lives: the fallback of AGENT-27 for systems without
 * `/proc`, where a finished parent would take the knowledge of its children with it. Idle on Linux.
 */
export function recordTree(rootPid: number, intervalMs = 1000): TreeRecorder {
  const seen = new Map<number, ProcessIdentity>();
  if (hasProc()) return { living: () => [], stop: () => {} };
  const look = () =>
    execFile('ps', ['-axo', 'pid=,ppid='], (_error, stdout) => {
      for (const pid of descendantsOf(rootPid, stdout)) {
        const identity = seen.has(pid) ? null : identify(pid);
        if (identity) seen.set(pid, identity);
      }
    });
  const timer = setInterval(look, intervalMs);
  timer.unref();
  return {
    living: () => [...seen.values()].filter(isAlive).map((identity) => identity.pid),
    stop: () => clearInterval(timer),
  };
}

/** Pids below `rootPid` in a `pid ppid` listing. */
export function descendantsOf(rootPid: number, listing: string): number[] {
  const children = new Map<number, number[]>();
  for (const line of listing.split('\n')) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid && parent) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  const open = [rootPid];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const below = children.get(at) ?? [];
    found.push(...below);
    open.push(...below);
  }
  return found;
}
