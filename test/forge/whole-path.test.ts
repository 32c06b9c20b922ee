import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createForges, type Forges } from '../../src/forge/forges.ts';
import { createHttpClient } from '../../src/http-client.ts';
import { silentLogger } from '../../src/log.ts';
import type { Project } from '../../src/pipeline/project.ts';
import { createWorkspace, type Workspace } from '../../src/workspace/workspace.ts';
import { createMemoryForgeStore } from '../support/forge/memory-store.ts';
import { temporaryDir } from '../support/git/repository.ts';
import { testProject } from '../support/git/workspace.ts';
import { createFakeGitea } from '../support/gitea/server.ts';

const WID = 'SHOP-007';
const BRANCH = 'feature/SHOP-007-korzina';
const identity = { name: 'Orchestrator', email: 'orchestrator@localhost' };
const timeouts = { cloneMs: 60_000, fetchMs: 30_000, pushMs: 30_000, rebaseMs: 30_000, readMs: 15_000 };

interface House {
  forges: Forges;
  workspace: Workspace;
}

/** Forges and workspace put together as the composition root does it. */
function build(dir: string, gitea?: { url: string; token: string }): House {
  const now = () => Date.now();
  const common = { path: process.env.PATH ?? '', identity, now };
  const house = {} as House;
  const http = createHttpClient({ userAgent: 'Orchestrator/0.0.0', timeoutMs: 5_000 });
  const log = silentLogger();
  house.forges = createForges({
    local: {
      ...common,
      forgeDir: path.join(dir, 'forge'),
      timeouts,
      store: createMemoryForgeStore(),
      redact: (text) => text,
    },
    ...(gitea
      ? {
          gitea: {
            baseUrl: gitea.url,
            publicUrl: gitea.url,
            token: gitea.token,
            owner: 'acme',
            autoCreatePr: true,
            http,
            timeoutMs: 5_000,
            log,
            now,
            sleep: async (ms: number) => void (await delay(ms)),
          },
        }
      : {}),
    inMain: async (project, sha) => {
      const { mirror } = house.workspace.open(project);
      await mirror.fetch();
      const main = await mirror.head(project.baseBranch);
      return main !== null && mirror.isAncestor(sha, main);
    },
  });
  house.workspace = createWorkspace({
    ...common,
    reposDir: path.join(dir, 'repos'),
    runsDir: path.join(dir, 'runs'),
    archiveDir: path.join(dir, 'archive'),
    timeouts,
    secrets: gitea ? [gitea.token] : [],
    checksEnv: {},
    killGraceMs: 1_000,
    log,
    remoteFor: house.forges.remoteFor,
  });
  return house;
}

/** Branch, run, pull request, checks, status, merge, proof, archive, removal. */
async function walk({ forges, workspace }: House, project: Project): Promise<void> {
  const [ws, forge] = [workspace.open(project), forges.forgeFor(project)];
  const started = await ws.startBranch({
    wid: WID,
    prefix: 'SHOP',
    branch: BRANCH,
    businessRequest: '# Корзина\n',
  });
  if (started.kind !== 'created') throw new Error(JSON.stringify(started));
  const tree = await ws.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: started.head });
  await writeFile(path.join(tree.path, 'cart.txt'), 'new\n');
  const run = {
    wid: WID,
    prefix: 'SHOP',
    stage: 'development',
    attempt: 1,
    role: 'developer',
    runId: 'r1',
  } as const;
  const scope = { allow: ['**'], protect: [] };
  const head = started.head;
  const done = await ws.finishRun({ branch: BRANCH, run, startSha: head, recordedHead: head, scope });
  if (done.kind !== 'pushed') throw new Error(JSON.stringify(done));
  const ensured = await forge.ensurePr({
    branch: BRANCH,
    title: `${WID}: Корзина`,
    body: `Work-Item: ${WID}`,
  });
  if (ensured.kind !== 'created') throw new Error(JSON.stringify(ensured));
  const checks = await ws.runChecks({
    sha: done.head,
    branch: BRANCH,
    command: 'test -f cart.txt',
    deadlineMs: 20_000,
    id: 'c',
  });
  expect(checks.state).toBe('success');
  await forge.setStatus(done.head, {
    context: 'orchestrator/checks',
    state: 'success',
    description: checks.reason,
  });
  expect(await forge.ciState(done.head)).toMatchObject({ kind: 'ok', value: { state: 'success' } });
  const testedTree = await ws.mirror.treeOf(done.head);
  const merge = {
    number: ensured.pr.number,
    style: 'auto',
    expectedHead: done.head,
    title: 'Merge',
    message: '',
  } as const;
  expect((await forge.mergePr(merge)).kind).toBe('merged');
  const proof = { testedSha: done.head, testedTree, baseSha: started.baseSha };
  expect(await ws.landing(proof)).toMatchObject({ inMain: true, treeEqual: true, baseOk: true });
  expect((await forge.mergePr(merge)).kind).toBe('already-merged');
  const archived = await ws.archiveBranch({ wid: WID, branch: BRANCH });
  expect(archived).toMatchObject({ kind: 'archived', sha: done.head });
  expect(await forge.deleteBranch(BRANCH)).toEqual({ kind: 'ok' });
  expect(await ws.removeWorktree({ branch: BRANCH, wid: WID, busy: false })).toEqual({ kind: 'removed' });
  await ws.mirror.fetch();
  expect(await ws.mirror.head(BRANCH)).toBeNull();
}

test('FORGE acceptance 1: the whole path on the local forge, without network', async () => {
  const { dir, remove } = await temporaryDir();
  await walk(build(dir), testProject({ ci: 'engine' }));
  await remove();
});

test('FORGE acceptance 1: the same path on Gitea over real smart HTTP', async () => {
  const { dir, remove } = await temporaryDir();
  const gitea = await createFakeGitea();
  await walk(build(dir, gitea), testProject({ forge: 'gitea', ci: 'engine' }));
  await gitea.close();
  await remove();
});

test('FORGE-1 a Gitea project without Gitea is told what to set', async () => {
  const house = build('/nonexistent');
  expect(() => house.forges.forgeFor(testProject({ forge: 'gitea' }))).toThrow(/ORCH_GITEA_URL/);
});
