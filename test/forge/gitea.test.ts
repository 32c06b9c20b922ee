import { afterEach, describe, expect, test } from 'vitest';
import { combineStatuses } from '../../src/forge/ci-state.ts';
import { createLinks } from '../../src/forge/gitea/links.ts';
import { spellingOf } from '../../src/forge/gitea/merge.ts';
import type { CommitStatus, StatusState } from '../../src/forge/port.ts';
import { createGiteaForgeWorld, type GiteaForgeWorld } from '../support/forge/gitea.ts';

const BRANCH = 'feature/SHOP-007-cart';
let world: GiteaForgeWorld | undefined;
afterEach(() => world?.close());

async function open(...args: Parameters<typeof createGiteaForgeWorld>): Promise<GiteaForgeWorld> {
  world = await createGiteaForgeWorld(...args);
  return world;
}
async function withPr(...args: Parameters<typeof createGiteaForgeWorld>) {
  const opened = await open(...args);
  const sha = await opened.push(BRANCH);
  const ensured = await opened.forge.ensurePr({ branch: BRANCH, title: 'SHOP-007: Cart', body: 'b' });
  if (ensured.kind === 'failed') throw new Error(ensured.reason);
  return { ...opened, sha, number: ensured.pr.number };
}
const mergeOf = (sha: string, number: number) => ({
  number,
  style: 'auto' as const,
  expectedHead: sha,
  title: `Merge SHOP-007: Cart (#${number})`,
  message: `Work-Item: SHOP-007\nTested-Commit: ${sha}`,
});
const mergeCalls = (opened: GiteaForgeWorld) =>
  opened.gitea.exchanges.filter(({ method, path }) => method === 'POST' && path.endsWith('/merge'));
const isMerge = (method: string, path: string) => method === 'POST' && path.endsWith('/merge');

test('FORGE-31 a draft is failed and named', async () => {
  const { forge, gitea } = await withPr();
  const [pull] = gitea.repo.pulls;
  if (pull) pull.draft = true;
  expect(await forge.ensurePr({ branch: BRANCH, title: 't', body: '' })).toEqual({
    kind: 'failed',
    reason: 'PR #1 is a draft',
    transient: false,
  });
});

test.each([409, 422])(
  'inc-59 FORGE-31 HTTP %i after a race finds the pull request somebody else made',
  async (status) => {
    const opened = await open();
    await opened.push(BRANCH);
    // The work is done, but the answer is a refusal, as if another client had been faster.
    opened.gitea.faults.push({
      matches: (method, path) => method === 'POST' && path.endsWith('/pulls'),
      do: 'drop-after',
    });
    const first = await opened.forge.ensurePr({ branch: BRANCH, title: 't', body: '' });
    expect(first).toMatchObject({ kind: 'existed', pr: { number: 1 } });
    opened.gitea.repo.pulls.length = 0;
    opened.gitea.faults.push({
      matches: (method, path) => method === 'POST' && path.endsWith('/pulls'),
      do: { status, message: 'no' },
    });
    expect(await opened.forge.ensurePr({ branch: BRANCH, title: 't', body: '' })).toMatchObject({
      kind: 'failed',
    });
  },
);

test('FORGE-31 a new pull request carries the label of init gitea; without one, or without the scope, it is opened all the same', async () => {
  const opened = await open();
  const { repo } = opened.gitea;
  const create = async (branch: string) => {
    await opened.push(branch);
    expect((await opened.forge.ensurePr({ branch, title: 'SHOP-007: Cart', body: '' })).kind).toBe('created');
    return repo.pulls.at(-1)?.labels;
  };
  expect(await create('feature/SHOP-001')).toEqual([]);
  repo.scopes = new Set(['write:repository', 'read:user']);
  expect(await create('feature/SHOP-002')).toEqual([]);
  repo.scopes = null;
  repo.labels.push({ id: 41, name: 'orchestrator', color: '', description: '' });
  expect(await create('feature/SHOP-003')).toEqual([41]);
});

test('FORGE-31 a closed pull request of the same head is opened again; one of an older head is not', async () => {
  const { forge, number, push, gitea } = await withPr();
  await forge.closePr(number, 'stopped');
  expect(await forge.ensurePr({ branch: BRANCH, title: 't', body: '' })).toMatchObject({
    kind: 'existed',
    pr: { number },
  });
  await forge.closePr(number, 'stopped');
  expect(gitea.repo.pulls[0]?.body).toBe('b\n\nstopped\n\nstopped');
  await push(BRANCH, 'newer.txt');
  expect(await forge.ensurePr({ branch: BRANCH, title: 't', body: '' })).toMatchObject({
    kind: 'created',
    pr: { number: 2 },
  });
});

