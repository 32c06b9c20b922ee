import type { Evidence } from '../evidence.ts';
import type { Check } from './check.ts';

/** Gates every delivered task must have passed, and the report in its landed tree that shows it. */
const STEPS = [
  'gate.analysis_complete',
  'gate.architecture_done',
  'gate.ci_green',
  'gate.reviewer_verdict',
  'gate.tests_passed',
  'gate.staging_status',
  'gate.security_gate',
  'gate.branch_mergeable',
] as const;
const REPORTS: readonly { file: string; says: RegExp }[] = [
  { file: '12-review.md', says: /^verdict: APPROVED$/m },
  { file: '13-test-report.md', says: /^result: PASS$/m },
  { file: '17-security-report.md', says: /^security_status: PASS$/m },
];

export const GATES_HELD: readonly Check[] = [
  {
    counter: 'gatesSkipped',
    asks: 'Has every delivered task a passed verdict of every gate?',
    find: (evidence) =>
      delivered(evidence).flatMap(({ task }) => {
        const passed = evidence.witness
          .rows<{ step: string }>(`select step from verdicts where task = ? and outcome = 'passed'`, task.id)
          .map(({ step }) => step);
        return STEPS.filter((step) => !passed.includes(step)).map((step) => `${task.wid}: no ${step}`);
      }),
  },
  {
    counter: 'gatesSkipped',
    asks: 'Does what landed carry the reports of review, tests and security?',
    find: (evidence) =>
      delivered(evidence).flatMap(({ order, task }) => {
        const landed = String(task.state.landedSha);
        return REPORTS.filter(({ file, says }) => {
          const text = evidence.git(order.repo, 'show', `${landed}:docs/work-items/${task.wid}/${file}`);
          return !says.test(text);
        }).map(({ file }) => `${task.wid}: ${file} in ${landed.slice(0, 7)} does not say so`);
      }),
  },
  {
    counter: 'gatesSkipped',
    asks: 'Is nothing broken in main?',
    find: ({ git }) =>
      ([0, 1] as const)
        .filter((repo) => git(repo, 'grep', '-l', 'BROKEN', 'main', '--', 'notes') !== '')
        .map((repo) => `main of repository ${repo + 1} has a broken note`),
  },
];

const delivered = ({ tasks }: Evidence) =>
  tasks.flatMap((one) => (one.task?.stage === 'done' ? [{ ...one, task: one.task }] : []));
