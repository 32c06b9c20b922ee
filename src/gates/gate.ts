import { describeError } from '../errors.ts';
import type { Project } from '../pipeline/project.ts';
import type { GateName, WorkStage } from '../pipeline/stages.ts';
import type { Evidence, GateResult } from '../pipeline/verdict.ts';
import type { GatePorts, GitPorts } from './ports.ts';
import type { GateSettings } from './settings.ts';

/** One question, one verdict (PIPE-63). Everything it needs travels in `input`, which is plain JSON. */
export type Gate<Ports = GatePorts> = (
  input: GateInput,
  ports: Ports,
  signal: AbortSignal,
) => Promise<GateResult>;

/** A gate that any host judges from git alone; the compiler sees to it that it asks nothing else. */
export type GitGate = Gate<GitPorts>;

export interface GateInput {
  gate: GateName;
  taskId: number;
  wid: string;
  title: string;
  repo: string;
  /** The immutable policy of the task's project. */
  project: Project;
  stage: WorkStage;
  attempt: number;
  /** Of this gate's job (PIPE-14); grows when the gate deliberately runs again. */
  generation: number;
  branch: string;
  /** What the gate reads was written in the stage before, because the task's track has no agent here. */
  writtenBefore: boolean;
  /** Branch head at the start of the attempt. */
  startSha: string | null;
  /** Head the engine last recorded for the branch; commits of the engine itself move it. */
  headSha: string | null;
  prNumber: number | null;
  baseSha: string | null;
  testedSha: string | null;
  testedTree: string | null;
  /** Logins of our own tokens; their reviews do not count (PIPE-72). */
  botUsers: readonly string[];
  /** Evidence this gate left when it last parked in this attempt (reads so far, a finished re-test). */
  previous: Evidence | null;
  /** Earlier green runs of the project's check command, for SHIP-56 and SHIP-58. */
  checkHistory: CheckHistory;
  settings: GateSettings;
}

export interface CheckHistory {
  /** Green runs, newest first; five are enough. */
  passes: readonly CheckPass[];
  /** Executed tests of the last green run of what is now main, where it was known. */
  mainTests: number | null;
  /** Coverage of the same run, in percent, where it was known. */
  mainCoverage: number | null;
}

export interface CheckPass {
  sha: string;
  durationMs: number;
  tests: number | null;
  coverage: number | null;
}

/** Thrown by a port whose answer is on its way: the same gate is judged again when it is there. */
export class NotYet<Wanted = unknown> extends Error {
  readonly wanted: Wanted;
  constructor(wanted: Wanted) {
    super('the answer is not there yet');
    this.name = 'NotYet';
    this.wanted = wanted;
  }
}

/**
 * Runs a gate. A throw becomes `cannot-verify` with its message; an aborted gate throws instead, because being
 * stopped is no verdict, and neither is an answer that is not there yet.
 */
export async function runGate<Ports>(
  gate: Gate<Ports>,
  input: GateInput,
  ports: Ports,
  signal: AbortSignal,
): Promise<GateResult> {
  signal.throwIfAborted();
  try {
    const result = await gate(input, ports, signal);
    if (result.outcome !== 'passed') signal.throwIfAborted();
    return result;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NotYet) throw error;
    const transient = error instanceof Error && 'retry' in error && error.retry === true;
    return {
      outcome: 'cannot-verify',
      reason: `cannot verify: ${describeError(error)}`,
      evidence: { internalError: true, transient, ...(isUnreachable(error) ? { unreachable: true } : {}) },
    };
  }
}

/** The forge did not answer: nothing was found out, and the same gate may look again later. */
const isUnreachable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'git-unreachable';
