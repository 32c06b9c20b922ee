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
  at(stage)(task) &&
  house.app.parts.house.runs
    .of(task.id)
    .some((run) => run.stage === stage && run.attempt === task.attempt && run.status === 'running');

/** What the task's card tells of the outside. */
const tells = (id: number, note: Record<string, unknown>) =>
  expect.poll(() => house.app.view(id)?.notes ?? [], { timeout: 15_000, interval: 10 }).toContainEqual(note);

const AGENT_STAGES = ['analysis', 'architecture', 'development', 'review', 'testing'] as const;

const isMergeCall = ({ method, path, status }: (typeof house.gitea.exchanges)[number]) =>
  method === 'POST' && path.endsWith('/merge') && status === 200;

/** The open pull request of the branch; where the engine has none yet, a person opens one. */
async function pullOf(task: TaskState) {
  const open = openPull(task);
  if (open) return open;
  const text = { title: 'Opened by hand', body: '', head: task.branch, base: 'main' };
  expect(await house.person('POST', 'pulls', text)).toBe(201);
  return openPull(task);
}
async function close(task: TaskState): Promise<void> {
  const pull = await pullOf(task);
  expect(await house.person('PATCH', `pulls/${pull?.number}`, { state: 'closed' })).toBe(201);
}
async function merge(task: TaskState): Promise<void> {
  const pull = await pullOf(task);
  const head = await house.gitea.repo.head(task.branch);
  const body = { Do: 'merge', head_commit_id: head, MergeTitleField: 'Merged by hand' };
  expect(await house.person('POST', `pulls/${pull?.number}/merge`, body)).toBe(200);
}

test('inc-59 issue 5: a pull request closed and a branch deleted in every stage come back; a protected main is a hold', async () => {
  const { gitea } = house;
  const id = await house.newTask('Note that somebody cleaned up');
  for (const stage of AGENT_STAGES) {
    const task = await house.carry(id, stage, agentAt(stage));
    await close(task);
    // Told until the engine has opened it again, which it does with the end of the run.
    await tells(id, { kind: 'pr-closed' });
    await personPushes(task.branch, null);
  }
  await close(await house.carry(id, 'deploy-staging', at('deploy-staging')));
  const asked = await house.carry(id, 'confirm', waits('confirm'));
  expect(await gitea.repo.head(asked.branch)).toBe(asked.testedSha);
  if (openPull(asked)) await close(asked);
  gitea.faults.push({
    matches: (method, path) => method === 'POST' && path.endsWith('/merge'),
    do: { status: 403, message: 'user is not allowed to merge into the protected branch main' },
  });
  const held = await house.carry(id, 'a hold', waits('hold'));
  expect(held.activity).toMatchObject({
    cause: 'merge-refused',
    reason: expect.stringMatching(/protected branch/),
  });
  await close(held);
  expect(await house.command(id, 'retry')).toBe(200);
  const done = await house.carry(id, 'done', isDone);
  await expectOnce(done);
  expect(done).toMatchObject({ bounces: [], failedRuns: 0 });
  const pulls = gitea.repo.pulls.filter(({ head }) => head === done.branch);
  expect(pulls.filter(({ merged }) => merged)).toHaveLength(1);
  expect(pulls.filter(({ state }) => state === 'open')).toHaveLength(0);
});

test('inc-57 issue 5, PIPE-5: a pull request merged by hand in every stage skips no gate; what lands is proven', async () => {
  const { gitea } = house;
  const id = await house.newTask('Note that somebody merged too early');
  const calls = gitea.exchanges.length;
  for (const stage of AGENT_STAGES) await merge(await house.carry(id, stage, agentAt(stage)));
  await tells(id, { kind: 'merged-outside' });
  await merge(await house.carry(id, 'deploy-staging', at('deploy-staging')));
  const asked = await house.until(id, 'confirm', waits('confirm'));
  await merge(asked);
  const done = await house.carry(id, 'done', isDone);
  await expectOnce(done);
  expect(done).toMatchObject({ bounces: [], failedRuns: 0 });
  const merges = gitea.exchanges.slice(calls).filter(isMergeCall);
  const byHand = merges.filter(
    ({ sent }) => (sent as Record<string, unknown>).MergeTitleField === 'Merged by hand',
  );
  expect(byHand).toHaveLength(AGENT_STAGES.length + 2);
  expect(merges.length - byHand.length).toBeLessThanOrEqual(1);
});

test('issue 5, FORGE-91: what is pushed under a running agent is never overwritten, in any stage; the run is repeated on it', async () => {
  const { gitea } = house;
  const id = await house.newTask('Note that somebody pushed');
  const foreign: string[] = [];
  for (const stage of AGENT_STAGES) {
    const { branch } = await house.carry(id, stage, agentAt(stage));
    const sha = await foreignCommit(String(await gitea.repo.head(branch)));
    await personPushes(branch, sha);
    await tells(id, { kind: 'foreign-push', sha });
    foreign.push(sha);
  }
  const done = await house.carry(id, 'done', isDone);
  await expectOnce(done);
  for (const sha of foreign)
    expect(await git(gitea.repo.gitDir, 'merge-base', '--is-ancestor', sha, String(done.landedSha))).toBe('');
  const runs = house.app.parts.house.runs.of(id).map((run) => `${run.stage}.${run.attempt} ${run.class}`);
  expect(runs).toEqual(AGENT_STAGES.flatMap((stage) => [`${stage}.1 stale-base`, `${stage}.1 finished`]));
  const archived = await git(gitea.repo.gitDir, 'for-each-ref', `refs/archive/${done.wid}`);
  expect(archived.split('\n').length).toBeGreaterThanOrEqual(AGENT_STAGES.length);
});

test('inc-61 issue 5, FORGE-36: what a person merged at the confirmation is proven, not merged again', async () => {
  const { gitea } = house;
  const id = await house.newTask('Note that somebody merged');
  const asked = await house.carry(id, 'confirm', waits('confirm'));
  const merge = { Do: 'fast-forward-only', head_commit_id: asked.testedSha };
  expect(await house.person('POST', `pulls/${openPull(asked)?.number}/merge`, merge)).toBe(200);
  const calls = gitea.exchanges.length;
  await expectOnce(await house.carry(id, 'done', isDone));
  expect(gitea.exchanges.slice(calls).filter(isMergeCall)).toEqual([]);
});
