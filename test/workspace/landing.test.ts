import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { git } from '../support/git/repository.ts';
import { createGitWorld, type GitWorld } from '../support/git/workspace.ts';

let world: GitWorld;
let baseSha: string;
let testedSha: string;
let testedTree: string;
beforeEach(async () => {
  world = await createGitWorld();
  baseSha = await git(world.origin, 'rev-parse', 'main');
  testedSha = await world.personPushes('feature/SHOP-007', { 'src/cart.js': 'new\n' });
  testedTree = await git(world.origin, 'rev-parse', `${testedSha}^{tree}`);
});
afterEach(() => world.remove());

const landing = (base = baseSha) => world.workspace.landing({ testedSha, testedTree, baseSha: base });
const setMain = (sha: string) => git(world.origin, 'update-ref', 'refs/heads/main', sha);
const commit = (tree: string, ...parents: string[]) =>
  git(world.origin, 'commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', 'x');

test('FORGE-37 a fast-forward lands the tested commit itself', async () => {
  await setMain(testedSha);
  expect(await landing()).toEqual({
    inMain: true,
    treeEqual: true,
    baseOk: true,
    landedSha: testedSha,
    landedTree: testedTree,
  });
});

test('FORGE-37 a merge commit lands with main first, and later commits do not disturb the proof', async () => {
  const merged = await commit(testedTree, baseSha, testedSha);
  const later = await commit(await git(world.origin, 'rev-parse', `${baseSha}^{tree}`), merged);
  await setMain(later);
  expect(await landing()).toMatchObject({ inMain: true, treeEqual: true, baseOk: true, landedSha: merged });
  expect(await landing(testedSha)).toMatchObject({ baseOk: false });
});

test('FORGE-37 later commits after a fast-forward do not disturb the proof', async () => {
  await setMain(await commit(await git(world.origin, 'rev-parse', `${baseSha}^{tree}`), testedSha));
  expect(await landing()).toMatchObject({
    inMain: true,
    treeEqual: true,
    baseOk: true,
    landedSha: testedSha,
  });
});

test('FORGE-37 a squash with the same tree is not in main', async () => {
  await setMain(await commit(testedTree, baseSha));
  expect(await landing()).toMatchObject({ inMain: false, treeEqual: 'unknown', baseOk: 'unknown' });
});

test('FORGE-37 a merge with another tree or on another base is told', async () => {
  const moved = await commit(testedTree, baseSha);
  await setMain(await commit(await git(world.origin, 'rev-parse', `${baseSha}^{tree}`), moved, testedSha));
  expect(await landing()).toMatchObject({ inMain: true, treeEqual: false, baseOk: false });
});

test('FORGE-37 FORGE-105 a failed fetch leaves every fact unknown', async () => {
  await setMain(testedSha);
  await world.workspace.mirror.fetch();
  await rename(world.origin, `${world.origin}.gone`);
  expect(await landing()).toMatchObject({ inMain: 'unknown', treeEqual: 'unknown', baseOk: 'unknown' });
});
