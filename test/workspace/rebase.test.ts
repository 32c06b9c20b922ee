import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { git } from '../support/git/repository.ts';
import { createGitWorld, type GitWorld } from '../support/git/workspace.ts';

const BRANCH = 'feature/SHOP-007-x';
const WID = 'SHOP-007';
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
  worktree = (await world.workspace.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: started.head }))
    .path;
  await writeFile(path.join(worktree, 'src/cart.js'), 'mine\n');
  await git(worktree, 'commit', '--quiet', '--all', '-m', 'mine');
  head = await git(worktree, 'rev-parse', 'HEAD');
  const pushed = await world.workspace.push({ wid: WID, sha: head, ref: `refs/heads/${BRANCH}` });
  expect(pushed.kind).toBe('pushed');
});
afterEach(() => world.remove());

const rebase = (onto: string) =>
  world.workspace.rebase({ branch: BRANCH, expectedHead: head, onto, maxChars: 8000 });

test('FORGE-95 a branch behind main is rebased and pushed with the recorded head as its lease', async () => {
  const main = await world.personPushes('main', { 'other.txt': 'x\n' });
  await world.workspace.mirror.fetch();
  const outcome = await rebase(main);
  if (outcome.kind !== 'rebased') throw new Error(outcome.kind);
  const ref = `refs/heads/${BRANCH}`;
  expect((await world.workspace.push({ wid: WID, sha: outcome.head, ref })).kind).toBe('foreign-push');
  expect(await world.workspace.push({ wid: WID, sha: outcome.head, ref, lease: head })).toEqual({
    kind: 'pushed',
  });
  expect(await world.workspace.push({ wid: WID, sha: outcome.head, ref, lease: head })).toEqual({
    kind: 'up-to-date',
  });
  expect(await git(world.origin, 'rev-parse', `${BRANCH}~2`)).toBe(main);
  head = outcome.head;
  expect(await rebase(main)).toEqual({ kind: 'unchanged', head });
});

test('FORGE-91 a lease refused after a foreign push overwrites nothing', async () => {
  const main = await world.personPushes('main', { 'other.txt': 'x\n' });
  await world.workspace.mirror.fetch();
  const outcome = await rebase(main);
  if (outcome.kind !== 'rebased') throw new Error(outcome.kind);
  const foreign = await world.personPushes(BRANCH, { 'foreign.txt': 'x\n' });
  await world.workspace.mirror.fetch();
  const push = { wid: WID, sha: outcome.head, ref: `refs/heads/${BRANCH}`, lease: head };
  expect(await world.workspace.push(push)).toEqual({ kind: 'foreign-push', expected: head, found: foreign });
  expect(await git(world.origin, 'rev-parse', BRANCH)).toBe(foreign);
});

test('FORGE-92 a lost fence stops the push', async () => {
  const push = { wid: WID, sha: head, ref: 'refs/heads/feature/SHOP-007-y', fenceHolds: async () => false };
  expect(await world.workspace.push(push)).toEqual({ kind: 'fence-lost' });
  expect(await git(world.origin, 'for-each-ref', 'refs/heads/feature/SHOP-007-y')).toBe('');
});

test('inc-62 SHIP-57 a conflict returns files, hunks and the commits of main, and leaves the worktree clean at the old head', async () => {
  const main = await world.personPushes('main', { 'src/cart.js': 'theirs\n' }, 'theirs wins');
  await world.workspace.mirror.fetch();
  const outcome = await rebase(main);
  if (outcome.kind !== 'conflict') throw new Error(outcome.kind);
  expect(outcome.files).toEqual(['src/cart.js']);
  for (const text of ['<<<<<<<', 'theirs\n', 'mine\n', '>>>>>>>', 'theirs wins'])
    expect(outcome.text).toContain(text);
  expect(await git(worktree, 'status', '--porcelain', '--branch')).toBe(`## ${BRANCH}`);
  expect(await git(worktree, 'rev-parse', 'HEAD')).toBe(head);
});

test('SHIP-55 a dirty or moved worktree is not rebased', async () => {
  await writeFile(path.join(worktree, 'new.txt'), 'x');
  expect(await rebase(head)).toMatchObject({ kind: 'stale-worktree' });
  await git(worktree, 'add', '--all');
  await git(worktree, 'commit', '--quiet', '-m', 'x');
  expect(await rebase(head)).toMatchObject({ kind: 'stale-worktree' });
});
