import { readdir } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoProcess, processesOf, startDemo, temporaryDir } from '../support/demo-process.ts';

// Issue 2, "Shown by": the command of the README, once, as a person runs it.

/** Ends any process and removes any file the demo might leave. */
let place: Awaited<ReturnType<typeof temporaryDir>>;
let demo: DemoProcess;
let code: number | null;

const STAGES = [
  'analysis',
  'architecture',
  'development',
  'review',
  'testing',
  'deploy-staging',
  'deploy',
  'done',
];
const DELIVERY = ['staging_status', 'security_gate', 'branch_mergeable', 'image_freshness', 'deploy_status'];
const passed = (...names: string[]) =>
  names.map((name) => ({ gate: `check_${name}`, verdict: 'passed' as const }));
const failed = (name: string) => ({ gate: `check_${name}`, verdict: 'failed' as const });
/** On two cores with nothing else to do; a busy machine gets as much longer as it has more to do. */
const LIMIT_MS = 90_000;
const SHA = /^[0-9a-f]{40}$/;
/** A log line at warn or above, a warning of Node, or a stack. */
const COMPLAINT = /"level":"?(40|50|60|warn|error|fatal)|Warning:|^\s+at .+:\d+/;

beforeAll(async () => {
  place = await temporaryDir('demo');
  demo = startDemo({ args: ['--auto', '--json'], env: { TMPDIR: place.dir } });
  code = await demo.exited;
});
afterAll(() => place.remove());

test('npm run demo -- --auto --json ends with exit 0 and complains about nothing', () => {
  expect(
    demo
      .stderr()
      .split('\n')
      .filter((line) => COMPLAINT.test(line)),
  ).toEqual([]);
  expect(code).toBe(0);
  expect(demo.stdout().trim().split('\n')).toHaveLength(1);
});

test('the first task goes through every stage, with one red CI and one review bounce on the way', () => {
  const [task] = demo.result().tasks;
  expect(task).toEqual({
    id: 'SHOP-001',
    stage: 'done',
    stages: STAGES,
    attempts: {
      analysis: 1,
      architecture: 1,
      development: 3,
      review: 2,
      testing: 1,
      'deploy-staging': 1,
      deploy: 1,
    },
    bounces: 2,
    gates: [
      ...passed('analysis_complete', 'architecture_done'),
      failed('ci_green'),
      ...passed('ci_green'),
      failed('reviewer_verdict'),
      ...passed('ci_green', 'reviewer_verdict', 'tests_passed', ...DELIVERY),
    ],
    merged: true,
    landedTreeMatches: true,
    servedSha: expect.stringMatching(SHA),
    rolledBack: false,
  });
});

test('the second task is merged and deployed, turns bad, and is rolled back by the watch', () => {
  const [, task] = demo.result().tasks;
  expect(task).toEqual({
    id: 'SHOP-002',
    stage: 'done',
    stages: STAGES,
    attempts: Object.fromEntries(STAGES.slice(0, -1).map((stage) => [stage, 1])),
    bounces: 0,
    gates: passed(
      'analysis_complete',
      'architecture_done',
      'ci_green',
      'reviewer_verdict',
      'tests_passed',
      ...DELIVERY,
    ),
    merged: true,
    landedTreeMatches: true,
    servedSha: expect.stringMatching(SHA),
    rolledBack: true,
  });
  expect(demo.result().durationMs).toBeLessThan(LIMIT_MS * Math.max(1, (loadavg()[0] ?? 0) / cpus().length));
});

test('nothing is left running and nothing is left on disk', async () => {
  expect(await processesOf(place.dir)).toEqual([]);
  const left = (await readdir(place.dir)).filter((name) => name.startsWith('orch-demo-'));
  expect(left).toEqual([]);
});
