import { checkConfirmation } from './confirm.ts';
import { checkMarkers, type MarkersResult } from './markers.ts';
import { judgeProof, type LandingFacts } from './proof.ts';

/** How often and how patiently a merge that is not possible yet is tried again (SHIP-103). */
const MERGE_TRIES = 5;
const MERGE_RETRY_MS = 6_000;

export interface MergeRequest {
  testedSha: string;
  testedTree: string;
  baseSha: string;
  /** Commit by which this task landed in an earlier attempt, null when it has not. */
  landedSha: string | null;
  /** `ORCH_MERGE_VERIFY_ENABLED` and its scope; off, the landed commit is taken as git shows it. */
  verify: boolean;
  /** `ORCH_REGRESSION_MARKERS_FILE`, repository-relative. */
  markersPath: string;
}

/** What a merge needs of git and forge; satisfied by rooms this one does not import. */
export interface MergePorts {
  /** Fetches, then reads the facts of FORGE-37. Never throws. */
  landing(): Promise<LandingFacts>;
  /** Fetched tips of main and the task branch; null when unreadable. */
  tips(): Promise<{ main: string | null; branch: string | null }>;
  ensurePr(): Promise<
    | { kind: 'existed' | 'created'; pr: { number: number } }
    | { kind: 'failed'; reason: string; transient: boolean }
  >;
  /** Merges exactly `testedSha` (FORGE-32 to FORGE-35). */
  mergePr(
    number: number,
  ): Promise<
    | { kind: 'merged' | 'already-merged' }
    | { kind: 'not-mergeable' | 'head-moved' | 'forbidden' | 'unknown'; reason: string }
  >;
  /** False when the lease was lost: nothing may be written any more (SHIP-52). */
  leaseHeld(): Promise<boolean>;
  readFile(sha: string, path: string): Promise<string | null>;
  diffPaths(from: string, to: string): Promise<string[]>;
  /** Told immediately before the merge call: the critical window begins (PIPE-51). */
  onMergeCall(): Promise<void>;
}

export type MergeStep =
  /** Proven: main carries exactly what was tested. */
  | { do: 'landed'; landedSha: string; landedTree: string; markers: number | 'none' }
  | { do: 'look-again'; afterMs: number; reason: string }
  | {
      do: 'hold';
      cause: 'pr-create-failed' | 'merge-refused' | 'merge-not-proven' | 'tree-mismatch';
      reason: string;
      freeze: boolean;
      /** Tree that landed; null where nothing is known to have landed. */
      landedTree: string | null;
      /** Paths in which the landed and the tested tree differ. */
      paths: string[];
    }
  /** The confirmation is used up: gates again, then the question again (SHIP-84). */
  | { do: 'confirm-again'; why: 'main-moved' | 'branch-moved' }
  | { do: 'parked'; reason: string };

/**
 * One step of ensure-PR → merge → proof (SHIP-100 to SHIP-105). It looks before it acts, so it may be repeated at any
 * point: after a restart, after a person merged, after an answer that was lost. `tries` counts `look-again`s so far.
 */
export async function stepMerge(ports: MergePorts, request: MergeRequest, tries: number): Promise<MergeStep> {
  const before = await ports.landing();
  if (before.inMain === true) return repeat(ports, request, { facts: before, tries });
  if (before.inMain === 'unknown')
    return again(tries, { cause: 'merge-not-proven', reason: before.reason ?? 'main could not be read' });

  const confirmed = checkConfirmation(request, { ...(await ports.tips()), landed: request.landedSha });
  if (!confirmed.holds) {
    if (confirmed.why !== 'unreadable') return { do: 'confirm-again', why: confirmed.why };
    return again(tries, { cause: 'merge-refused', reason: 'main or the task branch could not be read' });
  }
  const ensured = await ports.ensurePr();
  if (ensured.kind === 'failed') {
    const refusal = { cause: 'pr-create-failed', reason: ensured.reason } as const;
    return ensured.transient ? again(tries, refusal) : hold(refusal);
  }
  if (!(await ports.leaseHeld())) return { do: 'parked', reason: 'the merge lease was lost' };
  await ports.onMergeCall();
  const merged = await ports.mergePr(ensured.pr.number);
  const after = await ports.landing();
  if (after.inMain === true) return prove(ports, request, after);
  return notLanded(merged, after, tries);
}

/** The change is in main already. Landed by an earlier attempt, it is deployed again only while main is still there. */
async function repeat(
  ports: MergePorts,
  request: MergeRequest,
  { facts, tries }: { facts: LandingFacts; tries: number },
): Promise<MergeStep> {
  if (request.landedSha === null) return prove(ports, request, facts);
  const { main } = await ports.tips();
  if (main === null) return again(tries, { cause: 'merge-not-proven', reason: 'main could not be read' });
  return main === request.landedSha
    ? prove(ports, request, facts)
    : { do: 'confirm-again', why: 'main-moved' };
}

type MergeAnswer = Awaited<ReturnType<MergePorts['mergePr']>>;
type Refusal = Pick<Extract<MergeStep, { do: 'hold' }>, 'cause' | 'reason'>;

/** Main does not carry the change after the merge call: what the forge said decides. */
function notLanded(merged: MergeAnswer, after: LandingFacts, tries: number): MergeStep {
  switch (merged.kind) {
    case 'merged':
    case 'already-merged':
      return after.inMain === 'unknown'
        ? again(tries, { cause: 'merge-not-proven', reason: after.reason ?? 'main could not be read' })
        : hold({ cause: 'merge-not-proven', reason: 'not in main' });
    case 'head-moved':
      return { do: 'confirm-again', why: 'branch-moved' };
    case 'forbidden':
      return hold({ cause: 'merge-refused', reason: merged.reason });
    default:
      return again(tries, { cause: 'merge-refused', reason: merged.reason });
  }
}

/** Waits and looks again, or holds when the patience of SHIP-103 is used up. */
function again(tries: number, refusal: Refusal): MergeStep {
  if (tries >= MERGE_TRIES) return hold(refusal);
  return { do: 'look-again', afterMs: MERGE_RETRY_MS, reason: refusal.reason };
}

const hold = (refusal: Refusal): MergeStep => ({
  do: 'hold',
  ...refusal,
  freeze: false,
  landedTree: null,
  paths: [],
});

async function prove(ports: MergePorts, request: MergeRequest, facts: LandingFacts): Promise<MergeStep> {
  if (!request.verify) {
    const { landedSha = request.testedSha, landedTree = request.testedTree } = facts;
    return { do: 'landed', landedSha, landedTree, markers: 'none' };
  }
  const decision = judgeProof(facts, await readMarkers(ports, request, facts));
  if (decision.do === 'proceed') return { ...decision, do: 'landed' };
  const { landedTree } = facts;
  const paths =
    decision.freeze && landedTree
      ? await ports.diffPaths(request.testedTree, landedTree).catch(() => [])
      : [];
  return { ...decision, landedTree: landedTree ?? null, paths };
}

async function readMarkers(
  ports: MergePorts,
  request: MergeRequest,
  facts: LandingFacts,
): Promise<MarkersResult | null> {
  const { landedSha } = facts;
  if (!landedSha) return null;
  try {
    return await checkMarkers({
      base: await ports.readFile(request.baseSha, request.markersPath),
      landed: await ports.readFile(landedSha, request.markersPath),
      readLanded: (path) => ports.readFile(landedSha, path),
    });
  } catch {
    return null;
  }
}
