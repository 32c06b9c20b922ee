import { afterEach, beforeEach, expect, test } from 'vitest';
import { git } from '../support/git/repository.ts';
import { createGitWorld, type GitWorld } from '../support/git/workspace.ts';

const BRANCH = 'feature/SHOP-007-show-delivery-date';
const START = { wid: 'SHOP-007', prefix: 'SHOP', branch: BRANCH, businessRequest: '# Show delivery date\n' };
let world: GitWorld;
beforeEach(async () => {
  world = await createGitWorld();
});
afterEach(() => world.remove());

test('inc-86 FORGE-65 the branch starts from a freshly fetched main with the business request as its first commit', async () => {
  await world.workspace.mirror.fetch();
  const newer = await world.personPushes('main', { 'later.txt': 'x\n' });
  const started = await world.workspace.startBranch(START);
  expect(started).toMatchObject({ kind: 'created', baseSha: newer });
  const message = await git(world.origin, 'log', '-1', '--format=%an <%ae>%n%B', BRANCH);
  expect(message).toBe(
    'Orchestrator <orchestrator@localhost>\ndocs: init SHOP-007 business request\n\nWork-Item: SHOP-007\nStage: created\nAttempt: 1',
  );
  const file = await git(world.origin, 'show', `${BRANCH}:docs/work-items/SHOP-007/00-business-request.md`);
  expect(file).toBe('# Show delivery date');
});

test('FORGE-4 starting twice finds its own branch; a foreign branch of that name is taken', async () => {
  const first = await world.workspace.startBranch(START);
  expect(await world.workspace.startBranch(START)).toEqual({ ...first, kind: 'existed' });
  await world.personPushes('feature/SHOP-008', { 'x.txt': 'x' });
  const taken = await world.workspace.startBranch({ ...START, wid: 'SHOP-008', branch: 'feature/SHOP-008' });
  expect(taken.kind).toBe('taken');
});

test('PIPE-50 a start that is repeated after its first run has pushed goes on from what that run left', async () => {
  const first = await world.workspace.startBranch(START);
  if (first.kind !== 'created') throw new Error(first.kind);
  const run = { stage: 'analysis', attempt: 1, runId: 'r1' };
  const files = { '01-brd.md': 'why\n' };
  const { wid } = START;
  const pushed = await world.workspace.commitFiles({
    ...{ wid, branch: BRANCH, parent: first.head, files, subject: 'docs: SHOP-007 01-brd', run },
  });
  if (pushed.kind !== 'pushed') throw new Error(pushed.kind);
  await world.personPushes('main', { 'later.txt': 'x\n' });
  expect(await world.workspace.startBranch(START)).toEqual({ ...first, kind: 'existed', head: pushed.head });
  // What a person put on top of it is not taken over.
  await world.personPushes(BRANCH, { 'by-hand.txt': 'mine\n' });
  expect((await world.workspace.startBranch(START)).kind).toBe('taken');
});

test('FORGE-86 REC-180 engine files land on top of what another host pushed and nobody has fetched here', async () => {
  await world.workspace.startBranch(START);
  const parent = await world.personPushes(BRANCH, { 'src.txt': 'x\n' });
  const done = await world.workspace.commitFiles({
    ...{ wid: START.wid, branch: BRANCH, parent, subject: 'docs: SHOP-007 15-staging-log' },
    files: { '15-staging-log.md': 'staged\n' },
    run: { stage: 'deploy-staging', attempt: 1 },
  });
  expect(done.kind).toBe('pushed');
  expect(await git(world.origin, 'rev-parse', `${BRANCH}^`)).toBe(parent);
});

test('FORGE-86 engine files land on the branch without touching a worktree, once', async () => {
  const started = await world.workspace.startBranch(START);
  if (started.kind !== 'created') throw new Error(started.kind);
  const request = {
    wid: 'SHOP-007',
    branch: BRANCH,
    parent: started.head,
    files: { '17-security-report.md': '---\nsecurity_status: PASS\n---\n' },
    subject: 'docs: SHOP-007 17-security-report',
    run: { stage: 'deploy-staging', attempt: 1 },
  };
  const done = await world.workspace.commitFiles(request);
  if (done.kind !== 'pushed') throw new Error(done.kind);
  expect(await git(world.origin, 'rev-parse', BRANCH)).toBe(done.head);
  world.clock.now += 60_000;
  expect(await world.workspace.commitFiles(request)).toEqual(done);
  expect(await world.workspace.commitFiles({ ...request, parent: done.head })).toEqual({
    kind: 'unchanged',
    head: done.head,
  });
  const text = await world.workspace.mirror.readFile(
    done.head,
    'docs/work-items/SHOP-007/17-security-report.md',
  );
  expect(text).toContain('security_status: PASS');
});

test('FORGE-91 an engine file is refused as foreign-push after somebody else pushed', async () => {
  const started = await world.workspace.startBranch(START);
  if (started.kind !== 'created') throw new Error(started.kind);
  const foreign = await world.personPushes(BRANCH, { 'x.txt': 'x' });
  const outcome = await world.workspace.commitFiles({
    wid: 'SHOP-007',
    branch: BRANCH,
    parent: started.head,
    files: { '14-deploy-log.md': 'x\n' },
    subject: 'docs: SHOP-007 14-deploy-log',
    run: { stage: 'deploy', attempt: 1 },
  });
  expect(outcome).toEqual({ kind: 'foreign-push', expected: started.head, found: foreign });
  expect(await git(world.origin, 'rev-parse', BRANCH)).toBe(foreign);
});

test('inc-110 FORGE-93 a branch is archived, read back and found again by a repeat', async () => {
  const started = await world.workspace.startBranch(START);
  if (started.kind !== 'created') throw new Error(started.kind);
  const archived = await world.workspace.archiveBranch({ wid: 'SHOP-007', branch: BRANCH });
  expect(archived).toEqual({
    kind: 'archived',
    ref: 'refs/archive/SHOP-007/20260102T030405Z',
    sha: started.head,
  });
  world.clock.now += 5_000;
  expect(await world.workspace.archiveBranch({ wid: 'SHOP-007', branch: BRANCH })).toEqual(archived);
  expect(await git(world.origin, 'rev-parse', 'refs/archive/SHOP-007/20260102T030405Z')).toBe(started.head);
  expect((await world.workspace.archiveBranch({ wid: 'SHOP-007', branch: 'main' })).kind).toBe('failed');
  expect(await world.workspace.archiveBranch({ wid: 'SHOP-007', branch: 'feature/SHOP-007-gone' })).toEqual({
    kind: 'absent',
  });
});
