import path from 'node:path';
import { expect, test } from 'vitest';
import { openLocalForge } from '../../src/forge/local/open.ts';
import { createLocalForgeWorld } from '../support/forge/local.ts';
import { createMemoryForgeStore } from '../support/forge/memory-store.ts';
import { git } from '../support/git/repository.ts';

const BRANCH = 'feature/SHOP-007';
const request = (number: number, expectedHead: string, style: 'merge' | 'fast-forward-only' = 'merge') => ({
  number,
  style,
  expectedHead,
  title: 'Merge SHOP-007',
  message: 'Work-Item: SHOP-007',
});

test('FORGE-10 a new project has one commit on main with a README', async () => {
  const world = await createLocalForgeWorld();
  expect(await git(world.gitDir, 'log', '--format=%s', 'main')).toBe('chore: initial commit');
  expect(await git(world.gitDir, 'ls-tree', '--name-only', 'main')).toBe('README.md');
  await world.close();
});

test('FORGE-12 a crash between the ref update and the row is found as already-merged', async () => {
  const store = createMemoryForgeStore();
  const update = store.updatePull;
  const world = await createLocalForgeWorld(store);
  const sha = await world.push(BRANCH);
  const ensured = await world.forge.ensurePr({ branch: BRANCH, title: 't', body: 'b' });
  if (ensured.kind === 'failed') throw new Error(ensured.reason);
  store.updatePull = () => {
    throw new Error('killed here');
  };
  expect((await world.forge.mergePr(request(ensured.pr.number, sha))).kind).toBe('unknown');
  const landed = await world.headInGit('main');
  store.updatePull = update;
  expect(await world.forge.mergePr(request(ensured.pr.number, sha))).toEqual({
    kind: 'already-merged',
    mergeCommitSha: landed,
  });
  expect(store.pull('shop-api', ensured.pr.number)).toMatchObject({
    state: 'merged',
    mergeCommitSha: landed,
  });
  expect(await world.headInGit('main')).toBe(landed);
  await world.close();
});

test('FORGE-12 of two concurrent merges into main exactly one wins and the other is behind', async () => {
  const world = await createLocalForgeWorld();
  const numbers: [number, string][] = [];
  for (const branch of ['feature/SHOP-001', 'feature/SHOP-002']) {
    const sha = await world.push(branch, `${branch.slice(-1)}.txt`);
    const ensured = await world.forge.ensurePr({ branch, title: branch, body: '' });
    if (ensured.kind === 'failed') throw new Error(ensured.reason);
    numbers.push([ensured.pr.number, sha]);
  }
  const outcomes = await Promise.all(
    numbers.map(([number, sha]) => world.forge.mergePr(request(number, sha))),
  );
  expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['merged', 'not-mergeable']);
  expect(await git(world.gitDir, 'rev-list', '--count', '--first-parent', 'main')).toBe('2');
  await world.close();
});

test('FORGE-14 the local forge has no links and no reviews', async () => {
  const world = await createLocalForgeWorld();
  expect(world.forge.links.pullRequest(1)).toBeNull();
  expect(await world.forge.reviews(1)).toEqual({ kind: 'unsupported' });
  await world.close();
});

test('FORGE-10 a project with a source starts as a full copy of its branches and tags; a bad source is told', async () => {
  const origin = await createLocalForgeWorld();
  await origin.push('other');
  await git(origin.gitDir, 'tag', 'v1');
  const options = {
    forgeDir: path.join(origin.dir, 'second'),
    path: process.env.PATH ?? '',
    timeouts: { cloneMs: 60_000, readMs: 15_000 },
    identity: { name: 'Orchestrator', email: 'orchestrator@localhost' },
    store: createMemoryForgeStore(),
    redact: (text: string) => text,
    now: () => Date.now(),
  };
  const copy = openLocalForge(options, { repo: 'copy', baseBranch: 'main', source: origin.gitDir });
  expect((await copy.forge.head('other')).kind).toBe('ok');
  expect(await git(copy.remote.url, 'tag')).toBe('v1');
  const bad = openLocalForge(options, { repo: 'bad', baseBranch: 'trunk', source: origin.gitDir });
  expect(await bad.forge.head('trunk')).toMatchObject({ kind: 'permanent' });
  await expect(bad.remote.prepare?.()).rejects.toMatchObject({ code: 'forge-source-failed', fault: 'user' });
  await origin.close();
});
