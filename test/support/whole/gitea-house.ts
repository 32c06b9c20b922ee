import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type App, startApp } from '../../../src/app.ts';
import { stopServices, type World } from '../../../src/cli/demo/world.ts';
import { type LoadedConfig, loadConfig } from '../../../src/config/load.ts';
import { createProbes } from '../../../src/config/probes.ts';
import { createLogger } from '../../../src/log.ts';
import type { TaskState } from '../../../src/pipeline/task.ts';
import { createShutdown } from '../../../src/shutdown.ts';
import { git } from '../git/repository.ts';
import { createFakeGitea, type FakeGitea } from '../gitea/server.ts';
import { testRedisBinary } from '../redis.ts';
import { testWorld } from '../world.ts';
import type { PassingTime } from './passing-time.ts';

const ADMIN = 'admin-token-of-the-test';
const HOOK_SECRET = 'secret-of-the-hook';

export interface GiteaHouse {
  readonly app: App;
  readonly dataDir: string;
  gitea: FakeGitea;
  loaded: LoadedConfig;
  /** Creates a task through HTTP, as a person's program would; its id. */
  newTask(title: string, description?: string): Promise<number>;
  /** A command through HTTP; the status of the answer. */
  command(task: number, name: string, body?: Record<string, unknown>): Promise<number>;
  task(id: number): TaskState;
  /** What the task waits for, as a person reads it. */
  sentence(id: number): Promise<string>;
  /** A call of the forge's REST interface as somebody else makes it; path below the repository. */
  person(method: string, path: string, body?: unknown): Promise<number>;
  /** Waits for a state of the task; fails with what it is instead. */
  until(
    id: number,
    what: string,
    holds: (task: TaskState) => boolean,
    deadlineMs?: number,
  ): Promise<TaskState>;
  /** Approves and confirms whatever is asked, until `holds`. */
  carry(
    id: number,
    what: string,
    holds: (task: TaskState) => boolean,
    deadlineMs?: number,
  ): Promise<TaskState>;
  /** Ends the system as SIGTERM does, lets `between` work on what it left, and starts it again. */
  restart(between: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface GiteaHouseOptions {
  ci: 'engine' | 'forge';
  settings?: Readonly<Record<string, string>>;
  /** Registry entries over the demo's. */
  project?: Readonly<Record<string, unknown>>;
  scriptedDir?: string;
  /** Default: the clock on the wall. */
  time?: PassingTime;
}

/** What a loaded machine may need for a whole delivery. */
const PATIENCE_MS = 150_000;

/** The whole system of the demo, on a forge of its own: real git over HTTP, real webhooks, scripted agents. */
export async function startGiteaHouse(options: GiteaHouseOptions): Promise<GiteaHouse> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'orch-gitea-'));
  const gitea = await createFakeGitea({ name: 'shop' });
  const world = await testWorld(dataDir);
  await git(gitea.repo.gitDir, 'fetch', '-q', path.join(dataDir, 'sample'), '+main:main');
  const env = { PATH: process.env.PATH, ...(await settingsOf(world, gitea, options)) };
  const loaded = loadConfig({
    env,
    dataDir,
    cwd: dataDir,
    homeDir: dataDir,
    hostName: 'test',
    isTerminal: false,
    probes: createProbes(env),
  });
  const boot = () => bootOf({ env, dataDir, loaded }, options);
  let running = await boot();
  gitea.repo.hooks.push({
    id: gitea.repo.id(),
    url: `http://127.0.0.1:${running.app.httpPort}/webhook/gitea`,
    secret: HOOK_SECRET,
    events: ['push', 'pull_request', 'status', 'workflow_run'],
    active: true,
  });
  return {
    ...driverOf(() => running.app),
    person: (method, to, body) => callForge(gitea, { method, to, body }),
    get app() {
      return running.app;
    },
    dataDir,
    gitea,
    loaded,
    async restart(between) {
      await running.shutdown.run('the test stops it');
      await between();
      running = await boot();
    },
    async close() {
      await running.shutdown.run('the test has ended');
      await stopServices(world, process.env);
      await gitea.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** One life of the system over what the earlier ones left. */
async function bootOf(
  { env, dataDir, loaded }: { env: NodeJS.ProcessEnv; dataDir: string; loaded: LoadedConfig },
  { time, scriptedDir }: GiteaHouseOptions,
) {
  const log = createLogger({ level: process.env.TEST_LOG === undefined ? 'silent' : 'info' });
  const shutdown = createShutdown({ log, graceMs: 15_000 });
  const place = {
    ...{ env, home: dataDir, host: 'test', version: '0.0.0', commit: null, log },
    now: time?.now ?? Date.now,
    ...(time ? { sleep: time.sleep } : {}),
  };
  const app = await startApp({ place, loaded, shutdown, ...(scriptedDir ? { scriptedDir } : {}) });
  return { app, shutdown };
}

async function settingsOf(world: World, gitea: FakeGitea, options: GiteaHouseOptions) {
  const [{ source: _, ...entry }] = JSON.parse(world.settings.ORCH_PROJECTS_JSON ?? '[{}]');
  const project = {
    ...entry,
    forge: 'gitea',
    owner: 'acme',
    ci: options.ci,
    deploy_hook: { ...entry.deploy_hook, env: { ...entry.deploy_hook.env, REPO: gitea.repo.gitDir } },
    ...options.project,
  };
  return {
    ...world.settings,
    ORCH_PROJECTS_JSON: JSON.stringify([project]),
    ORCH_REDIS_SERVER_BIN: await testRedisBinary(),
    ORCH_GITEA_URL: gitea.url,
    ORCH_GITEA_TOKEN: gitea.token,
    ORCH_GITEA_WEBHOOK_SECRET: HOOK_SECRET,
    ORCH_ADMIN_TOKEN: ADMIN,
    ORCH_RECONCILE_INTERVAL_S: '2',
    ORCH_POST_DEPLOY_WINDOW_S: '2',
    ORCH_CI_POLL_INTERVAL_S: '1',
    ORCH_WAKE_DEBOUNCE_MS: '100',
    ORCH_WORKER_CAPACITY: '4',
    ORCH_MAX_CONCURRENCY: '4',
    ...options.settings,
  };
}

type Driver = Pick<GiteaHouse, 'task' | 'command' | 'sentence' | 'newTask' | 'until' | 'carry'>;

function driverOf(app: () => App): Driver {
  const base = `http://127.0.0.1:${app().httpPort}`;
  const task = (id: number): TaskState => {
    const found = app().parts.house.tasks.get(id);
    if (found === null) throw new Error(`no task ${id}`);
    return found;
  };
  const post = (to: string, body: unknown) =>
    fetch(`${base}${to}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ADMIN}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(body),
    });
  const command: GiteaHouse['command'] = async (id, name, body = {}) =>
    (await post(`/tasks/${task(id).wid}/${name}`, body)).status;
  const wait = async (
    { id, what, holds }: { id: number; what: string; holds: (task: TaskState) => boolean },
    { deadlineMs = PATIENCE_MS, each }: { deadlineMs?: number; each?: (task: TaskState) => Promise<void> },
  ): Promise<TaskState> => {
    const giveUpAt = performance.now() + deadlineMs;
    for (;;) {
      const now = task(id);
      if (holds(now)) return now;
      if (performance.now() > giveUpAt)
        throw new Error(`${now.wid}: expected ${what}, found ${describe(app(), now)}`);
      await each?.(now);
      await delay(50);
    }
  };
  const pressed = new Set<string>();
  const press = async ({ id, stage, attempt, activity }: TaskState) => {
    const name = ({ approval: 'approve', confirm: 'confirm' } as Record<string, string>)[activity.kind];
    const key = `${id}.${stage}.${attempt}.${name}`;
    if (name === undefined || pressed.has(key)) return;
    pressed.add(key);
    await command(id, name);
  };
  return {
    task,
    command,
    sentence: async (id) => {
      const answer = await fetch(`${base}/tasks/${task(id).wid}`, {
        headers: { authorization: `Bearer ${ADMIN}` },
      });
      const { waiting } = (await answer.json()) as { waiting: { sentence: string } | null };
      return waiting?.sentence ?? '';
    },
    newTask: async (title, description = 'People asked for this at the counter more than once.') => {
      const answer = await post('/tasks', {
        project: 'shop',
        title,
        description,
      });
      if (answer.status !== 201) throw new Error(await answer.text());
      return ((await answer.json()) as { task_id: number }).task_id;
    },
    until: (id, what, holds, deadlineMs) => wait({ id, what, holds }, deadlineMs ? { deadlineMs } : {}),
    carry: (id, what, holds, deadlineMs) =>
      wait({ id, what, holds }, { each: press, ...(deadlineMs ? { deadlineMs } : {}) }),
  };
}

/** What a failed test needs to know: the state and how it came about. */
function describe(app: App, task: TaskState): string {
  const log = app.parts.house.tasks.log(task.id).slice(-12);
  return `${task.stage}.${task.attempt} ${JSON.stringify(task.activity)}\n${log.map((row) => `${row.accepted} ${row.from} → ${row.to} ${JSON.stringify(row.event).slice(0, 300)}`).join('\n')}`;
}

async function callForge(
  { url, token, repo }: FakeGitea,
  { method, to, body }: { method: string; to: string; body: unknown },
): Promise<number> {
  const answer = await fetch(`${url}/api/v1/repos/${repo.fullName}/${to}`, {
    method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  return answer.status;
}
