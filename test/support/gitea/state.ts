import path from 'node:path';
import { git } from '../git/repository.ts';

export interface FakePull {
  number: number;
  title: string;
  body: string;
  head: string;
  base: string;
  state: 'open' | 'closed';
  merged: boolean;
  mergedAt: string | null;
  mergeCommitSha: string | null;
  /** Kept when the branch is gone. */
  lastHead: string;
  draft: boolean;
  labels: number[];
  reviews: FakeReview[];
}
export interface FakeReview {
  id: number;
  user: string;
  state: string;
  commit_id: string;
  stale: boolean;
  dismissed: boolean;
  body: string;
}
export interface FakeStatus {
  id: number;
  sha: string;
  context: string;
  status: string;
  description: string;
  target_url: string;
  updated_at: string;
}
export interface FakeLabel {
  id: number;
  name: string;
  color: string;
  description: string;
}
export interface FakeHook {
  id: number;
  url: string;
  secret: string;
  events: string[];
  active: boolean;
}

/** What differs between servers: the version it tells and how call 12 is spelled. */
export type Flavour = 'gitea-1.26' | 'gitea-1.27' | 'forgejo';
export const VERSIONS: Readonly<Record<Flavour, string>> = {
  'gitea-1.26': '1.26.2',
  'gitea-1.27': '1.27.0+dev-15-gabcdef0123',
  forgejo: '16.0.1+gitea-1.22.0',
};

/** One repository of the server: rows here, everything else in the real bare repository. */
export class FakeRepository {
  readonly pulls: FakePull[] = [];
  readonly statuses: FakeStatus[] = [];
  readonly hooks: FakeHook[] = [];
  readonly labels: FakeLabel[] = [];
  main = 'main';
  archived = false;
  allowFastForward = true;
  /** What the protection of main asks for and allows. */
  protection = { mayMerge: true, approvals: 0, contexts: [] as string[] };
  /** Scopes of the token; null: all of them. */
  scopes: ReadonlySet<string> | null = null;
  /** Branches the server refuses to delete or to be pushed to. */
  protectedBranches = new Set<string>();
  private nextId = 1;
  readonly owner: string;
  readonly name: string;
  readonly gitDir: string;

  constructor(root: string, owner: string, name: string) {
    this.owner = owner;
    this.name = name;
    this.gitDir = path.join(root, owner, `${name}.git`);
  }

  get fullName(): string {
    return `${this.owner}/${this.name}`;
  }

  id(): number {
    return this.nextId++;
  }

  head(branch: string): Promise<string | null> {
    return git(this.gitDir, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(() => null);
  }

  async branches(): Promise<{ name: string; sha: string }[]> {
    const out = await git(
      this.gitDir,
      'for-each-ref',
      '--format=%(objectname) %(refname:lstrip=2)',
      'refs/heads',
    );
    return out
      .split('\n')
      .filter(Boolean)
      .map((line) => ({ sha: line.slice(0, 40), name: line.slice(41) }));
  }

  async hasCommit(sha: string): Promise<boolean> {
    return git(this.gitDir, 'cat-file', '-e', `${sha}^{commit}`).then(
      () => true,
      () => false,
    );
  }

  async headOf(pull: FakePull): Promise<string> {
    if (pull.state === 'open') pull.lastHead = (await this.head(pull.head)) ?? pull.lastHead;
    return pull.lastHead;
  }

  isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return git(this.gitDir, 'merge-base', '--is-ancestor', ancestor, descendant).then(
      () => true,
      () => false,
    );
  }
}

/** What the server answers to a merge; `null` message means merged. */
export async function mergeFakePull(
  repo: FakeRepository,
  pull: FakePull,
  wanted: { style: string; headCommit: string; title: string; message: string },
): Promise<{ status: number; message: string | null }> {
  const head = await repo.headOf(pull);
  const main = (await repo.head(pull.base)) as string;
  if (pull.merged || pull.state === 'closed') return { status: 405, message: 'The PR is closed or merged' };
  if (pull.draft) return { status: 405, message: 'Work in progress PRs cannot be merged' };
  if (wanted.headCommit && wanted.headCommit !== head) return { status: 409, message: 'head out of date' };
  const behind = !(await repo.isAncestor(main, head));
  if (wanted.style === 'fast-forward-only' && behind) return { status: 405, message: 'not fast-forwardable' };
  const merged = wanted.style === 'merge' ? await mergeCommit(repo, main, head, wanted) : head;
  if (merged === null) return { status: 409, message: 'merge conflict' };
  try {
    await git(repo.gitDir, 'update-ref', `refs/heads/${pull.base}`, merged, main);
  } catch {
    return { status: 409, message: 'merge push out of date' };
  }
  Object.assign(pull, {
    state: 'closed',
    merged: true,
    mergedAt: new Date().toISOString(),
    mergeCommitSha: merged,
  });
  return { status: 200, message: null };
}

async function mergeCommit(
  repo: FakeRepository,
  main: string,
  head: string,
  wanted: { title: string; message: string },
): Promise<string | null> {
  const tree = await git(repo.gitDir, 'merge-tree', '--write-tree', main, head).catch(() => null);
  if (tree === null) return null;
  const message = `${wanted.title}\n\n${wanted.message}`;
  return git(repo.gitDir, 'commit-tree', tree, '-p', main, '-p', head, '-m', message);
}
