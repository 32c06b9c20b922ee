import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskState } from '../../src/pipeline/task.ts';
import { isWaiting } from '../../src/pipeline/waiting.ts';
import { git } from '../support/git/repository.ts';
import { type ForgeCi, runForgeCi } from '../support/whole/forge-ci.ts';
import { type GiteaHouse, startGiteaHouse } from '../support/whole/gitea-house.ts';
import { createPassingTime } from '../support/whole/passing-time.ts';

const TEN_MINUTES = 600_000;
const time = createPassingTime();
let house: GiteaHouse;
let ci: ForgeCi;
beforeAll(async () => {
  house = await startGiteaHouse({
    ci: 'forge',
    time,
    settings: { ORCH_CI_POLL_MAX_ATTEMPTS: '2', ORCH_RECONCILE_INTERVAL_S: '1' },
  });
  ci = runForgeCi(house);
});
afterAll(async () => {
  await ci?.stop();
  await house?.close();
});

const lookOf = ({ activity }: TaskState): number =>
  activity.kind === 'backoff' && isWaiting(activity) ? Number(activity.facts.k) : 0;
const nextAt = ({ activity }: TaskState): number => (isWaiting(activity) ? Number(activity.facts.time) : 0);

/** The forge answers 502 to everything, REST and git, until the returned call. */
function breakForge(): () => void {
  const { faults } = house.gitea;
  faults.push({ matches: () => true, do: { status: 502 }, times: Number.POSITIVE_INFINITY });
  return () => void faults.splice(0);
}

/** Away for ten minutes while the task works; what it said meanwhile. */
async function tenMinutesAway(id: number): Promise<string> {
  const mend = breakForge();
  await house.until(id, 'the task to wait for the forge', (task) => lookOf(task) > 0);
  const sentence = await house.sentence(id);
  const until = time.now() + TEN_MINUTES;
  while (time.now() < until) {
    const before = house.task(id);
    const looked = lookOf(before);
    await time.pass(house.app, Math.max(1_000, nextAt(before) - time.now()));
    await house.until(id, `look ${looked + 1}`, (task) => lookOf(task) > looked);
  }
  mend();
  await time.pass(house.app, 60_000);
  return sentence;
}

/** Away for ten minutes while the task waits for CI that cannot report. */
async function tenMinutesWithoutCi(id: number): Promise<void> {
  ci.held = true;
  const parked = (task: TaskState) =>
    task.activity.kind === 'ci' && isWaiting(task.activity) && task.activity.live !== true;
  await house.until(id, 'a wait for CI', parked);
  const mend = breakForge();
  await house.until(
    id,
    'CI of which nothing is known',
    (task) => parked(task) && totalOf(task) === undefined,
  );
  await time.pass(house.app, TEN_MINUTES);
  mend();
  await house.until(id, 'a read that finds no status yet', (task) => parked(task) && totalOf(task) === 0);
  expect(await house.sentence(id)).toMatch(/CI/);
  ci.held = false;
}

const totalOf = ({ activity }: TaskState) => (isWaiting(activity) ? activity.facts.total : undefined);

const STAGES = [
  'analysis',
  'architecture',
  'development',
  'review',
  'testing',
  'deploy-staging',
  'deploy',
] as const;

test('issue 5: ten minutes of 502 in every stage: the task waits with its sentence and goes on by itself', async () => {
  const { gitea, app } = house;
  const id = await house.newTask('Note that the forge was away');
  for (const stage of STAGES) {
    const asks = ['approval', 'confirm'];
    await house.carry(id, stage, (task) => task.stage === stage && !asks.includes(task.activity.kind));
    ci.held = stage === 'development';
    expect(await tenMinutesAway(id)).toMatch(/^Retrying after .*502.*: attempt \d+\/240 at \d\d:\d\d/);
    if (stage === 'development') await tenMinutesWithoutCi(id);
  }
  const done = await house.carry(id, 'done', ({ stage }) => stage === 'done');
  expect(done).toMatchObject({ landedMatches: true, bounces: [], failedRuns: 0, interruptions: [] });
  expect(await gitea.repo.head('main')).toBe(done.landedSha);

  const merges = gitea.exchanges.filter(({ method, path }) => method === 'POST' && path.endsWith('/merge'));
  expect(merges).toHaveLength(1);
  expect(gitea.repo.pulls).toHaveLength(1);
  const runs = app.parts.house.runs.of(id).map(({ stage, attempt, run }) => `${stage}.${attempt}.${run}`);
  expect(runs).toEqual(
    ['analysis', 'architecture', 'development', 'review', 'testing'].map((stage) => `${stage}.1.1`),
  );
  const passed = app.parts.house.verdicts.of(id).filter(({ outcome }) => outcome === 'passed');
  const gates = passed.map(({ step }) => step).filter((step) => step.startsWith('gate.'));
  expect(gates.toSorted()).toEqual(
    [
      'analysis_complete',
      'architecture_done',
      'branch_mergeable',
      'ci_green',
      'deploy_status',
      'image_freshness',
      'reviewer_verdict',
      'security_gate',
      'staging_status',
      'tests_passed',
    ].map((gate) => `gate.${gate}`),
  );
  const subjects = await git(gitea.repo.gitDir, 'log', '--format=%s %b', 'main');
  const commits = subjects.split('\n').filter((line) => line.includes('run_id='));
  expect(new Set(commits).size).toBe(commits.length);
});
