import { access, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FinishRunRequest } from '../../src/workspace/run-commit.ts';
import { git } from '../support/git/repository.ts';
import { createGitWorld, type GitWorld } from '../support/git/workspace.ts';

const BRANCH = 'feature/SHOP-007-x';
const WID = 'SHOP-007';
const RUN = {
  wid: WID,
  prefix: 'SHOP',
  stage: 'development',
  attempt: 1,
  role: 'developer',
  runId: 'r1',
} as const;
const SCOPE = { allow: ['src/**', 'docs/**'], protect: ['docs/secret/**'] };
let world: GitWorld;
let head: string;
let worktree: string;

beforeEach(async () => {
  world = await createGitWorld();
  const started = await world.workspace.startBranch({
    wid: WID,
    prefix: 'SHOP',
    branch: BRANCH,
    businessRequest: '# x\n',
  });
  if (started.kind !== 'created') throw new Error(started.kind);
  head = started.head;
  worktree = (await world.workspace.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: head })).path;
});
afterEach(() => world.remove());

const write = async (file: string, content: string) => {
  await mkdir(path.dirname(path.join(worktree, file)), { recursive: true });
  await writeFile(path.join(worktree, file), content);
};
const finish = (more: Partial<FinishRunRequest> = {}) =>
  world.workspace.finishRun({
    branch: BRANCH,
    run: RUN,
    startSha: head,
    recordedHead: head,
    scope: SCOPE,
    ...more,
  });

