import { expect, test } from 'vitest';
import { notesOf } from '../../src/pipeline/notes.ts';
import type { VerdictRecord } from '../../src/pipeline/view.ts';
import { newTask } from '../support/machine.ts';

const verdict = (step: string, evidence: VerdictRecord['evidence'], attempt = 2): VerdictRecord => ({
  ...{ stage: 'development', attempt, generation: 0, outcome: 'passed', reason: '', at: 1 },
  ...{ step, evidence },
});

test('notes tell gates that are off, undone changes and foreign pushes of the attempt in hand, newest first (CARD-11)', () => {
  const task = { ...newTask(1), stage: 'development' as const, attempt: 2 };
  const verdicts = [
    verdict('agent', { restored: ['docs/x.md'] }, 1),
    verdict('agent', { class: 'stale-base', headSha: '1234567890', restored: [] }),
    verdict('agent', { class: 'finished', restored: ['a.md', 'b.md'], headSha: 'abc' }),
    verdict('gate.ci_green', { off: 'ORCH_CI_GATE_ENABLED' }),
    verdict('gate.tests_passed', {}),
  ];
  expect(notesOf(verdicts, task)).toEqual([
    { kind: 'gate-off', gate: 'ci_green' },
    { kind: 'restored', count: 2 },
    { kind: 'foreign-push', sha: '1234567890' },
  ]);
});
