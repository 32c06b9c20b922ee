/** `unknown` = could not be determined, which is "not proven" (FORGE-37, FORGE-105). */
export type Fact = boolean | 'unknown';

export interface LandingRequest {
  testedSha: string;
  testedTree: string;
  baseSha: string;
  /** Main's branch name. */
  main: string;
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
