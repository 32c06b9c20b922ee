import type { StepResult } from '../../../src/pipeline/events.ts';
import type { Stage } from '../../../src/pipeline/stages.ts';
import type { TaskState } from '../../../src/pipeline/task.ts';
import { newTask } from '../machine.ts';
import { waitingOf } from './views.ts';
import type { World } from './world.ts';

export const SHA = 'a1f0000000000000000000000000000000000000';

const ENTERED: Partial<Record<Stage, number>> = {
  analysis: 1,
  architecture: 1,
  development: 1,
  review: 1,
  testing: 1,
  'deploy-staging': 1,
  deploy: 1,
};

/** A task that waits for the approval of its analysis; `chat` is where it reports. */
export const awaitingApproval = (chat: number, now: number, change: Partial<TaskState> = {}): TaskState => ({
  ...newTask(now),
  originChat: String(chat),
  stage: 'analysis',
  attempts: { analysis: 1 },
  prepared: true,
  headSha: SHA,
  passed: ['prepare', 'agent', 'gate.analysis_complete'],
  activity: waitingOf('approval', { since: now, deadline: now + 86_400_000 }),
  ...change,
});

/** A task that waits for the confirmation of its deploy. */
export const awaitingConfirm = (chat: number, now: number, change: Partial<TaskState> = {}): TaskState => ({
  ...awaitingApproval(chat, now),
  stage: 'deploy',
  attempts: ENTERED,
  passed: [],
  prNumber: 12,
  testedSha: SHA,
  activity: waitingOf('confirm', {
    since: now,
    deadline: now + 3_600_000,
    expiresAt: now + 72 * 3_600_000,
    facts: { sha: SHA, time: now + 72 * 3_600_000, service: 'shop', deploy: 'hook' },
  }),
  ...change,
});

/** Ends the present publication as passed, as `settle-stage` would. */
export function settle(world: World, task: number, steps: readonly Partial<StepResult>[] = []): void {
  const state = world.tasks.get(task);
  if (!state) throw new Error('no such task');
  const results = steps.map((step) => ({
    step: 'agent',
    outcome: 'passed' as const,
    reason: '',
    evidence: {},
    ...step,
  }));
  world.apply({
    kind: 'fact',
    name: 'stage-settled',
    key: `settle.${task}.${state.version}`,
    target: { task, stage: state.stage, attempt: state.attempt },
    at: Date.now(),
    data: { steps: results },
  });
}
