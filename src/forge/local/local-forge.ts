import { access, constants } from 'node:fs/promises';
import { AppError, describeError } from '../../errors.ts';
import { isAncestor } from '../../workspace/ancestry.ts';
import type { Git } from '../../workspace/git.ts';
import { isBranchName, isSha } from '../../workspace/names.ts';
import { combineStatuses, statusDescription } from '../ci-state.ts';
import type { EnsurePrOutcome, Forge, ForgeFailure, ForgeLinks, ForgeWrite, PullRequest } from '../port.ts';
import { landedIn, mergeInGit } from './merge.ts';
import { type PullFacts, passesFilter, toPullRequest } from './pulls.ts';
import { type LocalForgeStore, type PullRow, toCommitStatus } from './store.ts';

export interface LocalForgeDeps {
  repo: string;
  /** Main's branch name. */
  main: string;
  /** Path of the bare repository. */
  gitDir: string;
  /** Creates the bare repository on first use. */
  prepare: () => Promise<void>;
  git: Git;
  store: LocalForgeStore;
  identity: { name: string; email: string };
  /** Epoch ms. */
  now: () => number;
}

/** The forge that needs no account and no network (FORGE-10 to FORGE-14): git for branches, rows for the rest. */
export function createLocalForge(deps: LocalForgeDeps): Forge {
  const { store, repo } = deps;
  const facts = createFacts(deps);
  const show = async (row: PullRow) => toPullRequest(row, row.state === 'open' ? await facts.of(row) : null);
  return {
    kind: 'local',
    mayPush: () =>
      reading(deps, async () => {
        const writable = await access(deps.gitDir, constants.W_OK).then(
          () => true,
          () => false,
        );
        return { kind: 'ok', value: writable };
      }),
    head: (branch) =>
      reading(deps, async () => {
        const sha = isBranchName(branch) ? await facts.head(branch) : null;
        return sha ? { kind: 'ok', value: sha } : notFound(`branch ${branch}`);
      }),
    ensurePr: (request) => ensurePr(deps, facts, request).catch(failedPr),
    findPrs: (branch, filter) =>
      reading(deps, async () => {
        const found: PullRequest[] = [];
        for (const row of store.pulls(repo, branch, deps.main)) found.push(await show(row));
        return { kind: 'ok', value: found.filter((pull) => passesFilter(pull, filter)) };
      }),
    getPr: (number) =>
      reading(deps, async () => {
        const row = store.pull(repo, number);
        return row ? { kind: 'ok', value: await show(row) } : notFound(`pull request #${number}`);
      }),
    mergePr: (request) => mergePr(deps, request),
    reviews: async () => ({ kind: 'unsupported' }),
    closePr: (number, note) => closePr(deps, number, note),
    setStatus: (sha, status) =>
      reading(deps, async () => {
        if (!(await facts.exists(sha))) return notFound(`commit ${sha}`);
        const description = statusDescription(status.description);
        const { context, state, url = null } = status;
        store.addStatus({ repo, sha, context, state, description, url, createdAt: deps.now() });
        return { kind: 'ok' };
      }),
    ciState: (sha) =>
      reading(deps, async () => {
        if (!(await facts.exists(sha))) return notFound(`commit ${sha}`);
        const statuses = store.statuses(repo, sha).map(toCommitStatus);
        return { kind: 'ok', value: combineStatuses(statuses, { leaveOutOwn: false, readAt: deps.now() }) };
      }),
    deleteBranch: (branch) =>
      reading(deps, async () => {
        if (branch === deps.main) return { kind: 'permanent', reason: `${branch} is the main branch` };
        if ((await facts.head(branch)) === null) return { kind: 'ok' };
        await deps.git.text({ gitDir: deps.gitDir }, ['update-ref', '-d', `refs/heads/${branch}`]);
        return { kind: 'ok' };
      }),
    links: NO_LINKS,
  };
}

/** FORGE-14. */
const NO_LINKS: ForgeLinks = {
  file: () => null,
  branch: () => null,
  pullRequest: () => null,
  commit: () => null,
  compare: () => null,
};

