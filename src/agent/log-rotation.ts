import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROTATED_SUFFIXES } from './run-files.ts';

export interface RotationOptions {
  runsDir: string;
  /** Epoch ms. */
  now: number;
  /** `ORCH_LOG_KEEP_DAYS`. */
  keepDays: number;
  /** `ORCH_LOG_KEEP_MAX`: newest runs kept. */
  keepMax: number;
  /** Run ids that are never touched nor counted. */
  active: ReadonlySet<string>;
}

interface LogFile {
  path: string;
  runId: string;
  changedMs: number;
}

/** Deletes old logs and briefs directly in the directory; returns how many. Never throws (AGENT-53). */
export function rotateRunLogs(options: RotationOptions): number {
  const files = listLogFiles(options.runsDir).filter((file) => !options.active.has(file.runId));
  const newest = new Map<string, number>();
  for (const file of files) newest.set(file.runId, Math.max(file.changedMs, newest.get(file.runId) ?? 0));
  const kept = new Set(
    [...newest]
      .sort(([, a], [, b]) => b - a)
      .slice(0, options.keepMax)
      .map(([runId]) => runId),
  );
  const oldest = options.now - options.keepDays * 24 * 3_600_000;
  return files.filter((file) => (file.changedMs < oldest || !kept.has(file.runId)) && remove(file.path))
    .length;
}

function listLogFiles(runsDir: string): LogFile[] {
  try {
    return readdirSync(runsDir, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap((entry) => {
        const suffix = ROTATED_SUFFIXES.find((end) => entry.name.endsWith(end));
        if (!suffix) return [];
        const path = join(runsDir, entry.name);
        return [{ path, runId: entry.name.slice(0, -suffix.length), changedMs: changedAt(path) }];
      });
  } catch {
    return [];
  }
}

function changedAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function remove(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}
