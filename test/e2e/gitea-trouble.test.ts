import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskState } from '../../src/pipeline/task.ts';
import { git } from '../support/git/repository.ts';
import { type GiteaHouse, startGiteaHouse } from '../support/whole/gitea-house.ts';

let house: GiteaHouse;
beforeAll(async () => {
  house = await startGiteaHouse({ ci: 'engine' });
});
afterAll(() => house?.close());

const isDone = (task: TaskState) => task.stage === 'done';
const at = (stage: string) => (task: TaskState) => task.stage === stage;
const waits = (kind: string) => (task: TaskState) => task.activity.kind === kind;
const openPull = (task: TaskState) =>
  house.gitea.repo.pulls.find(({ head, state }) => head === task.branch && state === 'open');

/** Somebody pushes over HTTP, as from another machine; null deletes the branch. */
async function personPushes(branch: string, sha: string | null): Promise<void> {
  const { url, token, repo } = house.gitea;
  const remote = `${url.replace('://', `://somebody:${token}@`)}/${repo.fullName}.git`;
  await git(repo.gitDir, 'push', '--quiet', '--force', remote, `${sha ?? ''}:refs/heads/${branch}`);
}
async function foreignCommit(on: string): Promise<string> {
  return git(house.gitea.repo.gitDir, 'commit-tree', `${on}^{tree}`, '-p', on, '-m', 'by somebody else');
}

async function expectOnce(done: TaskState): Promise<void> {
  const { gitea, app } = house;
  expect(await git(gitea.repo.gitDir, 'merge-base', '--is-ancestor', String(done.landedSha), 'main')).toBe(
    '',
  );
  expect(done.landedMatches).toBe(true);
  const runs = app.parts.house.runs
    .of(done.id)
    .map(({ stage, attempt, run }) => `${stage}.${attempt}.${run}`);
  expect(new Set(runs).size).toBe(runs.length);
  const passed = app.parts.house.verdicts.of(done.id).filter(({ outcome }) => outcome === 'passed');
  for (const gate of ['ci_green', 'reviewer_verdict', 'tests_passed', 'branch_mergeable'])
    expect(passed.map(({ step }) => step)).toContain(`gate.${gate}`);
}

/** The agent of this stage works on the task. */
const agentAt = (stage: string) => (task: TaskState) =>
  at(stage)(task) && task.activity.kind === 'working' && task.activity.step === 'agent';

test('issue 5: a closed pull request and a deleted branch come back; a protected main is a hold that a retry ends', async () => {
  const { gitea, person } = house;
  const id = await house.newTask('Note that somebody cleaned up');
  const close = async (task: TaskState) => {
    const pull = openPull(task);
    expect(await person('PATCH', `pulls/${pull?.number}`, { state: 'closed' })).toBe(201);
  };
  await close(await house.carry(id, 'review', agentAt('review')));
  const testing = await house.carry(id, 'testing', agentAt('testing'));
  await personPushes(testing.branch, null);
  const asked = await house.carry(id, 'confirm', waits('confirm'), 60_000);
  const branch = String(await gitea.repo.head(asked.branch));
  expect(branch).toBe(asked.testedSha);
  gitea.faults.push({
    matches: (method, path) => method === 'POST' && path.endsWith('/merge'),
    do: { status: 403, message: 'user is not allowed to merge into the protected branch main' },
  });
  const held = await house.carry(id, 'a hold', waits('hold'), 45_000);
  expect(held.activity).toMatchObject({
    cause: 'merge-refused',
    reason: expect.stringMatching(/protected branch/),
  });
  await close(held);
  expect(await house.command(id, 'retry')).toBe(200);
  const done = await house.carry(id, 'done', isDone, 60_000);
  await expectOnce(done);
  const pulls = gitea.repo.pulls.filter(({ head }) => head === done.branch);
  expect(pulls.filter(({ merged }) => merged)).toHaveLength(1);
  expect(pulls.filter(({ state }) => state === 'open')).toHaveLength(0);
});

test('inc-57 inc-61 issue 5, FORGE-36, 91: a foreign push is never overwritten; what a person merged is proven, not merged again', async () => {
  const { gitea, person } = house;
  const id = await house.newTask('Note that somebody pushed and merged');
  const working = await house.carry(id, 'the developer', agentAt('development'));
  const recorded = String(working.headSha);
  const foreign = await foreignCommit(recorded);
  await personPushes(working.branch, foreign);
  const stuck = await house.until(id, 'a block', waits('blocked'), 60_000);
  expect(stuck.activity).toMatchObject({ reason: expect.stringMatching(/somebody else/) });
  expect(await gitea.repo.head(working.branch)).toBe(foreign);
  await personPushes(working.branch, recorded);
  expect(await house.command(id, 'retry')).toBe(200);
  const asked = await house.carry(id, 'confirm', waits('confirm'), 90_000);
  const merge = { Do: 'fast-forward-only', head_commit_id: asked.testedSha };
  expect(await person('POST', `pulls/${openPull(asked)?.number}/merge`, merge)).toBe(200);
  const calls = gitea.exchanges.length;
  await expectOnce(await house.carry(id, 'done', isDone, 60_000));
  const own = gitea.exchanges
    .slice(calls)
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/merge'));
  expect(own).toEqual([]);
});