test('FORGE-72 FORGE-73 a worktree is on the task branch at the recorded head, at a path given by repo and branch', async () => {
  expect(worktree).toBe(path.join(world.dir, 'repos/_wt/shop-api/feature_SHOP-007-x'));
  expect(await git(worktree, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe(BRANCH);
  expect(await git(worktree, 'rev-parse', 'HEAD', 'origin/main')).toBe(
    `${head}\n${await git(world.origin, 'rev-parse', 'main')}`,
  );
  expect(await git(worktree, 'status', '--porcelain')).toBe('');
  expect(await git(worktree, 'remote', 'get-url', 'origin')).toBe(
    path.join(world.dir, 'repos/_mirror/shop-api.git'),
  );
});

test('FORGE-88 FORGE-85 a finished run is committed with the role as author and pushed', async () => {
  await write('src/cart.js', 'export const cart = [1];\n');
  await write('.gitignore', 'node_modules/\n');
  await write('src/node_modules/x.js', 'x');
  const done = await finish({ scope: { allow: ['**'], protect: [] } });
  expect(done).toMatchObject({ kind: 'pushed', changed: true, restored: [] });
  expect(await git(world.origin, 'log', '-1', '--format=%an|%s', BRANCH)).toBe(
    'Orchestrator (developer)|developer(SHOP): auto-commit from developer run_id=r1',
  );
  expect(await git(world.origin, 'log', '-1', '--format=%(trailers:key=Run,valueonly)', BRANCH)).toBe('r1');
  expect(await git(world.origin, 'ls-tree', '-r', '--name-only', BRANCH)).not.toContain('node_modules');
  expect(await finish({ recordedHead: done.head, startSha: done.head })).toMatchObject({ changed: false });
});

test('AGENT-1 paths outside the scope are restored from the start, uncommitted or committed by the agent itself', async () => {
  await write('src/cart.js', 'good\n');
  await write('docs/secret/a.md', 'protected\n');
  await rm(path.join(worktree, 'README.md'));
  await git(worktree, 'add', '--all');
  await git(worktree, 'commit', '--quiet', '-m', 'agent commit');
  await write('outside.txt', 'x\n');
  const done = await finish();
  expect(done).toMatchObject({ kind: 'pushed', restored: ['README.md', 'docs/secret/a.md', 'outside.txt'] });
  const files = await git(world.origin, 'ls-tree', '-r', '--name-only', BRANCH);
  expect(files.split('\n')).toEqual(
    [`docs/work-items/${WID}/00-business-request.md`, 'README.md', 'src/cart.js'].sort((a, b) =>
      a < b ? -1 : 1,
    ),
  );
  expect(await git(world.origin, 'show', `${BRANCH}:src/cart.js`)).toBe('good');
  expect(await git(world.origin, 'log', '--format=%s', `${head}..${BRANCH}`)).toContain('agent commit');
  expect(await git(worktree, 'status', '--porcelain')).toBe('');
});

test('AGENT-1 what a rebase onto a newer main brought in is not the run’s work', async () => {
  await write('src/cart.js', 'mine\n');
  await git(worktree, 'commit', '--quiet', '--all', '-m', 'mine');
  await world.personPushes('main', { 'outside.txt': 'from main\n' });
  await world.workspace.mirror.fetch();
  await git(worktree, 'merge', '--quiet', '--no-edit', 'origin/main');
  await write('other.txt', 'x\n');
  expect(await finish()).toMatchObject({ kind: 'pushed', restored: ['other.txt'] });
  expect(await git(world.origin, 'show', `${BRANCH}:outside.txt`)).toBe('from main');
});

test('AGENT-49 after a foreign push nothing is overwritten and the outcome is stale-base', async () => {
  const foreign = await world.personPushes(BRANCH, { 'x.txt': 'x' });
  await write('src/cart.js', 'mine\n');
  expect(await finish()).toMatchObject({ kind: 'stale-base', remoteHead: foreign });
  expect(await git(world.origin, 'rev-parse', BRANCH)).toBe(foreign);
});

test('FORGE-53 a branch reset by hand under a running agent is not pushed over; a deleted one comes back', async () => {
  await write('src/cart.js', 'mine\n');
  const base = await git(world.origin, 'rev-parse', 'main');
  await git(world.origin, 'update-ref', `refs/heads/${BRANCH}`, base);
  expect(await finish()).toMatchObject({ kind: 'stale-base', remoteHead: base });
  expect(await git(world.origin, 'rev-parse', BRANCH)).toBe(base);
  await git(world.origin, 'update-ref', '-d', `refs/heads/${BRANCH}`);
  const done = await finish();
  expect(done.kind).toBe('pushed');
  expect(await git(world.origin, 'rev-parse', BRANCH)).toBe(done.head);
});

test('FORGE-88 a repository inside the worktree is not committed as an empty link', async () => {
  await write('src/nested/a.txt', 'a\n');
  await git(path.join(worktree, 'src/nested'), 'init', '--quiet');
  await git(path.join(worktree, 'src/nested'), 'add', '--all');
  await git(path.join(worktree, 'src/nested'), 'commit', '--quiet', '-m', 'nested');
  await write('src/cart.js', 'mine\n');
  expect(await finish()).toMatchObject({ kind: 'pushed', changed: true, restored: ['src/nested'] });
  expect(await git(world.origin, 'ls-tree', '-r', BRANCH)).not.toContain('160000');
});

test('FORGE-102 a link in place of git’s own files is replaced, never written through', async () => {
  const victim = path.join(world.dir, 'victim');
  await writeFile(victim, 'untouched');
  for (const file of [
    path.join(worktree, '.git'),
    path.join(world.dir, 'repos/shop-api/worktrees/feature_SHOP-007-x/commondir'),
  ]) {
    await rm(file);
    await symlink(victim, file);
  }
  await write('src/cart.js', 'mine\n');
  expect((await finish()).kind).toBe('pushed');
  expect(await readFile(victim, 'utf8')).toBe('untouched');
  expect(await git(worktree, 'status', '--porcelain')).toBe('');
});

test('inc-08 FORGE-88 leftovers of a failed run become one archived commit and never reach the branch', async () => {
  await write('src/one.js', '1\n');
  await git(worktree, 'add', '--all');
  await git(worktree, 'commit', '--quiet', '-m', 'half');
  await write('src/two.js', '2\n');
  const why = { kind: 'incomplete', class: 'timed-out' } as const;
  const saved = await world.workspace.archiveRun({ branch: BRANCH, run: RUN, why, recordedHead: head });
  expect(saved).toMatchObject({ ref: 'refs/archive/SHOP-007/20260102T030405Z', pushed: true });
  const ref = saved.ref as string;
  expect(await git(world.origin, 'show', `${ref}:src/two.js`)).toBe('2');
  expect(await git(world.origin, 'log', '-2', '--format=%s', ref)).toBe(
    'developer(SHOP): auto-commit from developer run_id=r1 (incomplete: timed-out)\nhalf',
  );
  expect(await git(world.origin, 'rev-parse', BRANCH)).toBe(head);
  expect(await git(worktree, 'status', '--porcelain')).toBe('');
  expect(await git(worktree, 'rev-parse', 'HEAD')).toBe(head);
  const again = await world.workspace.archiveRun({ branch: BRANCH, run: RUN, why, recordedHead: head });
  expect(again.ref).toBeNull();
});

test('REC-92 the archive of a stopped task is the unfinished work, where its head alone is archived later', async () => {
  await write('src/half.js', 'half\n');
  const why = { kind: 'incomplete', class: 'cancelled' } as const;
  const { ref } = await world.workspace.archiveRun({ branch: BRANCH, run: RUN, why, recordedHead: head });
  const kept = await world.workspace.archiveBranch({ wid: WID, branch: BRANCH });
  const found = { wid: WID, kept: kept.kind === 'archived' ? kept.ref : '' };
  expect(found.kept).not.toBe(ref);
  expect(await world.workspace.newestLeftovers(found)).toBe(ref);
  expect(await world.workspace.newestLeftovers({ wid: WID, kept: ref as string })).toBeNull();
  expect(await world.workspace.newestLeftovers({ wid: WID, kept: 'no-such.bundle' })).toBeNull();
});

test('FORGE-73 a fresh run archives what an earlier one left; a resumed run finds its own', async () => {
  await write('src/half.js', 'half\n');
  const resumed = await world.workspace.ensureWorktree({
    branch: BRANCH,
    wid: WID,
    recordedHead: head,
    resume: true,
  });
  expect(resumed.archived).toBeNull();
  expect(await readFile(path.join(worktree, 'src/half.js'), 'utf8')).toBe('half\n');
  const fresh = await world.workspace.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: head });
  expect(fresh.archived).toMatch(/^refs\/archive\/SHOP-007\//);
  expect(await git(world.origin, 'show', `${fresh.archived}:src/half.js`)).toBe('half');
  await expect(access(path.join(worktree, 'src/half.js'))).rejects.toThrow();
});

test('FORGE-73 a missing, foreign-headed or mid-rebase worktree is repaired and nothing is lost', async () => {
  await write('src/cart.js', 'stray\n');
  await git(worktree, 'commit', '--quiet', '--all', '-m', 'stray');
  await rm(worktree, { recursive: true });
  const again = await world.workspace.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: head });
  expect(await git(world.origin, 'show', `${again.archived}:src/cart.js`)).toBe('stray');
  await write('src/cart.js', 'mine\n');
  await git(worktree, 'commit', '--quiet', '--all', '-m', 'mine');
  await world.personPushes('main', { 'src/cart.js': 'theirs\n' });
  await world.workspace.mirror.fetch();
  await git(worktree, 'rebase', 'origin/main').catch(() => null);
  world.clock.now += 60_000;
  const repaired = await world.workspace.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: head });
  expect(repaired.archived).not.toBeNull();
  expect(await git(worktree, 'status', '--porcelain', '--branch')).toBe(`## ${BRANCH}`);
  expect(await git(worktree, 'rev-parse', 'HEAD')).toBe(head);
});

