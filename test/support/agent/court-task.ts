import type { Project } from '../../../src/pipeline/project.ts';
import { BRANCH, DIR, type World } from '../../gates/support/world.ts';
import type { Witness } from './court.ts';

/** Where a task stands when the program is called. */
export interface TaskSoFar {
  project: Project;
  /** Head the attempt starts from. */
  startSha: string;
  head: string;
}

const TESTS = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add } from '../src/numbers.js';

test('two numbers are added', () => assert.equal(add(1, 2), 3));
test('nothing is added', () => assert.equal(add(1, 0), 1));
test('order does not matter', () => assert.equal(add(1, 2), add(2, 1)));
`;

const MAIN = {
  'package.json': '{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n',
  'src/numbers.js': 'export const add = (a, b) => a + b;\n',
  'test/numbers.test.js': TESTS,
  'CHANGELOG.md': '# Changelog\n\n## [Unreleased]\n',
  '.ci/run': '#!/bin/sh\nexec npm test\n',
};

const report = (type: string, verdict: string, commit: string) =>
  `---\ntype: ${type}\nwork_item: SHOP-014\n${verdict}\nversion: 1\nattempt: 1\ncommit: ${commit}\n---\n\nRound 1.\n`;

/** A small project with three tests, and a task of it brought to the stage of this witness. */
export async function prepareTask(world: World, witness: Witness): Promise<TaskSoFar> {
  await world.commit('main', MAIN, 'shop');
  let head = await world.commit(BRANCH, { [`${DIR}/00-business-request.md`]: '# Multiply\n' });
  if (witness.role !== 'analyst' || witness.attempt > 1) head = await world.commit(BRANCH, analysis(witness));
  if (['reviewer', 'tester', 'deployer'].includes(witness.role)) {
    head = await world.commit(BRANCH, {
      'src/numbers.js': `${MAIN['src/numbers.js']}\nexport const one = 1;\n`,
    });
  }
  if (witness.attempt > 1) {
    const examined = head;
    head = await world.commit(BRANCH, {
      [`${DIR}/12-review.md`]: report('review', 'verdict: APPROVED', examined),
      [`${DIR}/13-test-report.md`]: report('test-report', 'result: PASS', examined),
    });
    head = await world.commit(BRANCH, {
      'src/numbers.js': `${MAIN['src/numbers.js']}\nexport const two = 2;\n`,
    });
  }
  const project: Project = { ...world.project, checks: { command: 'npm test' }, protectedPaths: ['.ci/**'] };
  return { project, startSha: head, head };
}

function analysis({ removedTests }: Witness): Record<string, string> {
  const removed = Array.from({ length: removedTests }, (_, n) => `\n  - test ${n}`).join('');
  const plan = 'title: Multiply\ntests:\n  - id: TC-01\n    expected: PASS\n';
  return {
    [`${DIR}/01-brd.md`]: '# Why\n',
    [`${DIR}/02-trz.md`]: '# What\n',
    [`${DIR}/03-acceptance-criteria.md`]: '- AC-1 PASS: it multiplies. FAIL: it does not.\n',
    [`${DIR}/04-test-plan.yaml`]: removed ? `${plan}removed_tests:${removed}\n` : plan,
  };
}