test('inc-60 FORGE-30 the right pull request is found behind a page of others and a fork of the same branch name', async () => {
  const { forge, gitea, number } = await withPr({ maxItems: 3 });
  const [own] = gitea.repo.pulls;
  for (let n = 2; n < 9; n += 1)
    gitea.repo.pulls.push({ ...own, number: n, head: `feature/SHOP-007-cart-${n}` } as never);
  const found = await forge.findPrs(BRANCH, 'open');
  expect(found).toMatchObject({ kind: 'ok', value: [{ number }] });
  const limits = gitea.exchanges.flatMap(({ query }) =>
    query.filter(([key]) => key === 'limit').map(([, limit]) => limit),
  );
  expect(new Set(limits)).toEqual(new Set(['3']));
});

test('FORGE-35 a time-out after a real merge is found by asking, without a second merge call', async () => {
  const opened = await withPr();
  opened.gitea.faults.push({ matches: isMerge, do: 'drop-after' });
  expect(await opened.forge.mergePr(mergeOf(opened.sha, opened.number))).toEqual({
    kind: 'merged',
    mergeCommitSha: opened.sha,
  });
  expect(mergeCalls(opened)).toHaveLength(0);
  expect(await opened.headInGit('main')).toBe(opened.sha);
});

test('FORGE-35 a time-out before the merge is unknown and nothing is repeated', async () => {
  const opened = await withPr();
  opened.gitea.faults.push({ matches: isMerge, do: 'drop' });
  expect((await opened.forge.mergePr(mergeOf(opened.sha, opened.number))).kind).toBe('unknown');
  expect(mergeCalls(opened)).toHaveLength(0);
});

test.each([
  [{ status: 405, message: 'Please try again later' }, 'not-mergeable'],
  [{ status: 409, message: 'head out of date' }, 'head-moved'],
  [{ status: 409, message: 'merge push out of date' }, 'not-mergeable'],
  [{ status: 403, message: 'not allowed' }, 'forbidden'],
  [{ status: 423, message: 'archived' }, 'forbidden'],
  [{ status: 404, message: '' }, 'not-mergeable'],
  [{ status: 500, message: 'boom' }, 'unknown'],
])('FORGE-35 %j of the merge call is %s', async (fault, kind) => {
  const opened = await withPr();
  opened.gitea.faults.push({ matches: isMerge, do: fault });
  const outcome = await opened.forge.mergePr(mergeOf(opened.sha, opened.number));
  expect(outcome.kind).toBe(kind);
});

test('inc-61 FORGE-36 what git proves to be in main is already-merged without a merge call', async () => {
  const opened = await withPr({}, { inMain: async () => true });
  expect(await opened.forge.mergePr(mergeOf(opened.sha, opened.number))).toEqual({ kind: 'already-merged' });
  expect(mergeCalls(opened)).toHaveLength(0);
});

test.each([
  ['1.26.2', 'capital'],
  ['1.27.0+dev-15-gabc', 'snake'],
  ['1.28.0', 'snake'],
  ['16.0.1+gitea-1.22.0', 'capital'],
])('FORGE-33 a server of version %s is spoken to in %s spelling', (version, spelling) => {
  expect(spellingOf(version)).toBe(spelling);
});

test('FORGE-33 a 422 about the field is retried once with the other spelling; force is never sent', async () => {
  const opened = await withPr({ flavour: 'gitea-1.27' });
  opened.gitea.faults.push({ matches: (_, path) => path.endsWith('/version'), do: { status: 404 } });
  expect((await opened.forge.mergePr(mergeOf(opened.sha, opened.number))).kind).toBe('merged');
  const calls = mergeCalls(opened);
  expect(calls.map(({ status }) => status)).toEqual([422, 200]);
  for (const { sent } of calls) expect(sent).not.toHaveProperty('force_merge');
});

test('FORGE-20 a refused token, a missing right and an archived repository are told in words', async () => {
  const opened = await open({}, { token: 'wrong' });
  const read = await opened.forge.head('main');
  expect(read).toMatchObject({ kind: 'permanent' });
  expect(JSON.stringify(read)).toContain('expected a valid token sent as \\"token <value>\\"');
  expect(JSON.stringify(read)).not.toContain('wrong');
});

test('FORGE-20 a request ends after ORCH_GITEA_TIMEOUT_S, whatever the client allows otherwise', async () => {
  const { forge, gitea } = await open({}, { timeoutMs: 80 });
  gitea.faults.push({ matches: () => true, do: 'hang', times: 9 });
  expect(await forge.head('main')).toEqual({ kind: 'transient', reason: 'no answer within 80 ms' });
});

test('FORGE-3 reads are repeated twice, then transient; nothing throws when the server is gone', async () => {
  const { forge, gitea } = await withPr();
  const matches = (_: string, path: string) => path.includes('/branches/');
  gitea.faults.push({ matches, do: { status: 502 }, times: 2 });
  expect((await forge.head(BRANCH)).kind).toBe('ok');
  gitea.faults.push({ matches, do: { status: 502 }, times: 3 });
  expect((await forge.head(BRANCH)).kind).toBe('transient');
  await gitea.close();
  world = undefined;
  expect((await forge.getPr(1)).kind).toBe('transient');
  expect((await forge.ciState('a'.repeat(40))).kind).toBe('transient');
  expect(await forge.ensurePr({ branch: BRANCH, title: 't', body: '' })).toMatchObject({
    kind: 'failed',
    transient: true,
  });
  expect((await forge.mergePr(mergeOf('a'.repeat(40), 1))).kind).toBe('unknown');
  expect((await forge.deleteBranch(BRANCH)).kind).toBe('transient');
});