test('inc-81 FORGE-75 a worktree is removed only when it is clean and its head is kept', async () => {
  await write('src/x.js', 'x\n');
  const remove = (busy = false) => world.workspace.removeWorktree({ branch: BRANCH, wid: WID, busy });
  expect(await remove(true)).toMatchObject({ kind: 'kept' });
  expect(await remove()).toEqual({ kind: 'kept', reason: 'it has uncommitted changes' });
  await git(worktree, 'add', '--all');
  await git(worktree, 'commit', '--quiet', '-m', 'x');
  expect(await remove()).toMatchObject({ kind: 'kept' });
  const done = await finish();
  expect(done.kind).toBe('pushed');
  expect(await remove()).toEqual({ kind: 'removed' });
  expect(await remove()).toEqual({ kind: 'absent' });
});

test('FORGE-102 a symbolic link to a file outside is never read as an artefact', async () => {
  await mkdir(path.join(worktree, 'docs'), { recursive: true });
  await symlink('/etc/passwd', path.join(worktree, 'docs/12-review.md'));
  await symlink('/etc', path.join(worktree, 'docs/etc'));
  const done = await finish();
  const { mirror } = world.workspace;
  expect(await mirror.readFile(done.head, 'docs/12-review.md')).toBeNull();
  expect(await mirror.readFile(done.head, 'docs/etc/passwd')).toBeNull();
  await expect(mirror.readFile(done.head, '../../etc/passwd')).rejects.toMatchObject({
    code: 'path-escapes',
  });
  await expect(mirror.readFile(done.head, '/etc/passwd')).rejects.toMatchObject({ code: 'path-escapes' });
});