/** What git says; created once per forge. */
function createFacts(deps: LocalForgeDeps) {
  const place = { gitDir: deps.gitDir };
  const head = async (branch: string): Promise<string | null> => {
    const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`];
    const found = await deps.git.run(place, args);
    return found.exitCode === 0 ? found.stdout.trim() : null;
  };
  return {
    head,
    exists: async (sha: string) =>
      isSha(sha) && (await deps.git.run(place, ['cat-file', '-e', `${sha}^{commit}`])).exitCode === 0,
    of: async (row: PullRow): Promise<PullFacts> => {
      const headSha = await head(row.head);
      const main = await head(row.base);
      const landedSha = main ? await landedIn({ git: deps.git, place }, headSha ?? row.headSha, main) : null;
      const mergeable = headSha && main ? await isAncestor(deps.git, place, main, headSha) : null;
      return { headSha, landedSha, mergeable };
    },
  };
}
type Facts = ReturnType<typeof createFacts>;

async function ensurePr(
  deps: LocalForgeDeps,
  facts: Facts,
  request: { branch: string; title: string; body: string },
): Promise<EnsurePrOutcome> {
  await deps.prepare();
  const headSha = isBranchName(request.branch) ? await facts.head(request.branch) : null;
  if (!headSha) return { kind: 'failed', reason: `no branch ${request.branch}`, transient: false };
  const { row, created } = deps.store.openPull({
    repo: deps.repo,
    title: request.title.slice(0, 255),
    body: request.body,
    head: request.branch,
    base: deps.main,
    headSha,
    createdAt: deps.now(),
  });
  const pr = toPullRequest(row, await facts.of(row));
  return { kind: created ? 'created' : 'existed', pr };
}

async function mergePr(
  deps: LocalForgeDeps,
  request: Parameters<Forge['mergePr']>[0],
): ReturnType<Forge['mergePr']> {
  try {
    await deps.prepare();
    const row = deps.store.pull(deps.repo, request.number);
    if (!row) return { kind: 'not-mergeable', reason: `no pull request #${request.number}` };
    if (row.state === 'merged')
      return {
        kind: 'already-merged',
        ...(row.mergeCommitSha ? { mergeCommitSha: row.mergeCommitSha } : {}),
      };
    if (row.state === 'closed')
      return { kind: 'not-mergeable', reason: `pull request #${row.number} is closed` };
    const place = { gitDir: deps.gitDir };
    const identity = identityEnv(deps);
    const outcome = await mergeInGit(
      { git: deps.git, place, head: row.head, base: row.base, identity },
      request,
    );
    if (outcome.kind === 'merged' || outcome.kind === 'already-merged')
      deps.store.updatePull(deps.repo, row.number, {
        state: 'merged',
        headSha: request.expectedHead,
        mergeCommitSha: outcome.mergeCommitSha ?? null,
        mergedAt: deps.now(),
      });
    return outcome;
  } catch (error) {
    return { kind: 'unknown', reason: describeError(error) };
  }
}

async function closePr(deps: LocalForgeDeps, number: number, note: string): Promise<ForgeWrite> {
  const row = deps.store.pull(deps.repo, number);
  if (!row) return notFound(`pull request #${number}`);
  if (row.state !== 'open') return { kind: 'ok' };
  const body = note === '' ? row.body : `${row.body}\n\n${note}`;
  deps.store.updatePull(deps.repo, number, { state: 'closed', body, closedAt: deps.now() });
  return { kind: 'ok' };
}

function identityEnv(deps: LocalForgeDeps): Record<string, string> {
  const date = `${Math.floor(deps.now() / 1_000)} +0000`;
  const { name, email } = deps.identity;
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
}

const notFound = (what: string): ForgeFailure => ({ kind: 'not_found', reason: `${what} does not exist` });

const failedPr = (error: unknown): EnsurePrOutcome => ({
  kind: 'failed',
  reason: describeError(error),
  transient: error instanceof AppError && error.retry,
});

/** FORGE-3: an outcome, never a throw. */
async function reading<T>(deps: LocalForgeDeps, task: () => Promise<T>): Promise<T | ForgeFailure> {
  try {
    await deps.prepare();
    return await task();
  } catch (error) {
    const kind = error instanceof AppError && error.retry ? 'transient' : 'permanent';
    return { kind, reason: describeError(error) };
  }
}
