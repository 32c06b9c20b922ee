import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Forge, MergeRequest } from '../../src/forge/port.ts';

/** What a forge under test offers beside the port: a repository somebody can push to by hand. */
export interface ForgeUnderTest {
  forge: Forge;
  main: string;
  /** Commits a file on a branch (created from main when absent) as a person and pushes; returns the SHA. */
  push(branch: string, file?: string): Promise<string>;
  /** Head of a branch in the real repository; null when absent. */
  headInGit(branch: string): Promise<string | null>;
  treeOf(sha: string): Promise<string>;
  parentsOf(sha: string): Promise<string[]>;
  messageOf(sha: string): Promise<string>;
  close(): Promise<void>;
}

const BRANCH = 'feature/SHOP-007-show-delivery-date';
const ABSENT_SHA = '0123456789012345678901234567890123456789';

/** The promises of FORGE-2 to FORGE-5 and FORGE-30 to FORGE-44, for any adapter. */
export function forgeContract(name: string, create: () => Promise<ForgeUnderTest>): void {
  describe(`forge contract: ${name}`, () => {
    let world: ForgeUnderTest;
    beforeEach(async () => {
      world = await create();
    });
    afterEach(() => world.close());

    const openPr = async (branch = BRANCH) => {
      const outcome = await world.forge.ensurePr({
        branch,
        title: 'SHOP-007: Show it',
        body: 'Work-Item: SHOP-007',
      });
      if (outcome.kind === 'failed') throw new Error(outcome.reason);
      return { number: outcome.pr.number, kind: outcome.kind };
    };
    const merge = (number: number, expectedHead: string, style: MergeRequest['style'] = 'auto') =>
      world.forge.mergePr({
        number,
        style,
        expectedHead,
        title: `Merge SHOP-007: Show it (#${number})`,
        message: `Work-Item: SHOP-007\nTested-Commit: ${expectedHead}`,
      });

    test('FORGE-2 head tells the SHA of a branch, with slashes and signs in its name, or not_found', async () => {
      for (const branch of [
        BRANCH,
        'feature/SHOP-008-a#b',
        'feature/SHOP-009/%20-x',
        'feature/SHOP-010-корзина',
      ]) {
        const sha = await world.push(branch);
        expect(await world.forge.head(branch)).toEqual({ kind: 'ok', value: sha });
      }
      expect((await world.forge.head('feature/SHOP-999')).kind).toBe('not_found');
    });

    test('FORGE-31 a pull request is created once and found again', async () => {
      const sha = await world.push(BRANCH);
      const first = await openPr();
      expect(first.kind).toBe('created');
      expect(await openPr()).toEqual({ number: first.number, kind: 'existed' });
      const got = await world.forge.getPr(first.number);
      if (got.kind !== 'ok') throw new Error(got.kind);
      expect(got.value).toMatchObject({
        state: 'open',
        headSha: sha,
        headRef: BRANCH,
        baseRef: world.main,
        draft: false,
      });
    });

    test('FORGE-31 without the branch no pull request is created', async () => {
      const outcome = await world.forge.ensurePr({ branch: 'feature/SHOP-404', title: 'x', body: '' });
      expect(outcome.kind).toBe('failed');
    });

    test('FORGE-4 many ensurePr calls at once make one pull request', async () => {
      await world.push(BRANCH);
      const numbers = await Promise.all([openPr(), openPr(), openPr()]);
      expect(new Set(numbers.map((pr) => pr.number)).size).toBe(1);
    });

    test('FORGE-30 pull requests are found by exact head and base, never by a similar branch', async () => {
      await world.push(BRANCH);
      await world.push(`${BRANCH}-2`);
      const other = await openPr(`${BRANCH}-2`);
      const mine = await openPr();
      expect(await numbersOf(world.forge.findPrs(BRANCH, 'open'))).toEqual([mine.number]);
      expect(await numbersOf(world.forge.findPrs(`${BRANCH}-2`, 'all'))).toEqual([other.number]);
      expect(await numbersOf(world.forge.findPrs('feature/SHOP-999', 'all'))).toEqual([]);
    });

    test('FORGE-2 closing is idempotent and leaves the note as the last line', async () => {
      await world.push(BRANCH);
      const { number } = await openPr();
      expect(await world.forge.closePr(number, 'Archived as refs/archive/SHOP-007/x')).toEqual({
        kind: 'ok',
      });
      expect(await world.forge.closePr(number, 'again')).toEqual({ kind: 'ok' });
      expect(await numbersOf(world.forge.findPrs(BRANCH, 'closed'))).toEqual([number]);
      expect(await numbersOf(world.forge.findPrs(BRANCH, 'open'))).toEqual([]);
      expect((await world.forge.getPr(99_999)).kind).toBe('not_found');
    });

    test('FORGE-32 fast-forward leaves the tested commit itself as the tip of main', async () => {
      const sha = await world.push(BRANCH);
      const { number } = await openPr();
      expect((await merge(number, sha, 'fast-forward-only')).kind).toBe('merged');
      expect(await world.headInGit(world.main)).toBe(sha);
      const got = await world.forge.getPr(number);
      expect(got).toMatchObject({ kind: 'ok', value: { state: 'merged', mergeCommitSha: sha } });
      expect((await merge(number, sha, 'fast-forward-only')).kind).toBe('already-merged');
    });

    test('FORGE-12 FORGE-34 a merge commit has the tested tree, main first and the trailers', async () => {
      const base = await world.headInGit(world.main);
      const sha = await world.push(BRANCH);
      const { number } = await openPr();
      expect((await merge(number, sha, 'merge')).kind).toBe('merged');
      const tip = (await world.headInGit(world.main)) as string;
      expect(await world.treeOf(tip)).toBe(await world.treeOf(sha));
      expect(await world.parentsOf(tip)).toEqual([base, sha]);
      expect(await world.messageOf(tip)).toContain(`Tested-Commit: ${sha}`);
    });

    test('FORGE-35 nothing is merged when the head is not the tested one', async () => {
      const tested = await world.push(BRANCH, 'one.txt');
      const { number } = await openPr();
      await world.push(BRANCH, 'two.txt');
      const before = await world.headInGit(world.main);
      expect((await merge(number, tested)).kind).toBe('head-moved');
      expect(await world.headInGit(world.main)).toBe(before);
    });

    test('FORGE-12 a branch behind main is not fast-forwarded', async () => {
      const sha = await world.push(BRANCH);
      const { number } = await openPr();
      const moved = await world.push(world.main, 'other.txt');
      expect((await merge(number, sha, 'fast-forward-only')).kind).toBe('not-mergeable');
      expect(await world.headInGit(world.main)).toBe(moved);
    });

    test('FORGE-36 what is in main already is already-merged, and no second merge happens', async () => {
      const sha = await world.push(BRANCH);
      const { number } = await openPr();
      const outcomes = await Promise.all([merge(number, sha), merge(number, sha)]);
      expect(outcomes.some((outcome) => outcome.kind === 'merged')).toBe(true);
      expect(await world.headInGit(world.main)).toBe(sha);
      expect((await merge(number, sha)).kind).toBe('already-merged');
    });

    test('FORGE-42 FORGE-44 statuses count for exactly their SHA, the newest per context', async () => {
      const one = await world.push(BRANCH, 'one.txt');
      const two = await world.push(BRANCH, 'two.txt');
      const set = (sha: string, state: 'pending' | 'success' | 'failure', context = 'orchestrator/checks') =>
        world.forge.setStatus(sha, { context, state, description: 'x'.repeat(300) });
      expect(await set(one, 'success')).toEqual({ kind: 'ok' });
      expect(await world.forge.ciState(two)).toMatchObject({
        kind: 'ok',
        value: { state: 'pending', total: 0 },
      });
      await set(two, 'pending');
      await set(two, 'failure');
      expect(await world.forge.ciState(two)).toMatchObject({
        kind: 'ok',
        value: { state: 'failure', total: 1 },
      });
      await set(two, 'success');
      expect(await world.forge.ciState(two)).toMatchObject({
        kind: 'ok',
        value: { state: 'success', total: 1 },
      });
      expect((await world.forge.ciState(ABSENT_SHA)).kind).toBe('not_found');
    });

    test('FORGE-2 deleting a branch is idempotent, and main is never deleted', async () => {
      await world.push(BRANCH);
      expect(await world.forge.deleteBranch(BRANCH)).toEqual({ kind: 'ok' });
      expect(await world.forge.deleteBranch(BRANCH)).toEqual({ kind: 'ok' });
      expect(await world.headInGit(BRANCH)).toBeNull();
      expect((await world.forge.deleteBranch(world.main)).kind).toBe('permanent');
      expect(await world.headInGit(world.main)).not.toBeNull();
    });
  });
}

async function numbersOf(read: ReturnType<Forge['findPrs']>): Promise<number[]> {
  const found = await read;
  if (found.kind !== 'ok') throw new Error(`${found.kind}: ${found.reason}`);
  return found.value.map((pr) => pr.number);
}
