import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type App, startApp } from '../../src/app.ts';
import type { Timers } from '../../src/bot/env.ts';
import { stopServices, type World } from '../../src/cli/demo/world.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createProbes } from '../../src/config/probes.ts';
import { createLogger } from '../../src/log.ts';
import type { CommandArgs, TaskCommand } from '../../src/pipeline/events.ts';
import type { TaskState } from '../../src/pipeline/task.ts';
import { createShutdown, type Shutdown } from '../../src/shutdown.ts';
import { testRedisBinary } from './redis.ts';
import { testWorld } from './world.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/delivery/', import.meta.url));
const SAMPLE_HOOK = fileURLToPath(new URL('../../demo/project/ops/deploy.sh', import.meta.url));
const ADMIN = 'admin-token-of-the-test';
/** Seconds a loaded machine may need for a whole delivery. */
const PATIENCE_MS = 150_000;

/** One commit of the developer: files to write, texts to replace, files to remove. */
export interface Commit {
  write?: Record<string, string>;
  replace?: Record<string, [from: string, to: string]>;
  remove?: string[];
}

export interface SystemOptions {
  /** Registry entries over the sample project's; `undefined` removes one. */
  project?: Record<string, unknown>;
  /** Further projects over the same repository and entries; each needs `repo` and `prefix`. */
  more?: readonly Record<string, unknown>[] | ((world: World) => readonly Record<string, unknown>[]);
  settings?: Record<string, string>;
  /** How the hook is taken out of our process tree. Default: `setsid`. */
  via?: 'auto' | 'ssh';
  /** Directories put in front of PATH. */
  path?: (dataDir: string) => string;
  /** Clock of the chat; default: the real one. */
  chatTimers?: Timers;
}

export interface TaskOptions {
  /** What the developer does after a refusal; default: the same. */
  again?: readonly Commit[];
  project?: string;
  labels?: string[];
  /** Further lines of the description. */
  more?: readonly string[];
}

type Holds = (task: TaskState) => boolean;

