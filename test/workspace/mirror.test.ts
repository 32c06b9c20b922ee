import { readFile, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { git } from '../support/git/repository.ts';
import { createGitWorld, type GitWorld } from '../support/git/workspace.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await createGitWorld();
});
afterEach(() => world.remove());
const mirror = () => world.workspace.mirror;

test('PIPE-67 changed paths name the commits that touched them, with their trailers', async () => {
  const from = await git(world.origin, 'rev-parse', 'main');
  const one = await world.personPushes('x', { 'a b/ü.txt': '1\n' }, 'one\n\nRun: r1\nAttempt: 2');
  const to = await world.personPushes('x', { 'a b/ü.txt': '2\n', 'README.md': 'changed\n' }, 'two');
  await mirror().fetch();
  const changed = await mirror().changedPaths(from, to);
  expect(
    changed.map(({ path: file, change, commits }) => [file, change, commits.map((commit) => commit.sha)]),
  ).toEqual([
    ['README.md', 'modified', [to]],
    ['a b/ü.txt', 'added', [to, one]],
  ]);
  expect(changed[1]?.commits[1]).toMatchObject({ subject: 'one', trailers: { Run: 'r1', Attempt: '2' } });
  expect(await mirror().diffStat(from, to)).toEqual({ files: 2, insertions: 2, deletions: 1 });
  expect(await mirror().diffPaths(from, to)).toEqual(['README.md', 'a b/ü.txt']);
  expect((await mirror().log(from, to)).map((entry) => entry.subject)).toEqual(['two', 'one']);
  expect(await mirror().diff(from, to, { paths: ['README.md'] })).not.toContain('ü.txt');
});

test('PIPE-67 merging main into the branch does not make its files the branch’s own work', async () => {
  await world.personPushes('x', { 'verdict.md': 'old\n' });
  await world.personPushes('main', { 'main.txt': '1\n' });
  const from = await git(world.origin, 'rev-parse', 'x');
  await git(world.person, 'checkout', '--quiet', 'x');
  await git(world.person, 'merge', '--quiet', '--no-edit', 'origin/main');
  await git(world.person, 'push', '--quiet', 'origin', 'x');
  const changed = await mirror().changedPaths(from, await git(world.person, 'rev-parse', 'HEAD'));
  expect(changed.map((entry) => [entry.path, entry.commits.map((commit) => commit.subject)])).toEqual([
    ['main.txt', ['a change']],
  ]);
});

test('FORGE-2 refs, ancestry and trees are read from what was last fetched; a deleted branch is pruned', async () => {
  const main = await git(world.origin, 'rev-parse', 'main');
  const sha = await world.personPushes('x', { 'new.txt': '1\n' });
  await mirror().fetch();
  expect(await mirror().head('x')).toBe(sha);
  expect(await mirror().resolve('origin/main')).toBe(main);
  expect(await mirror().resolve('--help')).toBeNull();
  expect(await mirror().isAncestor(main, sha)).toBe(true);
  expect(await mirror().isAncestor(sha, main)).toBe(false);
  expect(await mirror().mergeBase(main, sha)).toBe(main);
  await git(world.origin, 'update-ref', '-d', 'refs/heads/x');
  await mirror().fetch();
  expect(await mirror().head('x')).toBeNull();
  await expect(mirror().isAncestor('0'.repeat(40), main)).rejects.toMatchObject({
    code: 'git-failed',
    retry: true,
  });
});

test('delivery.md: the source tree ignores artefact paths only', async () => {
  const main = await git(world.origin, 'rev-parse', 'main');
  const docs = await world.personPushes('x', { 'docs/work-items/SHOP-007/12-review.md': 'x\n' });
  const code = await world.personPushes('x', { 'src/cart.js': 'changed\n' });
  await mirror().fetch();
  const tree = (sha: string) => mirror().sourceTreeOf(sha, ['docs/work-items/']);
  expect(await tree(docs)).toBe(await tree(main));
  expect(await tree(main)).toBe(await mirror().treeOf(main));
  expect(await tree(code)).not.toBe(await tree(docs));
});

test('FORGE-102 files are read up to 1 MiB; directories are listed without links', async () => {
  await symlink('/etc/passwd', path.join(world.person, 'link'));
  const sha = await world.personPushes('main', {
    'docs/a.md': 'ä\n',
    'docs/b/c.md': 'c\n',
    big: 'x'.repeat(1024 * 1024 + 1),
  });
  await mirror().fetch();
  expect(await mirror().readFile(sha, 'docs/a.md')).toBe('ä\n');
  for (const file of ['big', 'link', 'docs', 'docs/*.md', 'none'])
    expect(await mirror().readFile(sha, file)).toBeNull();
  expect(await mirror().listFiles(sha, 'docs')).toEqual(['docs/a.md', 'docs/b/c.md']);
  expect(await mirror().listFiles(sha, 'none')).toEqual([]);
});

test('SHIP-71 an export holds exactly the files of the commit', async () => {
  const sha = await world.personPushes('main', { '.gitattributes': 'src export-ignore\n' });
  await mirror().fetch();
  const dir = path.join(world.dir, 'export');
  await mirror().exportTree(sha, dir);
  expect(await readFile(path.join(dir, 'src/cart.js'), 'utf8')).toBe('export const cart = [];\n');
});

test('FORGE-77 many operations at once do not disturb each other', async () => {
  const work = Array.from({ length: 5 }, async (_, n) => {
    const branch = `feature/SHOP-10${n}`;
    const started = await world.workspace.startBranch({
      wid: `SHOP-10${n}`,
      prefix: 'SHOP',
      branch,
      businessRequest: `# ${n}\n`,
    });
    if (started.kind !== 'created') throw new Error(started.kind);
    return world.workspace.ensureWorktree({ branch, wid: `SHOP-10${n}`, recordedHead: started.head });
  });
  const worktrees = await Promise.all(work);
  expect(new Set(worktrees.map((worktree) => worktree.path)).size).toBe(5);
});

test('FORGE-74 a commit another machine pushed is fetched when it is read, and a lost mirror is built again', async () => {
  const sha = await world.personPushes('x', { 'new.txt': 'new\n' });
  expect(await mirror().readFile(sha, 'new.txt')).toBe('new\n');
  await rm(path.join(world.dir, 'repos'), { recursive: true });
  expect(await mirror().readFile(sha, 'new.txt')).toBe('new\n');
  await expect(mirror().readFile('0'.repeat(40), 'new.txt')).rejects.toMatchObject({ code: 'git-failed' });
});

test('REC-181 many reads at once on a host that has never had the repository make it once', async () => {
  const sha = await world.personPushes('main', { 'a.txt': 'a\n' });
  const read = () => Promise.all(Array.from({ length: 20 }, () => mirror().readFile(sha, 'a.txt')));
  expect(new Set(await read())).toEqual(new Set(['a\n']));
  await rm(world.options.reposDir, { recursive: true });
  expect(new Set(await read())).toEqual(new Set(['a\n']));
});
