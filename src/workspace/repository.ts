import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../log.ts';
import type { Git, GitOptions, GitPlace } from './git.ts';
import { branchDirName } from './names.ts';
import { below } from './safe-path.ts';
import type { GitTimeouts, Remote } from './workspace.ts';

/** Directories of one project (FORGE-70, FORGE-72); pure functions of the roots and the repository's name. */
export interface Layout {
  /** Engine-owned; the only repository whose git processes talk to the forge. */
  mirror: string;
  /** Carries the worktrees agents work in; its configuration is never read by us. */
  shared: string;
  /** The engine's door to the shared clone: its refs and objects under configuration of our own. */
  control: string;
  worktrees: string;
  checks: string;
  checksHome: string;
}

export function layoutOf(reposDir: string, repo: string): Layout {
  const worktrees = below(reposDir, '_wt', repo);
  return {
    mirror: below(reposDir, '_mirror', `${repo}.git`),
    control: below(reposDir, '_mirror', `${repo}.control`),
    shared: below(reposDir, repo),
    worktrees,
    checks: path.join(worktrees, '_checks'),
    checksHome: path.join(worktrees, '_home'),
  };
}

/** Held by the one process that works on a project's repositories (FORGE-77). */
export const lockFileOf = (reposDir: string, repo: string): string =>
  below(reposDir, '_mirror', `${repo}.lock`);

/** Worktree path of a branch (FORGE-72). */
export const worktreePath = (layout: Layout, branch: string): string =>
  below(layout.worktrees, branchDirName(branch));

/** One project's repositories on disk, as every file of this room sees them. */
export interface Repository {
  layout: Layout;
  git: Git;
  remote: Remote;
  main: string;
  timeouts: GitTimeouts;
  identity: { name: string; email: string };
  now: () => number;
  log: Logger;
  mirror: GitPlace;
  control: GitPlace;
  /** Commits the mirror is known to have. */
  known: Set<string>;
  /** Commits this process has pushed or tried to push to a branch. */
  pushed: Set<string>;
  /** Creates mirror, shared clone and control directory when they are missing. */
  ensure(): Promise<void>;
  /** Credentials and redirect rule for a process that talks to the forge. */
  remoteOptions(timeoutMs: number): GitOptions;
}

type RepositoryDeps = Omit<
  Repository,
  'ensure' | 'known' | 'pushed' | 'remoteOptions' | 'mirror' | 'control'
>;

/** Wires one project's repositories; nothing is touched on disk until `ensure`. */
export function createRepository(deps: RepositoryDeps): Repository {
  const mirror = { gitDir: deps.layout.mirror };
  const control = { gitDir: deps.layout.control };
  const known = new Set<string>();
  let ready: Promise<void> | null = null;
  // Many reads may come at once to a host that has never had the repository: one of them makes it.
  let creating = false;
  const ensure = async () => {
    const { mirror: mirrorDir, control: controlDir, shared } = deps.layout;
    const missing = [mirrorDir, controlDir, shared].some((dir) => !existsSync(path.join(dir, 'HEAD')));
    if (missing) known.clear();
    if (!creating && (missing || ready === null)) {
      creating = true;
      ready = create(deps, mirror)
        .catch((error: unknown) => {
          ready = null;
          throw error;
        })
        .finally(() => {
          creating = false;
        });
    }
    await ready;
  };
  return {
    ...deps,
    mirror,
    control,
    known,
    pushed: new Set<string>(),
    ensure,
    remoteOptions: (timeoutMs) => remoteOptions(deps.remote, timeoutMs),
  };
}

/** Credentials and redirect rule for one process that talks to the forge (FORGE-71). */
export function remoteOptions(remote: Remote, timeoutMs: number): GitOptions {
  if (!remote.extraHeader) return { timeoutMs };
  return {
    timeoutMs,
    config: [
      [`http.${remote.url}.extraHeader`, remote.extraHeader],
      ['http.followRedirects', 'false'],
    ],
  };
}

async function create(deps: RepositoryDeps, mirror: GitPlace): Promise<void> {
  const { layout, git, remote } = deps;
  await remote.prepare?.();
  await mkdir(layout.checks, { recursive: true });
  await initBare(git, layout.mirror, deps.main);
  await initBare(git, layout.shared, deps.main);
  const shared = { gitDir: layout.shared };
  await git.text(mirror, ['config', 'remote.origin.url', remote.url]);
  await git.text(mirror, ['config', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*']);
  await git.text(shared, ['config', 'remote.origin.url', layout.mirror]);
  await git.text(shared, ['config', 'remote.origin.fetch', '+refs/remotes/origin/*:refs/remotes/origin/*']);
  await git.text(shared, ['config', 'gc.auto', '0']);
  await createControl(layout);
}

async function initBare(git: Git, dir: string, main: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await git.text({ gitDir: dir }, ['init', '--bare', '--quiet', '--template=', `--initial-branch=${main}`]);
}

/** Same objects, refs and worktrees as the shared clone, but `config`, `hooks` and `info` are ours alone. */
async function createControl(layout: Layout): Promise<void> {
  await mkdir(path.join(layout.shared, 'worktrees'), { recursive: true });
  await mkdir(path.join(layout.shared, 'logs'), { recursive: true });
  await mkdir(layout.control, { recursive: true });
  for (const name of ['objects', 'refs', 'worktrees', 'logs', 'packed-refs'])
    await symlink(path.join(layout.shared, name), path.join(layout.control, name)).catch(ignoreExisting);
  await writeFile(path.join(layout.control, 'HEAD'), 'ref: refs/heads/_engine\n');
  const config = '[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tlogAllRefUpdates = false\n';
  await writeFile(path.join(layout.control, 'config'), config);
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
