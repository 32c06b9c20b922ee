import { stagesOf } from '../../app/surfaces/replies.ts';
import type { App } from '../../app.ts';
import { gateOfStep } from '../../pipeline/plan.ts';
import type { TaskState } from '../../pipeline/task.ts';

/** One task of the demo, as `--json` prints it. */
export interface DemoTask {
  id: string;
  stage: string;
  stages: readonly string[];
  attempts: Readonly<Record<string, number>>;
  bounces: number;
  gates: readonly { gate: string; verdict: string }[];
  merged: boolean;
  landedTreeMatches: boolean;
  servedSha: string | null;
  rolledBack: boolean;
}

/** What came of a task, from the database alone. */
export function resultOf({ parts }: App, task: TaskState): DemoTask {
  const gates = parts.house.verdicts.of(task.id).flatMap(({ step, outcome }) => {
    const gate = gateOfStep(step);
    return gate === null ? [] : [{ gate, verdict: outcome }];
  });
  return {
    id: task.wid,
    stage: task.stage,
    stages: stagesOf(task),
    attempts: task.attempts,
    bounces: task.bounces.length,
    gates,
    merged: task.landedSha !== null,
    landedTreeMatches: task.landedMatches === true,
    servedSha: task.servedSha,
    rolledBack: task.watch?.rolledBack?.ok === true,
  };
}
