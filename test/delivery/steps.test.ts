import { expect, test } from 'vitest';
import { remainingSteps } from '../../src/pipeline/plan.ts';
import type { TaskState } from '../../src/pipeline/task.ts';
import { newTask, projectOf } from '../support/machine.ts';

const confirmed: TaskState = {
  ...newTask(),
  stage: 'deploy',
  confirmation: { sha: 'a'.repeat(40), baseSha: 'b'.repeat(40), by: 'Ada', at: 1 },
};

const modes: [deploy: 'hook' | 'agent' | 'none', steps: string[]][] = [
  ['hook', ['merge', 'deploy', 'finalize-deploy', 'gate.deploy_status']],
  ['agent', ['merge', 'agent', 'finalize-deploy', 'gate.deploy_status']],
  ['none', ['merge', 'finalize-deploy', 'gate.deploy_status']],
];

test.each(modes)('deploy: %s runs the hook only where a hook deploys (SHIP-130)', (deploy, steps) => {
  expect(remainingSteps(confirmed, projectOf({ deploy }))).toEqual(steps);
});

test('without a confirmation nothing of the deploy sequence exists, only the gates before it (SHIP-94)', () => {
  const asked = { ...confirmed, confirmation: null };
  expect(remainingSteps(asked, projectOf())).toEqual(['gate.branch_mergeable', 'gate.image_freshness']);
});
