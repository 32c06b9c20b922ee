import { AppError } from '../errors.ts';
import type { GitPlace } from './git.ts';
import type { Repository } from './repository.ts';

/** Trailers of every engine commit (FORGE-86). */
export interface CommitTrailers {
  wid: string;
  stage: string;
  attempt: number;
  runId?: string | undefined;
}

/** Message of an engine commit: one subject line, then the trailers of FORGE-86. */
export function commitMessage(subject: string, trailers: CommitTrailers): string {
  const lines = [
    `Work-Item: ${trailers.wid}`,
    `Stage: ${trailers.stage}`,
    `Attempt: ${trailers.attempt}`,
    ...(trailers.runId ? [`Run: ${trailers.runId}`] : []),
  ];
  return `${oneLine(subject)}\n\n${lines.map(oneLine).join('\n')}\n`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Identity of FORGE-85 as environment; `role` marks the work of an agent. */
export function identityEnv(repo: Repository, role?: string): Record<string, string> {
  const name = role ? `${repo.identity.name} (${role})` : repo.identity.name;
  const date = `${Math.floor(repo.now() / 1_000)} +0000`;
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: repo.identity.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: repo.identity.email,
    GIT_COMMITTER_DATE: date,
  };
}

export interface CommitTree {
  tree: string;
  parents: readonly string[];
  message: string;
  role?: string | undefined;
}

/** Creates a commit object; moves no ref. */
export function commitTree(repo: Repository, place: GitPlace, commit: CommitTree): Promise<string> {
  const args = ['commit-tree', commit.tree, ...commit.parents.flatMap((parent) => ['-p', parent])];
  return repo.git.text(place, [...args, '-F', '-'], {
    stdin: commit.message,
    env: identityEnv(repo, commit.role),
  });
}

/** Writes one blob and returns its id. */
export function writeBlob(repo: Repository, place: GitPlace, content: string): Promise<string> {
  return repo.git.text(place, ['hash-object', '-w', '--stdin'], { stdin: content });
}

/** The outcome of a thrown git fault: `refused` when trying again is useless. Rethrows everything else. */
export function faultOutcome(error: unknown): { kind: 'transient' | 'refused'; reason: string } {
  if (!(error instanceof AppError) || !error.code.startsWith('git-')) throw error;
  return { kind: error.retry ? 'transient' : 'refused', reason: error.message };
}
