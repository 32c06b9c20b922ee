import { execFile } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { giteaRemote } from '../../src/forge/gitea/open.ts';
import {
  createWorkspace,
  type ProjectWorkspace,
  type WorkspaceOptions,
} from '../../src/workspace/workspace.ts';
import { createGiteaForgeWorld, type GiteaForgeWorld } from '../support/forge/gitea.ts';
import { git } from '../support/git/repository.ts';
import { createGitWorld, type GitWorld, testProject } from '../support/git/workspace.ts';

const BRANCH = 'feature/SHOP-007-korzina';
const WID = 'SHOP-007';
let world: GitWorld;
let server: GiteaForgeWorld;
let argvLog: string;
beforeEach(async () => {
  world = await createGitWorld();
  server = await createGiteaForgeWorld();
  argvLog = path.join(world.dir, 'argv.log');
});
afterEach(async () => {
  await server.close();
  await world.remove();
});

/** A `git` that notes its arguments, as another user's `ps` would see them. */
async function spyPath(): Promise<string> {
  const bin = path.join(world.dir, 'bin');
  await promisify(execFile)('mkdir', ['-p', bin]);
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v git']);
  await writeFile(path.join(bin, 'git'), `#!/bin/sh\necho "$@" >> ${argvLog}\nexec ${stdout.trim()} "$@"\n`, {
    mode: 0o755,
  });
  return `${bin}:${process.env.PATH}`;
}

async function openWorkspace(overrides: Partial<WorkspaceOptions> = {}): Promise<ProjectWorkspace> {
  const { url: baseUrl, token } = server.gitea;
  const remoteFor = () => giteaRemote({ baseUrl: `${baseUrl}/`, token, owner: 'acme', repo: 'shop-api' });
  const options = { ...world.options, secrets: [token], remoteFor, ...overrides };
  return createWorkspace(options).open(testProject({ forge: 'gitea' }));
}

async function start(workspace: ProjectWorkspace) {
  const started = await workspace.startBranch({
    wid: WID,
    prefix: 'SHOP',
    branch: BRANCH,
    businessRequest: '# x\n',
  });
  if (started.kind !== 'created') throw new Error(JSON.stringify(started));
  return started;
}

test('FORGE-71 FORGE-106 clone, push and archive work over HTTP; the token is in no argument list and in no file', async () => {
  const workspace = await openWorkspace({ path: await spyPath() });
  const started = await start(workspace);
  expect(await server.forge.head(BRANCH)).toEqual({ kind: 'ok', value: started.head });
  const tree = await workspace.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: started.head });
  await writeFile(path.join(tree.path, 'x.txt'), 'x\n');
  const run = {
    wid: WID,
    prefix: 'SHOP',
    stage: 'development',
    attempt: 1,
    role: 'developer',
    runId: 'r',
  } as const;
  const done = await workspace.finishRun({
    branch: BRANCH,
    run,
    startSha: started.head,
    recordedHead: started.head,
    scope: { allow: ['**'], protect: [] },
  });
  expect(done.kind).toBe('pushed');
  expect(await workspace.archiveBranch({ wid: WID, branch: BRANCH })).toMatchObject({
    kind: 'archived',
    sha: done.head,
  });
  const { token } = server.gitea;
  const basic = Buffer.from(`orchestrator:${token}`).toString('base64');
  const argv = await readFile(argvLog, 'utf8');
  expect(argv).toContain('push --porcelain');
  for (const secret of [token, basic]) {
    expect(argv).not.toContain(secret);
    const found = await promisify(execFile)('grep', ['-rlF', secret, world.dir]).catch(() => ({
      stdout: '',
    }));
    expect(found.stdout).toBe('');
  }
});

test('FORGE-103 a hostile shared clone gets no credentials: its helpers and rewrites are never read', async () => {
  const workspace = await openWorkspace();
  const started = await start(workspace);
  const pwned = path.join(world.dir, 'pwned');
  const shared = path.join(world.dir, 'repos/shop-api');
  await git(shared, 'config', 'credential.helper', `!cat > ${pwned}`);
  await git(shared, 'config', `url.http://127.0.0.1:9/.insteadOf`, server.gitea.url);
  const tree = await workspace.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: started.head });
  await git(tree.path, 'commit', '--quiet', '--allow-empty', '-m', 'x');
  const sha = await git(tree.path, 'rev-parse', 'HEAD');
  expect(await workspace.push({ wid: WID, sha, ref: `refs/heads/${BRANCH}` })).toEqual({ kind: 'pushed' });
  await expect(access(pwned)).rejects.toThrow();
});

