import type { LiveRun } from '../../db/runs.ts';
import type { AgentClass } from '../../pipeline/agent-result.ts';
import type { FactEvent } from '../../pipeline/events.ts';
import type { Tier } from '../../pipeline/reap.ts';
import { isTerminal, type WorkStage } from '../../pipeline/stages.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { House } from '../house.ts';

export interface Verdict {
  tier: Tier;
  reason: string;
}

export interface ConsequenceDeps {
  house: Pick<House, 'tasks' | 'verdicts'>;
  /** Newest commit of the task's branch; null where there is none. */
  tipOf: (task: TaskState) => Promise<string | null>;
  now: () => number;
}

/** What follows a reaped run is decided by how it ended, where that is known (REC-67). */
export function classOf(run: LiveRun, tier: Tier): AgentClass {
  if (tier === 3) return 'timeout';
  return tier === 2 ? ((run.exit?.class as AgentClass | undefined) ?? 'interrupted') : 'interrupted';
}

/** What a worker would have told and nobody knows. */
const UNKNOWN = {
  startSha: null,
  codeChanged: true,
  usage: null,
  sessionId: null,
  logTail: '',
  restored: [],
  archiveRef: null,
  resumeAt: null,
} as const;

/** The commit the run began with: in the first attempt of a task only the step before it knows. */
function headBefore({ verdicts }: ConsequenceDeps['house'], task: TaskState): string | null {
  if (task.headSha !== null) return task.headSha;
  const begun = verdicts.of(task.id).findLast(({ evidence }) => typeof evidence.headSha === 'string');
  return begun === undefined ? null : String(begun.evidence.headSha);
}

/** What the machine is told; nothing of a task that has ended or is being stopped (REC-67). */
export async function consequenceOf(
  { house, tipOf, now }: ConsequenceDeps,
  run: LiveRun,
  { tier, reason }: Verdict,
): Promise<FactEvent[]> {
  const task = house.tasks.get(run.task);
  if (task === null || isTerminal(task.stage) || task.activity.kind === 'stopping') return [];
  const target = { task: task.id, stage: run.stage as WorkStage, attempt: run.attempt, fence: run.fence };
  const base = { kind: 'fact', at: now(), target } as const;
  const cause = classOf(run, tier);
  const headSha = cause === 'finished' ? await tipOf(task) : null;
  // It ended well, but died with its worker before its work was pushed: there is nothing for a gate to judge.
  const nothingPushed = cause === 'finished' && (headSha === null || headSha === headBefore(house, task));
  if (cause === 'interrupted' || nothingPushed)
    return [{ ...base, name: 'run-lost', key: `${run.id}:lost`, data: { reason } }];
  const data = { ...UNKNOWN, run: run.run, class: cause, reason, headSha, exitCode: run.exit?.code ?? null };
  const result = { ...base, name: 'agent-result', key: `${run.id}:lost`, data } as const;
  // The verdict of the gates decides; the agent is not repeated.
  const goOn = { ...base, name: 'wake', key: `${run.id}:goes-on`, data: {} } as const;
  return cause === 'finished' ? [result, goOn] : [result];
}
