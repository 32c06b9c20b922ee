import type { CapName } from '../agent/budget.ts';
import type { NextStartFacts } from '../agent/next-start.ts';
import type { AgentRequest } from '../agent/port.ts';
import type { GateInput } from '../gates/gate.ts';
import type { Evidence } from '../pipeline/verdict.ts';
import type { WriteScope } from '../pipeline/write-scope.ts';
import type { StepOutcome } from '../queues/catalog.ts';
import type { ChecksRequest } from '../workspace/checks.ts';

export type RetryFacts = Omit<NextStartFacts, 'now' | 'random'>;

/** What every step of a stage attempt may need; plain JSON, it travels in the payload (REC-14). */
export interface StepInput extends Omit<GateInput, 'gate' | 'previous'> {
  prefix: string;
  description: string;
  /** Tracker's id of the issue, else the task's own: part of a branch name of last resort (FORGE-64). */
  fallbackId: string;
  /** Where people see the tracker issue; null for none. */
  issueUrl: string | null;
  landedSha: string | null;
  servedSha: string | null;
  /** Tip of main the confirmation was given for (SHIP-84). */
  confirmedBase: string | null;
  confirmedBy: string | null;
  /** What each gate of this delivery last said, for report 14 (SHIP-131). */
  gates: readonly { gate: string; verdict: string }[];
  /** Evidence a step left when it last parked in this attempt, by step. */
  left: Readonly<Record<string, Evidence>>;
  /** `project-checks` only: what to run at which commit. */
  checks?: Omit<ChecksRequest, 'signal'>;
  /** `run-agent` only. */
  agent?: {
    request: AgentRequest;
    scope: WriteScope;
    resume: boolean;
    /** The cap the run would meet first, with its whole amount (AGENT-47). */
    cap: { name: CapName; usd: number | null } | null;
    /** What decides when a next run may start (AGENT-42, AGENT-43). */
    retry: RetryFacts;
  };
}

const CARRIED = [
  'branch',
  'startSha',
  'headSha',
  'prNumber',
  'baseSha',
  'testedSha',
  'testedTree',
  'landedSha',
  'servedSha',
] as const satisfies readonly (keyof StepInput)[];

/**
 * The input with what the steps before this one established: the head an agent pushed, the pull request, the
 * tested commit. A payload is written before those are known.
 */
export function withFacts(input: StepInput, before: readonly StepOutcome[]): StepInput {
  const known: Record<string, unknown> = {};
  for (const { evidence } of before) {
    for (const key of CARRIED) {
      if (evidence[key] !== undefined && evidence[key] !== null) known[key] = evidence[key];
    }
  }
  return { ...input, ...known };
}

/** The first outcome that did not pass: later steps are not run (PIPE-9). */
export const firstRefusal = (before: readonly StepOutcome[]): StepOutcome | undefined =>
  before.find(({ outcome }) => outcome !== 'passed');