test('FORGE-103 hostile hooks and configuration in the shared clone and the worktree execute nothing', async () => {
  const pwned = path.join(world.dir, 'pwned');
  const shared = path.join(world.dir, 'repos/shop-api');
  const bad = `touch ${pwned}`;
  const settings: [string, string][] = [
    ['core.fsmonitor', bad],
    ['core.hooksPath', path.join(world.dir, 'hooks')],
    ['credential.helper', `!${bad}`],
    ['filter.bad.clean', bad],
    ['filter.bad.smudge', bad],
    ['merge.bad.driver', bad],
    ['diff.external', bad],
    ['core.sshCommand', bad],
    ['core.pager', bad],
    [`url.ext::sh -c "${bad}".insteadOf`, world.origin],
    ['uploadpack.packObjectsHook', bad],
    ['extensions.worktreeConfig', 'true'],
  ];
  for (const [key, value] of settings) await git(shared, 'config', '--add', key, value);
  for (const dir of [path.join(world.dir, 'hooks'), path.join(shared, 'hooks')]) {
    await mkdir(dir, { recursive: true });
    for (const hook of [
      'pre-commit',
      'post-checkout',
      'pre-push',
      'post-rewrite',
      'pre-rebase',
      'reference-transaction',
    ])
      await writeFile(path.join(dir, hook), `#!/bin/sh\n${bad}\n`, { mode: 0o755 });
  }
  await writeFile(path.join(shared, 'worktrees/feature_SHOP-007-x/commondir'), `${world.dir}\n`);
  await writeFile(path.join(worktree, '.gitattributes'), '* filter=bad merge=bad diff=bad\n');
  await write('src/cart.js', 'mine\n');
  const done = await finish({ scope: { allow: ['**'], protect: [] } });
  expect(done.kind).toBe('pushed');
  const main = await world.personPushes('main', { 'src/other.js': 'theirs\n' });
  await world.workspace.mirror.fetch();
  const rebased = await world.workspace.rebase({
    branch: BRANCH,
    expectedHead: done.head,
    onto: main,
    maxChars: 8000,
  });
  expect(rebased.kind).toBe('rebased');
  await world.workspace.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: head });
  await expect(access(pwned)).rejects.toThrow();
});
