import { access, mkdir, rename, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { probeArchiveRefs } from '../../src/workspace/probe.ts';
import { git } from '../support/git/repository.ts';
import { createGitWorld, type GitWorld } from '../support/git/workspace.ts';

let world: GitWorld;
beforeEach(async () => {
  world = await createGitWorld();
});
afterEach(() => world.remove());

async function start(n: number) {
  const branch = `feature/SHOP-00${n}`;
  const wid = `SHOP-00${n}`;
  const started = await world.workspace.startBranch({
    wid,
    prefix: 'SHOP',
    branch,
    businessRequest: `# ${n}\n`,
  });
  if (started.kind !== 'created') throw new Error(started.kind);
  const tree = await world.workspace.ensureWorktree({ branch, wid, recordedHead: started.head });
  return { branch, wid, head: started.head, path: tree.path };
}

test('inc-81 FORGE-76 only clean worktrees nobody owns are removed; everything else is listed', async () => {
  const [owned, clean, dirty, ahead] = [await start(1), await start(2), await start(3), await start(4)];
  await writeFile(path.join(dirty.path, 'x.txt'), 'x');
  await git(ahead.path, 'commit', '--quiet', '--allow-empty', '-m', 'only here');
  const unknown = path.join(path.dirname(owned.path), 'somebody');
  await mkdir(unknown);
  const report = await world.workspace.maintain({ ownedBranches: [owned.branch], gc: true });
  expect(report.removed).toEqual([clean.path]);
  expect(report.left.map((entry) => entry.path).sort()).toEqual([ahead.path, dirty.path, unknown].sort());
  await access(owned.path);
  await expect(access(clean.path)).rejects.toThrow();
  expect((await world.workspace.ensureWorktree({ ...clean, recordedHead: clean.head })).path).toBe(
    clean.path,
  );
});

test('FORGE-77 a stale lock is removed once, a young one stays', async () => {
  await start(1);
  const mirror = world.workspace.mirrorDir;
  const [old, young] = [path.join(mirror, 'packed-refs.lock'), path.join(mirror, 'refs/heads/x.lock')];
  await writeFile(old, '');
  await writeFile(young, '');
  await utimes(old, new Date(world.clock.now - 700_000), new Date(world.clock.now - 700_000));
  await utimes(young, new Date(world.clock.now), new Date(world.clock.now));
  expect((await world.workspace.maintain({ ownedBranches: [], gc: false })).locks).toEqual([old]);
  await access(young);
});

test('FORGE-88 leftovers the forge could not take are in the mirror at once and on the forge later', async () => {
  const task = await start(1);
  await writeFile(path.join(task.path, 'x.txt'), 'x\n');
  await rename(world.origin, `${world.origin}.gone`);
  const run = { wid: task.wid, prefix: 'SHOP', stage: 'development', attempt: 1, runId: 'r' };
  const why = { kind: 'stopped', actor: 'ann' } as const;
  const saved = await world.workspace.archiveRun({ branch: task.branch, run, why, recordedHead: task.head });
  expect(saved.pushed).toBe(false);
  expect(await git(world.workspace.mirrorDir, 'show', `${saved.ref}:x.txt`)).toBe('x');
  expect(await git(world.workspace.mirrorDir, 'log', '-1', '--format=%s', saved.ref as string)).toBe(
    'wip: stopped by ann',
  );
  await rename(`${world.origin}.gone`, world.origin);
  const report = await world.workspace.maintain({ ownedBranches: [task.branch], gc: false });
  expect(report.archived).toEqual([saved.ref]);
  expect(await git(world.origin, 'rev-parse', saved.ref as string)).toBe(saved.sha);
});

test.each(['merge', 'fast-forward'])(
  'SHIP-136 a revert undoes what landed by %s and nothing else',
  async (style) => {
    const baseSha = await git(world.origin, 'rev-parse', 'main');
    await world.personPushes('x', { 'one.txt': '1\n' });
    const tested = await world.personPushes('x', { 'two.txt': '2\n' });
    const merged = await git(
      world.origin,
      'commit-tree',
      `${tested}^{tree}`,
      '-p',
      baseSha,
      '-p',
      tested,
      '-m',
      'm',
    );
    const landedSha = style === 'merge' ? merged : tested;
    await git(world.origin, 'update-ref', 'refs/heads/main', landedSha);
    await world.personPushes('main', { 'later.txt': 'x\n' });
    const request = {
      wid: 'SHOP-001',
      branch: 'revert/SHOP-001-20260102030405',
      landedSha,
      baseSha,
      attempt: 1,
    };
    const outcome = await world.workspace.startRevert(request);
    expect(outcome.kind).toBe('created');
    const files = await git(world.origin, 'ls-tree', '-r', '--name-only', request.branch);
    expect(files.split('\n')).toEqual(['README.md', 'later.txt', 'src/cart.js']);
    await world.personPushes('main', { 'two.txt': 'changed\n' });
    const second = await world.workspace.startRevert({ ...request, branch: 'revert/SHOP-001-2' });
    expect(second).toEqual({ kind: 'conflict', files: ['two.txt'] });
  },
);

test('FORGE-107 the doctor learns whether archive refs are taken, and leaves none behind', async () => {
  const probe = (url = world.origin, main = 'main') =>
    probeArchiveRefs({
      ...{ remote: { url }, main, timeoutMs: 15_000, readTimeoutMs: 15_000, now: world.options.now },
      path: world.options.path,
      redact: (text) => text,
    });
  expect(await probe()).toEqual({ kind: 'accepted' });
  expect(await git(world.origin, 'for-each-ref', 'refs/archive')).toBe('');
  await writeFile(path.join(world.origin, 'hooks/update'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  expect((await probe()).kind).toBe('refused');
  expect((await probe(world.origin, 'trunk')).kind).toBe('unknown');
  expect((await probe('/nowhere')).kind).toBe('unknown');
});