test('FORGE-23 a protected branch is not deleted and the reason is told', async () => {
  const { forge, gitea } = await withPr();
  gitea.repo.protectedBranches.add(BRANCH);
  expect(await forge.deleteBranch(BRANCH)).toMatchObject({
    kind: 'permanent',
    reason: expect.stringContaining('branch protected'),
  });
});

test('FORGE-43 with ci: forge all pages are read and our own contexts are left out', async () => {
  const { forge, gitea, sha } = await withPr({ maxItems: 2 }, { ci: 'forge' });
  const set = (context: string, state: StatusState) =>
    forge.setStatus(sha, { context, state, description: '' });
  await set('orchestrator/checks', 'failure');
  expect(await forge.ciState(sha)).toMatchObject({ value: { state: 'pending', total: 0 } });
  for (const context of ['a', 'b', 'c']) await set(context, 'success');
  expect(await forge.ciState(sha)).toMatchObject({ value: { state: 'success', total: 3 } });
  await set('d', 'failure');
  expect(await forge.ciState(sha)).toMatchObject({ value: { state: 'failure', total: 4 } });
  expect(
    gitea.exchanges.filter(
      ({ path, query }) => path.endsWith('/status') && query.some(([key, n]) => key === 'page' && n === '3'),
    ),
  ).not.toHaveLength(0);
});

const status = (context: string, state: StatusState): CommitStatus => ({ context, state, description: '' });
test.each<[StatusState[], StatusState]>([
  [['success', 'error', 'failure'], 'error'],
  [['success', 'failure', 'pending'], 'failure'],
  [['success', 'pending', 'warning'], 'pending'],
  [['success', 'warning'], 'warning'],
  [['success', 'skipped'], 'success'],
  [['skipped', 'skipped'], 'skipped'],
  [[], 'pending'],
])('FORGE-43 %j together with our own are %s', (states, expected) => {
  const foreign = states.map((state, n) => status(`ci/${n}`, state));
  const own = status('orchestrator/checks', 'success');
  const read = combineStatuses([...foreign, own], { leaveOutOwn: true, serverState: 'success', readAt: 1 });
  expect(read).toEqual({ state: expected, total: states.length, contexts: foreign, readAt: 1 });
});

test('FORGE-43 without a status of ours the server’s own state is used', () => {
  const read = combineStatuses([status('a', 'success')], {
    leaveOutOwn: true,
    serverState: 'warning',
    readAt: 1,
  });
  expect(read.state).toBe('warning');
});

test('PIPE-72 reviews are read with what is unknown counted against them', async () => {
  const { forge, gitea, sha, number } = await withPr();
  const review = { user: 'ann', commit_id: sha, body: 'fix it', dismissed: false };
  gitea.repo.pulls[0]?.reviews.push(
    { id: 1, state: 'REQUEST_CHANGES', stale: false, ...review },
    { id: 2, state: 'APPROVED', stale: undefined as never, ...review },
  );
  expect(await forge.reviews(number)).toMatchObject({
    kind: 'ok',
    value: [
      { user: 'ann', state: 'REQUEST_CHANGES', commit: sha, stale: false, body: 'fix it' },
      { state: 'APPROVED', stale: true },
    ],
  });
});

describe('FORGE-80 links', () => {
  const of = (publicUrl: string) => createLinks({ publicUrl, owner: 'acme', repo: 'shop-api' });
  test('are built on the public address, encoded part by part', () => {
    const links = of('https://git.example.test/sub/');
    const base = 'https://git.example.test/sub/acme/shop-api';
    expect(links.file({ branch: 'feature/SHOP-007-a#b' }, 'docs/work-items/SHOP-007/12 review.md')).toBe(
      `${base}/src/branch/feature/SHOP-007-a%23b/docs/work-items/SHOP-007/12%20review.md`,
    );
    expect(links.file({ sha: 'abc' }, 'x')).toBe(`${base}/src/commit/abc/x`);
    expect(links.branch('feature/x')).toBe(`${base}/src/branch/feature/x`);
    expect(links.pullRequest(7)).toBe(`${base}/pulls/7`);
    expect(links.commit('abc')).toBe(`${base}/commit/abc`);
    expect(links.compare('a', 'b')).toBe(`${base}/compare/a...b`);
  });
  test.each([
    '',
    'nonsense',
    'ftp://x',
    'http://localhost:3000',
    'http://a.localhost',
    'http://127.8.9.1',
    'http://0.0.0.0',
    'http://[::1]:3000',
    'http://2130706433',
  ])('are not built on %j', (url) => {
    expect(of(url).pullRequest(1)).toBeNull();
    expect(of(url).branch('x')).toBeNull();
  });
});
