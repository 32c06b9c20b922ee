import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { type App, startApp } from '../../../src/app.ts';
import { stopServices } from '../../../src/cli/demo/world.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { createProbes } from '../../../src/config/probes.ts';
import { createLogger } from '../../../src/log.ts';
import type { TaskState } from '../../../src/pipeline/task.ts';
import { createShutdown } from '../../../src/shutdown.ts';
import { testRedisBinary } from '../redis.ts';
import { until } from '../until.ts';
import { testWorld } from '../world.ts';
import { API_KEY, CLI } from './bench.ts';
import { type MessagesApi, startMessagesApi } from './messages-api.ts';

/** The whole system with the real CLI, a stand-in for its API, and a staging that is told what to serve. */
export interface ClaudeHouse {
  app: App;
  api: MessagesApi;
  stagingUrl: string;
  /** The only task there is. */
  task(): TaskState;
  /** Absolute path of its worktree. */
  worktree(): string;
  /** Waits for a state of the task; fails with what it is instead. */
  until(what: string, holds: (task: TaskState) => boolean, deadlineMs?: number): Promise<TaskState>;
  /** Lets this much time pass at once for everything that asks our clock. */
  skip(ms: number): void;
  close(): Promise<void>;
}

interface Staging {
  url: string;
  close(): Promise<void>;
}

/** Serves whatever commit was posted to it last. */
async function startStaging(): Promise<Staging> {
  let commit = '';
  const server = createServer((request, response) => {
    if (request.method === 'POST') request.on('data', (chunk) => (commit = String(chunk).trim()));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'ok', commit }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Starts it with an empty shop and no task. */
export async function startClaudeHouse(settings: Readonly<Record<string, string>>): Promise<ClaudeHouse> {
  if ('skipped' in CLI) throw new Error(CLI.skipped);
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'orch-claude-'));
  const home = path.join(dataDir, 'home');
  mkdirSync(home);
  const [api, staging, world] = await Promise.all([startMessagesApi(), startStaging(), testWorld(dataDir)]);
  const [entry] = JSON.parse(world.settings.ORCH_PROJECTS_JSON ?? '[{}]');
  const health = { ...entry.health, url: `${staging.url}/health` };
  const project = { ...entry, staging: { mode: 'agent', base_url: staging.url, health } };
  const env = {
    PATH: process.env.PATH,
    ...world.settings,
    ORCH_PROJECTS_JSON: JSON.stringify([project]),
    ORCH_REDIS_SERVER_BIN: await testRedisBinary(),
    ORCH_AGENT_RUNNER: 'claude',
    ORCH_CLAUDE_BIN: CLI.bin,
    ORCH_AGENT_HOME: home,
    ORCH_AGENT_MODEL_DEFAULT: 'sonnet',
    ANTHROPIC_BASE_URL: api.url,
    ANTHROPIC_API_KEY: API_KEY,
    ...settings,
  };
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
  let skippedMs = 0;
  const now = () => Date.now() + skippedMs;
  const place = { env, home: dataDir, host: 'test', version: '0.0.0', commit: null, log, now };
  const app = await startApp({ place, loaded, shutdown });
  const { house, rooms } = app.parts;
  const all = () => house.tasks.list({ kind: 'all', repo: null, scope: null, offset: 0, limit: 1 }).tasks;
  const task = () => {
    const [found] = all();
    if (found === undefined) throw new Error('there is no task');
    return found;
  };
  return {
    ...{ app, api, task, stagingUrl: staging.url },
    worktree: () => rooms.workspace.open(app.parts.project(task().repo)).worktreePath(task().branch),
    until: (what, holds, deadlineMs = 120_000) =>
      until(() => (all().some(holds) ? task() : null), { what, deadlineMs }).catch((error: Error) => {
        throw new Error(`${error.message}\n${story(app, task())}`);
      }),
    skip(ms) {
      skippedMs += ms;
    },
    async close() {
      await shutdown.run('the test has ended');
      await stopServices(world, process.env);
      await Promise.all([api.close(), staging.close()]);
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What a failed test needs to know: the state and how it came about. */
function story({ parts: { house } }: App, task: TaskState): string {
  const log = house.tasks.log(task.id).slice(-12);
  const runs = house.runs.of(task.id).slice(-4);
  return [
    `${task.stage}.${task.attempt} ${JSON.stringify(task.activity)}`,
    ...log.map(({ name, from, to, message }) => `${name}: ${from} → ${to} ${message}`),
    ...house.verdicts
      .of(task.id)
      .slice(-5)
      .map(({ step, outcome, reason }) => `${step}: ${outcome}: ${reason}`),
    ...runs.map((run) => `${run.id} ${run.status} ${run.class} ${JSON.stringify(run.usage)}`),
  ].join('\n');
}
