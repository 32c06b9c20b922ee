import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeError } from '../errors.ts';
import { createGit, type GitDeps } from './git.ts';
import { utcStamp } from './names.ts';
import { readPushReport } from './push-report.ts';
import { remoteOptions } from './repository.ts';
import type { Remote } from './workspace.ts';

/** What became of a test ref outside `heads` and `tags`. */
export type ArchiveProbe =
  | { kind: 'accepted' }
  /** The forge takes pushes, but not such a ref: archives become tags (FORGE-93). */
  | { kind: 'refused'; reason: string }
  /** It could not be tried: no right to push, no connection, no main branch. */
  | { kind: 'unknown'; reason: string };

export interface ArchiveProbeOptions extends GitDeps {
  remote: Remote;
  /** Main's branch name. */
  main: string;
  /** Of each call that talks to the forge. */
  timeoutMs: number;
  now: () => number;
}

/**
 * Whether the forge takes archive refs (FORGE-93, FORGE-107): one is created and removed. Works in a directory of its
 * own, so it disturbs no running system. Never throws.
 */
export async function probeArchiveRefs(options: ArchiveProbeOptions): Promise<ArchiveProbe> {
  const dir = await mkdtemp(path.join(tmpdir(), 'orchestrator-probe-'));
  try {
    return await probeFrom(dir, options);
  } catch (error) {
    return { kind: 'unknown', reason: describeError(error) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function probeFrom(gitDir: string, options: ArchiveProbeOptions): Promise<ArchiveProbe> {
  const { remote, main, timeoutMs } = options;
  const git = createGit(options);
  const place = { gitDir };
  const outside = remoteOptions(remote, timeoutMs);
  await remote.prepare?.();
  await git.text(place, ['init', '--bare', '--quiet', '--template=']);
  const refspec = `+refs/heads/${main}:refs/heads/probe`;
  await git.text(place, ['fetch', '--quiet', '--no-tags', '--depth=1', remote.url, refspec], outside);
  const ref = `refs/archive/_doctor/${utcStamp(options.now())}`;
  const push = (source: string) =>
    git.run(place, ['push', '--porcelain', '--no-verify', remote.url, `${source}:${ref}`], outside);
  const created = await push('refs/heads/probe');
  const report = readPushReport(created);
  if (report.kind === 'pushed' || report.kind === 'up-to-date') {
    await push('');
    return { kind: 'accepted' };
  }
  const reason = 'reason' in report ? report.reason : 'the ref was moved by somebody else';
  return { kind: /^!\t/m.test(created.stdout) ? 'refused' : 'unknown', reason };
}
