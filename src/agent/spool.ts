import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RESULT_SUFFIX, runFiles } from './run-files.ts';

/** Results stay this long after they were acknowledged, for a job that is delivered again (REC-44). */
const KEEP_MS = 24 * 3_600_000;

/** Results of runs on the disk of their host, until control has them (REC-44). `T` is opaque JSON to this room. */
export interface Spool<T> {
  /** Written before it is returned. Throws when the disk refuses it. */
  put(runId: string, result: T): void;
  get(runId: string): T | null;
  /** Those nobody has acknowledged yet. */
  offered(): T[];
  acknowledged(runId: string, at: number): void;
  /** Removes what was acknowledged long ago. Never throws. */
  prune(now: number): void;
}

interface Kept<T> {
  result: T;
  acknowledgedAt: number | null;
}

export function createSpool<T>(runsDir: string, parse: (raw: unknown) => T): Spool<T> {
  const fileOf = (runId: string): string => runFiles(runsDir, runId).result;
  const write = (runId: string, kept: Kept<T>): void => {
    mkdirSync(runsDir, { recursive: true });
    const file = fileOf(runId);
    writeFileSync(`${file}.tmp`, JSON.stringify(kept), { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
  };
  const read = (file: string): Kept<T> | null => {
    try {
      const raw = JSON.parse(readFileSync(file, 'utf8')) as Kept<unknown>;
      return { result: parse(raw.result), acknowledgedAt: raw.acknowledgedAt };
    } catch {
      return null;
    }
  };
  const files = (): string[] => {
    try {
      return readdirSync(runsDir)
        .filter((name) => name.endsWith(RESULT_SUFFIX))
        .map((name) => join(runsDir, name));
    } catch {
      return [];
    }
  };
  const offered = new Map<string, T>();
  for (const file of files()) {
    const kept = read(file);
    if (kept?.acknowledgedAt === null) offered.set(basename(file, RESULT_SUFFIX), kept.result);
  }
  return {
    put(runId, result) {
      offered.set(runId, result);
      write(runId, { result, acknowledgedAt: null });
    },
    get: (runId) => read(fileOf(runId))?.result ?? null,
    offered: () => [...offered.values()],
    acknowledged(runId, at) {
      const result = offered.get(runId);
      if (result === undefined) return;
      offered.delete(runId);
      write(runId, { result, acknowledgedAt: at });
    },
    prune(now) {
      for (const file of files()) {
        try {
          const kept = read(file);
          const since = kept === null ? statSync(file).mtimeMs : kept.acknowledgedAt;
          if (since !== null && now - since > KEEP_MS) rmSync(file, { force: true });
        } catch {
          // The next pruning finds it again.
        }
      }
    },
  };
}
