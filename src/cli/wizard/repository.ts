import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '../../errors.ts';
import { runProcess } from '../../subprocess.ts';
import type { CliContext } from '../context.ts';
import type { RepoSight } from './ecosystems.ts';

/** A repository that exists, seen at its main branch. */
export interface FoundRepository {
  /** Absolute path, or the URL as given. */
  source: string;
  /** Last part of its name, without `.git`. */
  name: string;
  /** Owner in a URL such as `https://git.example.org/acme/shop`; null for a path. */
  owner: string | null;
  baseBranch: string;
  sight: RepoSight;
}

const CLONE_MS = 120_000;
const READ_MS = 15_000;
const isUrl = (text: string): boolean => /^[a-z][a-z+.-]*:\/\//i.test(text) || /^[\w.-]+@[\w.-]+:/.test(text);

const refuse = (message: string, hint: string): AppError =>
  new AppError('no-repository', message, { fault: 'user', hint });

/** Looks at a repository given as path or URL. Throws AppError `no-repository` with what was found instead. */
export async function findRepository(context: CliContext, given: string): Promise<FoundRepository> {
  return isUrl(given) ? fromUrl(context, given) : fromPath(context, path.resolve(context.cwd, given));
}

const gitOf =
  ({ env }: CliContext, dir: string, deadlineMs = READ_MS) =>
  async (...args: string[]): Promise<string | null> => {
    const ended = await runProcess({
      argv: ['git', ...args],
      cwd: dir,
      env: {
        PATH: env.PATH ?? '',
        HOME: env.HOME ?? '/',
        GIT_TERMINAL_PROMPT: '0',
        GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
      },
      deadlineMs,
      killGraceMs: 2000,
      maxOutputBytes: 1024 * 1024,
    });
    return ended.exitCode === 0 ? ended.stdoutTail : null;
  };

async function fromPath(context: CliContext, dir: string): Promise<FoundRepository> {
  const git = gitOf(context, dir);
  const top = (await git('rev-parse', '--show-toplevel').catch(() => null))?.trim();
  const bare =
    top === undefined &&
    (await git('rev-parse', '--is-bare-repository').catch(() => null))?.trim() === 'true';
  if (top === undefined && !bare)
    throw refuse(
      `Expected a git repository at "${dir}", found none.`,
      'Name the directory of a clone, or the URL of the repository.',
    );
  return look(context, { dir: top ?? dir, source: top ?? dir, owner: null });
}

async function fromUrl(context: CliContext, url: string): Promise<FoundRepository> {
  const dir = await mkdtemp(path.join(tmpdir(), 'orch-look-'));
  try {
    const cloned = await gitOf(context, dir, CLONE_MS)(
      'clone',
      '--quiet',
      '--bare',
      '--depth',
      '1',
      '--',
      url,
      'repo.git',
    );
    if (cloned === null)
      throw refuse(
        `Expected to clone "${url}", but git could not.`,
        'Check the address and your access: git clone must work without a question.',
      );
    const parts = url.replace(/\/+$/, '').split(/[/:]/);
    return await look(context, { dir: path.join(dir, 'repo.git'), source: url, owner: parts.at(-2) ?? null });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function look(
  context: CliContext,
  { dir, source, owner }: { dir: string; source: string; owner: string | null },
): Promise<FoundRepository> {
  const git = gitOf(context, dir);
  const baseBranch = await mainOf(git);
  const listed =
    baseBranch === null ? null : await git('ls-tree', '--name-only', '-z', `refs/heads/${baseBranch}`);
  if (baseBranch === null || listed === null)
    throw refuse(`Expected a commit in "${source}", found an empty repository.`, 'Push a first commit.');
  const names = listed.split('\0').filter(Boolean);
  const texts = new Map<string, string>();
  for (const name of names.filter((one) => /^(package|composer)\.json$|^Makefile$|^README/i.test(one)))
    texts.set(name, (await git('show', `refs/heads/${baseBranch}:${name}`)) ?? '');
  return {
    source,
    owner,
    baseBranch,
    name: path.basename(source.replace(/\/+$/, '')).replace(/\.git$/, ''),
    sight: { names, read: (name) => texts.get(name) ?? null },
  };
}

/** `main` or `master` where they are, else what is checked out. */
async function mainOf(git: ReturnType<typeof gitOf>): Promise<string | null> {
  for (const name of ['main', 'master'])
    if ((await git('rev-parse', '--verify', '--quiet', `refs/heads/${name}`)) !== null) return name;
  const head = (await git('symbolic-ref', '--quiet', '--short', 'HEAD'))?.trim();
  return head && (await git('rev-parse', '--verify', '--quiet', `refs/heads/${head}`)) !== null ? head : null;
}