/** The whole system over the sample project: real git, real processes, agents that do what the task orders. */
export interface System {
  readonly app: App;
  readonly dataDir: string;
  readonly world: World;
  /** What the deploy hook does from now on; null: deploys honestly. */
  mood(word: string | null): void;
  /** `<service> --deploy|--rollback <sha>` of every hook call. */
  hookCalls(): string[];
  /** Lets a hook in the mood `waits` go on. */
  letGo(): void;
  newTask(title: string, order: readonly Commit[], more?: TaskOptions): Promise<number>;
  task(id: number): TaskState;
  command(
    id: number,
    name: TaskCommand,
    more?: { text?: string; sha?: string; args?: CommandArgs },
  ): ReturnType<App['parts']['house']['engine']['apply']>;
  post(to: string, body: unknown): Promise<Response>;
  until(id: number, what: string, holds: Holds, deadlineMs?: number): Promise<TaskState>;
  /** Approves and confirms whatever is asked, until `holds`. */
  carry(id: number, what: string, holds: Holds, deadlineMs?: number): Promise<TaskState>;
  /** Approves what is asked, confirms nothing. */
  approve(id: number, what: string, holds: Holds, deadlineMs?: number): Promise<TaskState>;
  /** git in the forge's repository. */
  git(...args: string[]): string;
  /** A commit of somebody else on main; its SHA. */
  pushToMain(file: string, text: string): string;
  /** Pings of a task so far, oldest first. */
  pings(id: number): { ping: string; params: Record<string, unknown> }[];
  health(): Promise<{ status: number; commit: string } | null>;
  /** Ends this process's part of the system, as SIGTERM does. */
  stop(): Promise<void>;
  /** Starts a new one over the same data. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const order = (commits: readonly Commit[]): string => JSON.stringify(commits);

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'orch-system-'));
  const world = await testWorld(dataDir);
  const moodFile = path.join(dataDir, 'mood');
  const repoDir = path.join(dataDir, 'forge', 'shop.git');
  const env = { ...(await settingsOf(world, options, moodFile)), PATH: pathOf(options, dataDir) };
  let running: { app: App; shutdown: Shutdown } | null = await boot(dataDir, env, options);
  const app = (): App => {
    if (running === null) throw new Error('the system is stopped');
    return running.app;
  };
  // The forge takes the sample over when the first task needs it.
  const git = (...args: string[]) =>
    gitIn(existsSync(repoDir) ? repoDir : path.join(dataDir, 'sample'), args);
  const stop = async () => {
    const { shutdown } = running ?? {};
    await shutdown?.run('the test stops it');
    running = null;
  };
  return {
    get app() {
      return app();
    },
    dataDir,
    world,
    mood: (word) => (word === null ? rmSync(moodFile, { force: true }) : writeFileSync(moodFile, word)),
    hookCalls: () => linesOf(`${moodFile}.calls`),
    letGo: () => writeFileSync(`${moodFile}.go`, ''),
    git,
    pushToMain: (file, text) => commitOnMain(git, file, text),
    pings: (id) => pingsOf(app(), id),
    async health() {
      const answer = await fetch(`http://127.0.0.1:${world.ports.production}/health`).catch(() => null);
      if (answer === null) return null;
      const { commit } = (await answer.json()) as { commit: string };
      return { status: answer.status, commit };
    },
    ...driverOf(app),
    stop,
    async start() {
      running = await boot(dataDir, env, options);
    },
    async close() {
      await stop();
      await stopServices(world, process.env);
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];

const pathOf = ({ path: front }: SystemOptions, dataDir: string): string =>
  [...(front ? [front(dataDir)] : []), process.env.PATH ?? ''].join(path.delimiter);

const PERSON = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.org'];
const gitIn = (dir: string, args: readonly string[], input?: string): string =>
  execFileSync('git', [...PERSON, ...args], {
    cwd: dir,
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  }).trim();

/** A commit made in the bare repository, as a person's push would leave it. */
function commitOnMain(git: System['git'], file: string, text: string): string {
  const dir = git('rev-parse', '--absolute-git-dir');
  const blob = gitIn(dir, ['hash-object', '-w', '--stdin'], text);
  const env = { ...process.env, GIT_INDEX_FILE: path.join(dir, `index-${randomUUID()}`) };
  const run = (...args: string[]) =>
    execFileSync('git', [...PERSON, ...args], { cwd: dir, env, encoding: 'utf8' }).trim();
  run('read-tree', 'main');
  run('update-index', '--add', '--cacheinfo', `100644,${blob},${file}`);
  const commit = run('commit-tree', run('write-tree'), '-p', 'main', '-m', `Somebody changes ${file}`);
  run('update-ref', 'refs/heads/main', commit);
  return commit;
}

async function settingsOf(world: World, options: SystemOptions, moodFile: string) {
  const [entry] = JSON.parse(world.settings.ORCH_PROJECTS_JSON ?? '[{}]');
  const hookEnv = { ...entry.deploy_hook.env, MOOD_FILE: moodFile, REAL_HOOK: SAMPLE_HOOK };
  const project = {
    ...entry,
    checks: { command: 'node --test', timeout_s: 120 },
    staging: 'none',
    deploy_hook: { script: path.join(FIXTURES, 'hook.sh'), via: options.via ?? 'setsid', env: hookEnv },
    post_deploy: { action: 'ALERT_ONLY' },
    ...options.project,
  };
  const { more = [] } = options;
  const others = typeof more === 'function' ? more(world) : more;
  return {
    ...world.settings,
    ORCH_PROJECTS_JSON: JSON.stringify([project, ...others.map((one) => ({ ...project, ...one }))]),
    ORCH_REDIS_SERVER_BIN: await testRedisBinary(),
    ORCH_ADMIN_TOKEN: ADMIN,
    ORCH_RECONCILE_INTERVAL_S: '2',
    ORCH_POST_DEPLOY_WINDOW_S: '2',
    ORCH_WORKER_CAPACITY: '4',
    ORCH_MAX_CONCURRENCY: '4',
    ...options.settings,
  };
}

async function boot(dataDir: string, env: Record<string, string>, { chatTimers }: SystemOptions) {
  const log = createLogger({ level: process.env.TEST_LOG === undefined ? 'silent' : 'info' });
  const shutdown = createShutdown({ log, graceMs: 15_000 });
  const loaded = loadConfig({
    env,
    dataDir,
    cwd: dataDir,
    homeDir: dataDir,
    hostName: 'test',
    isTerminal: false,
    probes: createProbes(env),
  });
  const place = { env, home: dataDir, host: 'test', version: '0.0.0', commit: null, log, now: Date.now };
  const app = await startApp({
    place,
    loaded,
    shutdown,
    scriptedDir: path.join(FIXTURES, 'agents'),
    ...(chatTimers ? { chatTimers } : {}),
  });
  return { app, shutdown };
}

function pingsOf(app: App, id: number): ReturnType<System['pings']> {
  const rows = app.parts.house.db.$client
    .prepare("select payload from outbox where task = ? and kind = 'ping' order by id")
    .all(id) as { payload: string }[];
  return rows.map(({ payload }) => JSON.parse(payload));
}

type Driver = Pick<System, 'task' | 'command' | 'post' | 'newTask' | 'until' | 'carry' | 'approve'>;

const OWNER = { surface: 'chat', id: '1', name: 'Ada', role: 'owner' } as const;
const PRESSES: Record<string, TaskCommand> = { approval: 'approve', confirm: 'confirm-deploy' };

function driverOf(app: () => App): Driver {
  const task = (id: number): TaskState => {
    const found = app().parts.house.tasks.get(id);
    if (found === null) throw new Error(`no task ${id}`);
    return found;
  };
  const command: Driver['command'] = (id, name, { sha, ...more } = {}) => {
    const target = { task: id, ...(sha === undefined ? {} : { sha }) };
    const event = { kind: 'command', name, key: randomUUID(), at: Date.now(), actor: OWNER, target } as const;
    return app().parts.house.engine.apply({ ...event, ...more });
  };
  const post: Driver['post'] = (to, body) =>
    fetch(`http://127.0.0.1:${app().httpPort}${to}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ADMIN}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(body),
    });
  const waiter =
    (kinds: readonly string[]): Driver['until'] =>
    async (id, what, holds, deadlineMs = PATIENCE_MS) => {
      const giveUpAt = performance.now() + deadlineMs;
      const pressed = new Set<string>();
      for (;;) {
        const now = task(id);
        if (holds(now)) return now;
        if (performance.now() > giveUpAt)
          throw new Error(`${now.wid}: expected ${what}, ${story(app(), now)}`);
        const { stage, attempt, activity, testedSha } = now;
        const key = `${stage}.${attempt}.${activity.kind}.${testedSha}`;
        const name = kinds.includes(activity.kind) ? PRESSES[activity.kind] : undefined;
        if (name !== undefined && !pressed.has(key)) {
          pressed.add(key);
          command(id, name);
        }
        await delay(50);
      }
    };
  return {
    task,
    command,
    post,
    async newTask(title, commits, { again, project = 'shop', labels = [], more = [] } = {}) {
      const description = [
        'Ordered by the test, word for word.',
        `DO: ${order(commits)}`,
        ...(again ? [`AGAIN: ${order(again)}`] : []),
        ...more,
      ].join('\n');
      const answer = await post('/tasks', { project, title, description, labels });
      if (answer.status !== 201) throw new Error(await answer.text());
      return ((await answer.json()) as { task_id: number }).task_id;
    },
    until: waiter([]),
    approve: waiter(['approval']),
    carry: waiter(['approval', 'confirm']),
  };
}

/** What a failed test needs to know: the state and how it came about. */
function story(app: App, task: TaskState): string {
  const { house } = app.parts;
  const rows = house.tasks.log(task.id).slice(-15);
  const steps = house.verdicts.of(task.id).slice(-6);
  return [
    `found ${task.stage}.${task.attempt} ${JSON.stringify(task.activity)}`,
    ...rows.map((row) => JSON.stringify(row).slice(0, 300)),
    ...steps.map(({ step, outcome, reason }) => `${step}: ${outcome}: ${reason.slice(0, 300)}`),
  ].join('\n');
}
