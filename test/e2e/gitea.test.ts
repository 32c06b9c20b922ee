import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { keepRepositories } from '../../src/app/watch/repo-upkeep.ts';
import { GITEA } from '../../src/cli/checks/gitea.ts';
import { runChecks } from '../../src/cli/checks/run-checks.ts';
import { createHttpClient } from '../../src/http-client.ts';
import type { TaskState } from '../../src/pipeline/task.ts';
import { git } from '../support/git/repository.ts';
import { runForgeCi } from '../support/whole/forge-ci.ts';
import { type GiteaHouse, type GiteaHouseOptions, startGiteaHouse } from '../support/whole/gitea-house.ts';

let house: GiteaHouse | undefined;
const start = async (options: GiteaHouseOptions): Promise<GiteaHouse> => {
  house = await startGiteaHouse(options);
  return house;
};
afterEach(async () => {
  await house?.close();
  house = undefined;
});

const isDone = (task: TaskState) => task.stage === 'done';

/** Every gate of the table passed, once, for what landed; main moved once. */
async function expectDelivered({ gitea, app }: GiteaHouse, done: TaskState): Promise<void> {
  expect(await gitea.repo.head('main')).toBe(done.landedSha);
  expect(done).toMatchObject({ landedMatches: true, servedSha: done.landedSha });
  const merges = gitea.exchanges.filter(({ method, path }) => method === 'POST' && path.endsWith('/merge'));
  expect(merges.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(gitea.repo.pulls.filter(({ head }) => head === done.branch)).toHaveLength(1);
  const passed = app.parts.house.verdicts.of(done.id).filter(({ outcome }) => outcome === 'passed');
  const gates = new Set(passed.map(({ step }) => step).filter((step) => step.startsWith('gate.')));
  for (const gate of [
    'analysis_complete',
    'architecture_done',
    'ci_green',
    'reviewer_verdict',
    'tests_passed',
  ])
    expect(gates).toContain(`gate.${gate}`);
  for (const gate of ['staging_status', 'security_gate', 'branch_mergeable'])
    expect(gates).toContain(`gate.${gate}`);
}

const PUBLIC = 'https://orchestrator.example.test';

/** `init gitea` beside the running system: it asks the server for a call, and the call comes through the front door. */
async function expectInit({ gitea, app, loaded }: GiteaHouse): Promise<void> {
  const http = createHttpClient({ userAgent: 'test', timeoutMs: 5000 });
  const { env, home, host, version, commit, now } = app.parts.place;
  const init = async () => {
    const place = { env, home, host, version, commit, now, loaded, http };
    const found = await runChecks([GITEA], place, { fix: true });
    return found.map(({ level, name, detail }) => `${level} ${name}: ${detail}`);
  };
  gitea.repo.hooks.splice(0);
  // The server may not call private addresses, as it is installed.
  gitea.resolves = () => 'http://127.0.0.1:1/refused';
  expect(await init()).toContainEqual(
    expect.stringMatching(/^problem gitea\.shop\.webhook: .*no call came within 8 s/),
  );
  gitea.resolves = (url) => url.replace(PUBLIC, `http://127.0.0.1:${app.httpPort}`);
  for (const _ of [1, 2])
    expect(await init()).toContainEqual(
      expect.stringMatching(/^ok gitea\.shop\.webhook: .*last delivery 0 min ago/),
    );
  expect(gitea.repo.hooks).toHaveLength(1);
}

test('issue 5: a whole task on Gitea with webhooks, the engine as its CI', async () => {
  const { newTask, carry, until, gitea, app } = await start({
    ci: 'engine',
    settings: { ORCH_WORKTREE_KEEP_H: '0', ORCH_PUBLIC_URL: PUBLIC },
  });
  await expectInit(house as GiteaHouse);
  const id = await newTask('Экспорт: корзина #1 / 2');
  const done = await carry(id, 'done', isDone);
  expect(done.branch).toMatch(/^feature\/SHOP-001-eksport-korzina-1-2$/);
  await expectDelivered(house as GiteaHouse, done);
  await until(id, 'the end of the watch', ({ watch }) => watch?.state === 'HEALTHY');
  await expect.poll(() => gitea.repo.head(done.branch), { timeout: 30_000 }).toBeNull();
  const { worktreePath } = app.parts.rooms.workspace.open(app.parts.project('shop'));
  expect(existsSync(worktreePath(done.branch))).toBe(true);
  await keepRepositories(app.parts);
  expect(existsSync(worktreePath(done.branch))).toBe(false);
});

test('issue 5: a whole task with the CI of the forge, which is heard and not polled', async () => {
  const it = await start({
    ci: 'forge',
    settings: { ORCH_CI_POLL_INTERVAL_S: '600', ORCH_RECONCILE_INTERVAL_S: '600' },
  });
  const ci = runForgeCi(it);
  const id = await it.newTask('Note the wish, with CI on the forge');
  const done = await it.carry(id, 'done', isDone);
  await ci.stop();
  await expectDelivered(it, done);
  expect(it.app.parts.house.deliveries.lastAt('gitea')).not.toBeNull();
});

test('inc-23 issue 5, FORGE-57: the same with every webhook lost', async () => {
  const it = await start({ ci: 'forge', settings: { ORCH_CI_POLL_MAX_ATTEMPTS: '1' } });
  it.gitea.loseWebhooks = true;
  // A branch that would be this task's by its name is somebody else's.
  const taken = 'feature/SHOP-001-note-the-wish-with-nobody-call';
  const { gitDir } = it.gitea.repo;
  const foreign = await git(gitDir, 'commit-tree', 'main^{tree}', '-p', 'main', '-m', 'by somebody else');
  await git(gitDir, 'update-ref', `refs/heads/${taken}`, foreign);
  const ci = runForgeCi(it);
  const id = await it.newTask('Note the wish, with nobody calling');
  const done = await it.carry(id, 'done', isDone);
  await ci.stop();
  await expectDelivered(it, done);
  expect(it.task(id).branch).toMatch(/^feature\/SHOP-001-[0-9a-f]{8}$/);
  expect(await it.gitea.repo.head(taken)).toBe(foreign);
  expect(it.app.parts.house.deliveries.lastAt('gitea')).toBeNull();
  expect(it.gitea.webhooks.length).toBeGreaterThan(3);
});

test('issue 5, PIPE-24: under the serial gate a branch is cut when its turn comes, from main as it is then; a stopped one is archived', async () => {
  const it = await start({ ci: 'engine', settings: { ORCH_SERIAL_GATE_ENABLED: 'true' } });
  const { repo } = it.gitea;
  const first = await it.newTask('Note the first wish');
  const { branch } = await it.until(first, 'an analysis', ({ activity }) => activity.kind === 'approval');
  const second = await it.newTask('Note the second wish');
  const waiting = await it.until(second, 'its turn', ({ activity }) => activity.kind === 'serial');
  expect(await repo.head(waiting.branch)).toBeNull();
  const moved = await git(repo.gitDir, 'commit-tree', 'main^{tree}', '-p', 'main', '-m', 'meanwhile');
  await git(repo.gitDir, 'update-ref', 'refs/heads/main', moved);
  const kept = await repo.head(branch);
  expect(await it.command(first, 'stop')).toBe(200);
  const stopped = await it.until(first, 'the stop', ({ stage }) => stage === 'cancelled');
  expect(await repo.head(branch)).toBeNull();
  expect(await git(repo.gitDir, 'rev-parse', String(stopped.archiveRef))).toBe(kept);
  const begun = await it.until(second, 'its start', ({ activity }) => activity.kind === 'approval');
  expect(await git(repo.gitDir, 'merge-base', begun.branch, 'main')).toBe(moved);
});
