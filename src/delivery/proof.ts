import type { MarkersResult } from './markers.ts';

/** `unknown` could not be determined, which is never a proof (FORGE-37). */
export type ProofFact = boolean | 'unknown';

/** What git says about a merge (FORGE-37). */
export interface LandingFacts {
  inMain: ProofFact;
  treeEqual: ProofFact;
  baseOk: ProofFact;
  landedSha?: string;
  landedTree?: string;
  /** Why a fact is unknown. */
  reason?: string;
}

export type ProofDecision =
  | { do: 'proceed'; landedSha: string; landedTree: string; markers: number | 'none' }
  /** Nothing is deployed; `freeze` says that main itself cannot be trusted (SHIP-105). */
  | { do: 'hold'; cause: 'merge-not-proven' | 'tree-mismatch'; reason: string; freeze: boolean };

/** Whether what landed is what was tested (SHIP-104, SHIP-105). `markers` is null where they could not be read. Pure. */
export function judgeProof(facts: LandingFacts, markers: MarkersResult | null): ProofDecision {
  const unproven = (reason: string): ProofDecision => ({
    do: 'hold',
    cause: 'merge-not-proven',
    reason,
    freeze: false,
  });
  const mismatch = (reason: string): ProofDecision => ({
    do: 'hold',
    cause: 'tree-mismatch',
    reason,
    freeze: true,
  });
  const { landedSha, landedTree } = facts;
  if (facts.inMain === false) return unproven('not in main');
  if (facts.treeEqual === false)
    return mismatch(`landed tree ${landedTree ?? 'unknown'} is not the tested tree`);
  if (facts.baseOk === false) return mismatch('main was not at the tested base when the change landed');
  if (facts.inMain !== true || facts.treeEqual !== true || facts.baseOk !== true || !landedSha || !landedTree)
    return unproven(`not proven: ${facts.reason ?? 'git did not answer'}`);
  if (markers === null) return unproven('not proven: the regression markers could not be read');
  if (!markers.ok) return unproven(markers.problems.join('; '));
  return { do: 'proceed', landedSha, landedTree, markers: markers.count };
}
