import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type MergePorts, type MergeRequest, stepMerge } from '../../src/delivery/merge.ts';
import { git } from '../support/git/repository.ts';
import { createGitWorld, type GitWorld } from '../support/git/workspace.ts';

const MARKERS = '.orchestrator/regression-markers.tsv';
const worlds: GitWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.remove();
});

/** A tested task branch on real git; the forge merges it and may put something of its own into the merge. */
async function testedBranch(options: { forgeAdds?: Record<string, string>; markers?: string } = {}) {
  const world = await createGitWorld();
  worlds.push(world);
  if (options.markers) await world.personPushes('main', { [MARKERS]: options.markers });
  const testedSha = await world.personPushes('feature/SHOP-1', { 'src/date.js': 'export const date = 1;\n' });
  const { mirror } = world.workspace;
  await mirror.fetch();
  const request: MergeRequest = {
    testedSha,
    testedTree: await mirror.treeOf(testedSha),
    baseSha: (await mirror.head('main')) ?? '',
    landedSha: null,
    verify: true,
    markersPath: MARKERS,
  };
  let merges = 0;
  const ports: MergePorts = {
    landing: () => world.workspace.landing(request),
    async tips() {
      await mirror.fetch();
      return { main: await mirror.head('main'), branch: await mirror.head('feature/SHOP-1') };
    },
    ensurePr: async () => ({ kind: 'existed', pr: { number: 1 } }),
    leaseHeld: async () => true,
    readFile: (sha, path) => mirror.readFile(sha, path),
    diffPaths: (from, to) => mirror.diffPaths(from, to),
    onMergeCall: async () => {},
    async mergePr() {
      merges += 1;
      const at = world.person;
      await git(at, 'checkout', '--quiet', '-B', 'main', 'origin/main');
      await git(at, 'merge', '--quiet', '--no-ff', '--no-commit', testedSha);
      for (const [file, text] of Object.entries(options.forgeAdds ?? {}))
        await writeFile(join(at, file), text);
      await git(at, 'add', '--all');
      await git(at, 'commit', '--quiet', '-m', 'Merge SHOP-1');
      await git(at, 'push', '--quiet', 'origin', 'main');
      return { kind: 'merged' };
    },
  };
  return { world, request, ports, merges: () => merges };
}

it('what was tested is what landed: proven, once, also when asked again later', async () => {
  const { world, request, ports, merges } = await testedBranch();
  const step = await stepMerge(ports, request, 0);
  expect(step).toMatchObject({ do: 'landed', landedTree: request.testedTree });
  await world.personPushes('main', { 'later.txt': 'somebody else\n' });
  expect(await stepMerge(ports, request, 0)).toEqual(step);
  expect(merges()).toBe(1);
});

it('a merge that lands another tree is held before any deploy, and freezes the repository (SHIP-105)', async () => {
  const { ports, request } = await testedBranch({
    forgeAdds: { 'src/cart.js': 'export const cart = null;\n' },
  });
  expect(await stepMerge(ports, request, 0)).toMatchObject({
    do: 'hold',
    cause: 'tree-mismatch',
    freeze: true,
    paths: ['src/cart.js'],
  });
});

it('main that moved after the confirmation uses it up: nothing is merged (SHIP-84)', async () => {
  const { world, ports, request, merges } = await testedBranch();
  await world.personPushes('main', { 'hotfix.txt': 'now\n' });
  expect(await stepMerge(ports, request, 0)).toEqual({ do: 'confirm-again', why: 'main-moved' });
  expect(merges()).toBe(0);
});

it('a push to the branch after the confirmation does the same', async () => {
  const { world, ports, request, merges } = await testedBranch();
  await world.personPushes('feature/SHOP-1', { 'more.txt': 'untested\n' });
  expect(await stepMerge(ports, request, 0)).toEqual({ do: 'confirm-again', why: 'branch-moved' });
  expect(merges()).toBe(0);
});

it('regression markers are read from the landed commit (SHIP-106)', async () => {
  const kept = await testedBranch({ markers: 'SHOP-0\tsrc/cart.js\texport const cart\n' });
  expect(await stepMerge(kept.ports, kept.request, 0)).toMatchObject({ do: 'landed', markers: 1 });
  const lost = await testedBranch({ markers: 'SHOP-0\tsrc/cart.js\tno such text\n' });
  expect(await stepMerge(lost.ports, lost.request, 0)).toMatchObject({
    do: 'hold',
    cause: 'merge-not-proven',
    reason: expect.stringContaining('SHOP-0: src/cart.js'),
  });
});
