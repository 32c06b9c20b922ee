import { findLanding, firstParent, isAncestor } from './ancestry.ts';
import { faultOutcome } from './commit.ts';
import { fetchAll } from './fetch.ts';
import type { Repository } from './repository.ts';

/** `unknown` = could not be determined, which is "not proven" (FORGE-37, FORGE-105). */
export type Fact = boolean | 'unknown';

export interface LandingRequest {
  testedSha: string;
  testedTree: string;
  baseSha: string;
}

/** The facts of FORGE-37; SHIP-104 says what follows. */
export interface LandingFacts {
  inMain: Fact;
  treeEqual: Fact;
  baseOk: Fact;
  landedSha?: string;
  landedTree?: string;
  /** Why a fact is unknown. */
  reason?: string;
}

/** Fetches under the mutex, then reads the facts; whatever git cannot answer is `unknown` (FORGE-105). */
export async function landing(
  repo: Repository,
  locked: <T>(task: () => Promise<T>) => Promise<T>,
  request: LandingRequest,
): Promise<LandingFacts> {
  try {
    await locked(() => fetchAll(repo));
    return await readLanding(repo, request);
  } catch (error) {
    const { reason } = faultOutcome(error);
    return { inMain: 'unknown', treeEqual: 'unknown', baseOk: 'unknown', reason };
  }
}

/**
 * The facts of FORGE-37 from the mirror as it was last fetched. Throws when git cannot answer; the caller turns
 * that into `unknown`.
 */
async function readLanding(repo: Repository, request: LandingRequest): Promise<LandingFacts> {
  const tip = await repo.git.text(repo.mirror, ['rev-parse', '--verify', `refs/remotes/origin/${repo.main}`]);
  if (!(await isAncestor(repo.git, repo.mirror, request.testedSha, tip)))
    return {
      inMain: false,
      treeEqual: 'unknown',
      baseOk: 'unknown',
      reason: 'the tested commit is not in main',
    };
  const landedSha = await findLanding(repo.git, repo.mirror, { tested: request.testedSha, tip });
  const landedTree = await repo.git.text(repo.mirror, ['rev-parse', '--verify', `${landedSha}^{tree}`]);
  const baseOk =
    landedSha === request.testedSha
      ? await isFirstParentAncestor(repo, request.baseSha, landedSha)
      : (await firstParent(repo.git, repo.mirror, landedSha)) === request.baseSha;
  return { inMain: true, treeEqual: landedTree === request.testedTree, baseOk, landedSha, landedTree };
}

/** A fast-forward leaves no trace of main's old tip, except that it must be on the tested commit's own chain. */
async function isFirstParentAncestor(repo: Repository, base: string, tested: string): Promise<boolean> {
  if (!(await isAncestor(repo.git, repo.mirror, base, tested))) return false;
  const args = ['rev-list', '--first-parent', '--end-of-options', tested, `^${base}^@`];
  return (await repo.git.text(repo.mirror, args)).split('\n').includes(base);
}