test('FORGE-91 a lease is refused by the real server after a foreign push, and nothing is overwritten', async () => {
  const workspace = await openWorkspace();
  const started = await start(workspace);
  const foreign = await server.push(BRANCH);
  const tree = await workspace.ensureWorktree({ branch: BRANCH, wid: WID, recordedHead: started.head });
  await git(tree.path, 'commit', '--quiet', '--amend', '--allow-empty', '-m', 'rewritten');
  const sha = await git(tree.path, 'rev-parse', 'HEAD');
  const push = { wid: WID, sha, ref: `refs/heads/${BRANCH}`, lease: started.head };
  expect(await workspace.push(push)).toEqual({
    kind: 'foreign-push',
    expected: started.head,
    found: foreign,
  });
  expect(await server.headInGit(BRANCH)).toBe(foreign);
});

test('FORGE-93 a deleted branch is absent, not a fault; one refused by the server is told', async () => {
  const workspace = await openWorkspace();
  const started = await start(workspace);
  await writeFile(path.join(server.gitea.repo.gitDir, 'hooks/pre-receive'), '#!/bin/sh\necho no; exit 1\n', {
    mode: 0o755,
  }).catch(() => undefined);
  const refused = await workspace.commitFiles({
    wid: WID,
    branch: BRANCH,
    parent: started.head,
    files: { 'x.md': 'x' },
    subject: 'docs: x',
    run: { stage: 'deploy', attempt: 1 },
  });
  expect(refused).toMatchObject({ kind: 'refused', reason: expect.stringContaining('pre-receive') });
  const bundled = await workspace.archiveBranch({ wid: WID, branch: BRANCH });
  expect(bundled).toMatchObject({ kind: 'bundled', sha: started.head });
  expect(await server.forge.deleteBranch(BRANCH)).toEqual({ kind: 'ok' });
  expect(await workspace.archiveBranch({ wid: WID, branch: BRANCH })).toEqual({ kind: 'absent' });
});

test('FORGE-104 FORGE-105 a dead, refusing or hanging server is transient or unknown, never a fact', async () => {
  const workspace = await openWorkspace({
    timeouts: { ...world.options.timeouts, fetchMs: 700, pushMs: 700 },
  });
  const started = await start(workspace);
  const isGit = (_: string, url: string) => !url.startsWith('/api/');
  const landing = { testedSha: started.head, testedTree: 'x', baseSha: started.baseSha };
  server.gitea.faults.push({ matches: isGit, do: { status: 502 }, times: 50 });
  expect(await workspace.landing(landing)).toMatchObject({ inMain: 'unknown' });
  const push = { wid: WID, sha: started.baseSha, ref: `refs/heads/feature/SHOP-007-y` };
  expect((await workspace.push(push)).kind).toBe('transient');
  server.gitea.faults[0] = { matches: isGit, do: 'hang', times: 50 };
  expect((await workspace.push(push)).kind).toBe('transient');
  server.gitea.faults.length = 0;
  expect((await workspace.push(push)).kind).toBe('pushed');
  expect(await workspace.landing(landing)).toMatchObject({ inMain: false });
});

test('FORGE-71 a wrong token is refused, and neither it nor its base64 is in the reason', async () => {
  const token = 'a-wrong-token-nobody-may-see';
  const { url: baseUrl } = server.gitea;
  const workspace = await openWorkspace({
    secrets: [token],
    remoteFor: () => giteaRemote({ baseUrl, token, owner: 'acme', repo: 'shop-api' }),
  });
  const started = await workspace.startBranch({
    wid: WID,
    prefix: 'SHOP',
    branch: BRANCH,
    businessRequest: '# x\n',
  });
  expect(started.kind).toBe('refused');
  expect(JSON.stringify(started)).not.toContain(token);
  expect(JSON.stringify(started)).not.toContain(Buffer.from(`orchestrator:${token}`).toString('base64'));
});
