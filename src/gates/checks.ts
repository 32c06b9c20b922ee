import type { Project } from '../pipeline/project.ts';
import type { ChecksRequest } from '../workspace/checks.ts';
import type { GateInput } from './gate.ts';

/** The project's declared check command (FORGE-40). */
export interface DeclaredCheck {
  command: string;
  timeoutMs?: number;
}

/** The declaration, its declared absence, or that nothing is said (PIPE-11). */
export function checkOf(project: Project): DeclaredCheck | 'none' | 'missing' {
  if (project.checks === 'none') return 'none';
  if (!project.checks?.command.trim()) return 'missing';
  const { command, timeoutS } = project.checks;
  return timeoutS === undefined ? { command } : { command, timeoutMs: timeoutS * 1000 };
}

/** The project's own limit, else the general one. */
export const checkLimitMs = (input: GateInput, check: DeclaredCheck): number =>
  check.timeoutMs ?? input.settings.checksTimeoutMs;

/** A run of the check command at one SHA, in the checks worktree of the task's branch. */
export function checksRequest(
  input: GateInput,
  check: DeclaredCheck,
  run: { sha: string; limitMs: number; signal: AbortSignal },
): ChecksRequest {
  return {
    sha: run.sha,
    branch: input.branch,
    command: check.command,
    ...(input.project.setup ? { setup: input.project.setup } : {}),
    deadlineMs: run.limitMs,
    id: `t${input.taskId}.${input.stage}.${input.attempt}.${input.gate.slice('check_'.length)}.g${input.generation}`,
    signal: run.signal,
  };
}
