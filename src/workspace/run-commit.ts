import type { Role } from '../pipeline/stages.ts';

/** Who and what a commit of a run belongs to; becomes its message and trailers (FORGE-86). */
export interface RunIdentity {
  wid: string;
  /** The task's project prefix. */
  prefix: string;
  stage: string;
  attempt: number;
  role: Role;
  runId: string;
}

/** Glob lists (repository-relative, `**` allowed) of AGENT-1. */
export interface WriteScope {
  /** What the role may write. */
  allow: readonly string[];
  /** Protected for every role, wins over `allow`. */
  protect: readonly string[];
}

export interface FinishRunRequest {
  branch: string;
  run: RunIdentity;
  /** Head the attempt started from; out-of-scope paths are restored from it. */
  startSha: string;
  /** Head the engine last recorded on the forge. */
  recordedHead: string;
  scope: WriteScope;
}

/** After a finished run: committed, scope enforced, pushed (FORGE-88, AGENT-1, AGENT-49). */
export type FinishRunOutcome =
  | { kind: 'pushed'; head: string; restored: string[]; changed: boolean }
  | { kind: 'stale-base'; head: string; remoteHead: string | null; restored: string[] }
  | { kind: 'transient' | 'refused'; reason: string; head: string; restored: string[] };

export interface ArchiveRunRequest {
  branch: string;
  run: Omit<RunIdentity, 'role'> & { role?: Role };
  /** Outcome class of the run, or the actor of a stop. */
  why: { kind: 'incomplete'; class: string } | { kind: 'stopped'; actor: string };
  /** The worktree is reset to this after the archive is confirmed in the mirror. */
  recordedHead: string;
}

/** `ref` null: there was nothing to save. `pushed` false: safe in the mirror, the forge has it later. */
export interface ArchivedRun {
  ref: string | null;
  sha: string | null;
  pushed: boolean;
}
