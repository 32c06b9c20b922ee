import { access, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../errors.ts';
import type { Git } from '../../workspace/git.ts';
import { assertBranch, assertRepoName } from '../../workspace/names.ts';
import { below } from '../../workspace/safe-path.ts';

export interface LocalRepositoryOptions {
  /** `ORCH_FORGE_DIR`. */
  forgeDir: string;
  repo: string;
  main: string;
  /** Absolute path or URL cloned once (FORGE-10). */
  source?: string | undefined;
  identity: { name: string; email: string };
  cloneMs: number;
  now: () => number;
  git: Git;
}

/** Path of a project's bare repository (FORGE-10). */
export function localRepositoryPath(forgeDir: string, repo: string): string {
  assertRepoName(repo);
  return below(forgeDir, `${repo}.git`);
}

/**
 * Creates the bare repository on first use (FORGE-10): from `source`, else with one commit on main. Built aside and
 * renamed, so a crash leaves nothing half-made. Throws `forge-source-failed` (user) when the source cannot be cloned.
 */
export async function ensureLocalRepository(options: LocalRepositoryOptions): Promise<void> {
  assertBranch(options.main);
  const dir = localRepositoryPath(options.forgeDir, options.repo);
  if (await exists(path.join(dir, 'HEAD'))) return;
  const aside = `${dir}.new-${process.pid}`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  const place = { gitDir: aside };
  const initial = `--initial-branch=${options.main}`;
  await options.git.text(place, ['init', '--bare', '--quiet', '--template=', initial]);
  if (options.source) await copySource(options, aside, options.source);
  else await firstCommit(options, aside);
  await rename(aside, dir).catch(async (error: unknown) => {
    await rm(aside, { recursive: true, force: true });
    // Somebody else was faster.
    if (!(await exists(path.join(dir, 'HEAD')))) throw error;
  });
}

async function copySource(options: LocalRepositoryOptions, dir: string, source: string): Promise<void> {
  const place = { gitDir: dir };
  const refspecs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  const args = ['fetch', '--quiet', '--no-write-fetch-head', '--end-of-options', source, ...refspecs];
  const result = await options.git.run(place, args, { timeoutMs: options.cloneMs });
  const main = await options.git.run(place, [
    'rev-parse',
    '--verify',
    '--quiet',
    `refs/heads/${options.main}`,
  ]);
  if (result.exitCode === 0 && main.exitCode === 0) return;
  await rm(dir, { recursive: true, force: true });
  const found = result.exitCode === 0 ? `no branch ${options.main} in it` : result.stderr.split('\n').at(-1);
  throw new AppError(
    'forge-source-failed',
    `Expected to clone ${source} for ${options.repo}, found ${found}.`,
    {
      fault: 'user',
      hint: 'Correct `source` or `base_branch` of the project.',
    },
  );
}

async function firstCommit(options: LocalRepositoryOptions, dir: string): Promise<void> {
  const { git, identity, main } = options;
  const place = { gitDir: dir };
  const date = `${Math.floor(options.now() / 1_000)} +0000`;
  const env = {
    GIT_AUTHOR_NAME: identity.name,
    GIT_AUTHOR_EMAIL: identity.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: identity.name,
    GIT_COMMITTER_EMAIL: identity.email,
    GIT_COMMITTER_DATE: date,
  };
  const blob = await git.text(place, ['hash-object', '-w', '--stdin'], { stdin: `# ${options.repo}\n` });
  const tree = await git.text(place, ['mktree'], { stdin: `100644 blob ${blob}\tREADME.md\n` });
  const sha = await git.text(place, ['commit-tree', tree, '-m', 'chore: initial commit'], { env });
  await git.text(place, ['update-ref', `refs/heads/${main}`, sha]);
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
