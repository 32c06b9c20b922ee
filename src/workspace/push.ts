import { faultOutcome } from './commit.ts';
import { feedSharedClone, remoteRef, takeIntoMirror } from './fetch.ts';
import { readPushReport } from './push-report.ts';
import { isCreateOnly, whyRefused } from './push-target.ts';
import type { Repository } from './repository.ts';

/** One push (FORGE-90): exactly one full refspec, from a SHA. */
export interface PushRequest {
  wid: string;
  sha: string;
  /** Full target, `refs/heads/…` or `refs/archive/…`. */
  ref: string;
  /** Expected remote head for `--force-with-lease` (FORGE-91); only for the task's own branch. */
  lease?: string;
  /** A plain push goes out only while the forge's head is this or absent: a reset by hand is not undone. */
  expectedHead?: string;
  /** FORGE-92: called immediately before the push; false stops it. */
  fenceHolds?: () => Promise<boolean>;
}

export type PushOutcome =
  | { kind: 'pushed' }
  | { kind: 'up-to-date' }
  /** Somebody else moved the ref; nothing was overwritten. */
  | { kind: 'foreign-push'; expected: string | null; found: string | null }
  | { kind: 'fence-lost' }
  /** The forge or FORGE-90 said no. */
  | { kind: 'refused'; reason: string }
  | { kind: 'transient'; reason: string };

/** The one function that pushes (FORGE-90 to FORGE-92); the caller holds the project's mutex. */
export async function push(repo: Repository, request: PushRequest): Promise<PushOutcome> {
  const refusal = whyRefused(request, repo.main);
  if (refusal !== null) return { kind: 'refused', reason: refusal };
  try {
    await repo.ensure();
    await takeIntoMirror(repo, request.sha);
    if (request.fenceHolds && !(await request.fenceHolds())) return { kind: 'fence-lost' };
    return (await resetByHand(repo, request)) ?? (await send(repo, request));
  } catch (error) {
    return faultOutcome(error);
  }
}

async function resetByHand(repo: Repository, request: PushRequest): Promise<PushOutcome | null> {
  const { expectedHead, sha, ref } = request;
  if (expectedHead === undefined) return null;
  const found = await remoteRef(repo, ref);
  if (found === null || found === expectedHead || found === sha) return null;
  return { kind: 'foreign-push', expected: expectedHead, found };
}

async function send(repo: Repository, request: PushRequest): Promise<PushOutcome> {
  const { sha, ref } = request;
  const expected = request.lease ?? (isCreateOnly(ref) ? '' : null);
  const lease = expected === null ? [] : [`--force-with-lease=${ref}:${expected}`];
  const args = [
    'push',
    '--porcelain',
    '--no-verify',
    '--no-follow-tags',
    ...lease,
    repo.remote.url,
    `${sha}:${ref}`,
  ];
  // Before the forge can tell of it: its webhook may be here sooner than its answer.
  repo.pushed.add(sha);
  const result = await repo.git.run(repo.mirror, args, repo.remoteOptions(repo.timeouts.pushMs));
  const report = readPushReport(result);
  if (report.kind === 'pushed' || report.kind === 'up-to-date') {
    await recordPushed(repo, ref, sha);
    return { kind: report.kind };
  }
  if (report.kind !== 'moved') return report;
  const found = await remoteRef(repo, ref);
  // A repeat after a crash finds its own commit there.
  if (found === sha) return { kind: 'up-to-date' };
  return { kind: 'foreign-push', expected: request.lease ?? null, found };
}

async function recordPushed(repo: Repository, ref: string, sha: string): Promise<void> {
  if (!ref.startsWith('refs/heads/')) return;
  const branch = ref.slice('refs/heads/'.length);
  await repo.git.text(repo.mirror, ['update-ref', `refs/remotes/origin/${branch}`, sha]);
  await feedSharedClone(repo);
}
