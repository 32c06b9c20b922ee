import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stopServices, type World } from '../../src/cli/demo/world.ts';
import { type ControlClient, createControlClient } from '../../src/http/control-client.ts';
import { temporaryDir } from '../support/demo-process.ts';
import { type DemoState, demoState } from '../support/demo-state.ts';
import { git } from '../support/git/repository.ts';
import { createFakeGitea, type FakeGitea } from '../support/gitea/server.ts';
import { type GitDoor, openGitDoor } from '../support/hosts/git-door.ts';
import type { TestHost, TestHosts } from '../support/hosts/host.ts';
import { createHosts } from '../support/hosts/hosts.ts';
import { recordsOf } from '../support/hosts/records.ts';
import { type Program, startProgram } from '../support/program.ts';
import { startRedisWithPassword } from '../support/redis-with-password.ts';
import { until } from '../support/until.ts';
import { testWorld } from '../support/world.ts';

// Worker hosts with a network, processes and a disk of their own: what they have of the rest is Redis with a password and
// git over HTTP (REC-180 to REC-183, AGENT-54).

/** REC-23: a dead worker is noticed within 15 s. */
const NOTICED_MS = 15_000;
const LABEL = 'builders';
/** Gates that any host may judge, and gates that control keeps for itself. */
const ANYWHERE = [
  'analysis_complete',
  'architecture_done',
  'reviewer_verdict',
  'tests_passed',
  'security_gate',
];
const AT_CONTROL = ['ci_green', 'staging_status', 'branch_mergeable', 'deploy_status'];

let place: Awaited<ReturnType<typeof temporaryDir>>;
let hosts: TestHosts | string;
let redis: Awaited<ReturnType<typeof startRedisWithPassword>>;
let gitea: FakeGitea;
let door: GitDoor;
let world: World;
let state: DemoState;
let control: Program;
let client: ControlClient;
let a: TestHost;
let b: TestHost;
let other: TestHost;

/** Settings of a host whose agents cannot start. */
const NOT_READY = { ORCH_AGENT_RUNNER: 'claude', ORCH_CLAUDE_BIN: '/nowhere/claude' };

const running = new Map<TestHost, Program>();

function settings(): Record<string, string> {
  const [{ source: _, ...entry }] = JSON.parse(world.settings.ORCH_PROJECTS_JSON ?? '[{}]');
  const hook = { ...entry.deploy_hook, env: { ...entry.deploy_hook.env, REPO: gitea.repo.gitDir } };
  const project = {
    ...{ ...entry, forge: 'gitea', owner: 'acme', ci: 'engine', deploy_hook: hook },
    worker_labels: [LABEL],
  };
  return {
    ...world.settings,
    ORCH_PROJECTS_JSON: JSON.stringify([project]),
    ORCH_REDIS_URL: redis.url,
    ORCH_GITEA_URL: gitea.url,
    ORCH_GITEA_TOKEN: gitea.token,
    ORCH_WORKER_LOST_S: '9',
    ORCH_LOG_FORMAT: 'json',
  };
}

/** A worker as an operator starts it on another host. */
async function startWorker(host: TestHost, more: Record<string, string> = {}): Promise<void> {
  const { ORCH_PROJECTS_JSON = '', ORCH_GITEA_TOKEN = '', ORCH_AGENT_STARTS_PER_MIN = '' } = settings();
  const program = await host.start(['worker', '--json'], {
    ...{ ORCH_PROJECTS_JSON, ORCH_GITEA_TOKEN, ORCH_AGENT_STARTS_PER_MIN },
    ORCH_AGENT_RUNNER: 'scripted',
    ORCH_DATA_DIR: path.join(host.dir, 'data'),
    ORCH_REDIS_URL: redis.urlAt(host.gateway),
    ORCH_GITEA_URL: door.urlAt(host.gateway),
    ORCH_WORKER_NAME: host.name,
    ORCH_WORKER_LABELS: LABEL,
    ORCH_WORKER_LOST_S: '9',
    ORCH_MIN_FREE_DISK_MB: '64',
    ORCH_LOG_FORMAT: 'json',
    TMPDIR: host.dir,
    ...more,
  });
  running.set(host, program);
}

async function stopWorker(host: TestHost): Promise<void> {
  running.get(host)?.signal('SIGTERM');
  await running.get(host)?.exited;
  running.delete(host);
}

const { runs, judges, all } = recordsOf(() => state);

const make = async (title: string): Promise<number> => {
  const made = await client.createTask({
    project: 'shop',
    title,
    description: 'Customers ask for the opening hours of the shop, so they should be written down.',
  });
  return made.task_id ?? 0;
};
const wid = (task: number): string => `SHOP-00${task}`;

/** Does what a person is asked for, until `holds`. */
async function carry(task: number, what: string, holds: () => boolean): Promise<void> {
  const pressed = new Set<string>();
  const answers: Record<string, string> = { approval: 'approve', confirm: 'confirm' };
  await until(
    async () => {
      if (holds()) return true;
      const now = state.task(task);
      const answer = answers[now?.activity ?? ''];
      const key = `${now?.stage}.${now?.attempt}.${answer}`;
      if (answer !== undefined && !pressed.has(key)) {
        pressed.add(key);
        await client.call('POST', `/tasks/${wid(task)}/${answer}`, {});
      }
      return false;
    },
    {
      deadlineMs: 180_000,
      everyMs: 100,
      get what() {
        return `${what}; now ${all(task)}`;
      },
    },
  );
}

beforeAll(async () => {
  place = await temporaryDir('hosts');
  const controlDir = path.join(place.dir, 'control');
  mkdirSync(controlDir);
  gitea = await createFakeGitea({ name: 'shop' });
  hosts = createHosts(place.dir, [controlDir, gitea.dir]);
  if (typeof hosts === 'string') return;
  a = hosts.add('host-a');
  b = hosts.add('host-b');
  other = hosts.add('host-c');
  const addresses = [...new Set([a, b, other].map(({ gateway }) => gateway))];
  redis = await startRedisWithPassword(addresses);
  door = await openGitDoor(gitea.url, addresses);
  world = await testWorld(controlDir);
  await git(gitea.repo.gitDir, 'fetch', '-q', path.join(controlDir, 'sample'), '+main:main');
  state = demoState(controlDir);
  control = startProgram(['start', '--json'], {
    ...settings(),
    ORCH_WORKER_ROLES: 'gates',
    ORCH_WORKER_NAME: 'control',
    ORCH_REAPER_INTERVAL_S: '1',
  });
  await control.ready();
  client = createControlClient(path.join(controlDir, 'control.sock'));
});
beforeEach((context) => {
  if (typeof hosts === 'string') context.skip(`no hosts of their own: ${hosts}`);
});
afterAll(async () => {
  control?.signal('SIGKILL');
  if (typeof hosts !== 'string') await hosts.remove();
  if (world) await stopServices(world, process.env);
  await door?.close();
  await gitea.close();
  await place.remove();
  await redis?.stop();
});

describe.sequential('worker hosts that have Redis and git only', () => {
  test('cannot reach the database file, the process or the HTTP server of control (REC-180)', async () => {
    const database = path.join(world.dataDir, 'orchestrator.db');
    expect(readFileSync(database).subarray(0, 6).toString()).toBe('SQLite');
    const tried = a.evaluate(
      `for (const file of ${JSON.stringify([database, `/proc/${control.pid}/root${database}`])})
         try { require('node:fs').openSync(file, 'r'); console.log('opened') } catch ({ code }) { console.log(code) }`,
    );
    expect(tried.split('\n')).toEqual([
      expect.stringMatching(/^(ENOENT|EACCES)$/),
      expect.stringMatching(/^(ENOENT|EACCES)$/),
    ]);
    if ((hosts as TestHosts).kind === 'users') return;
    const dialled = (address: string, port: number) =>
      a.evaluate(
        `require('node:net').connect({ host: '${address}', port: ${port} })
           .once('connect', () => { console.log('connected'); process.exit() })
           .once('error', ({ code }) => console.log(code))`,
      );
    for (const address of ['127.0.0.1', a.gateway])
      expect(dialled(address, world.ports.http)).toBe('ECONNREFUSED');
    expect(dialled(a.gateway, Number(new URL(redis.url).port))).toBe('connected');
  });

  test('share the runs and the gates of a task; control keeps the gates that need it, and labels hold (REC-10, REC-180)', async () => {
    await Promise.all([startWorker(a), startWorker(b), startWorker(other, { ORCH_WORKER_LABELS: 'attic' })]);
    const task = await make('Write down the opening hours');
    await carry(task, 'the task is done', () => state.task(task)?.stage === 'done');
    const ours = [a.name, b.name];
    const found = runs(task);
    expect(found.map(({ class: end }) => end)).toEqual(found.map(() => 'finished'));
    for (const { host } of found) expect(ours).toContain(host);
    const judged = judges(task);
    for (const gate of ANYWHERE) expect(ours).toContain(judged[gate]);
    // The CI gate is control's, the check command it judges ran on a host.
    const checked = state.rows<{ host: string }>(
      `select json_extract(evidence, '$.host') as host from verdicts where task = ? and step = 'project-checks'`,
      task,
    );
    expect(checked).toHaveLength(1);
    expect(ours).toContain(checked[0]?.host);
    for (const gate of AT_CONTROL) expect([gate, judged[gate]]).toEqual([gate, 'control']);
    const busy = new Set([...found.map(({ host }) => host), ...ANYWHERE.map((gate) => judged[gate])]);
    expect([...busy].sort()).toEqual(ours);
    // Git is all they asked the forge for.
    expect(door.refused).toEqual([]);
  });

  test('one dies in the middle of a run with all its processes: noticed within 15 s, the other goes on (REC-23, REC-182)', async () => {
    await stopWorker(other);
    const task = await make('Write down the opening hours again');
    const markerOn = ({ dir }: TestHost) => demoState(path.join(dir, 'data')).agentAtWork(task, 'analysis');
    const victim = await until(() => [a, b].find(markerOn), { what: 'an agent works', everyMs: 5 });
    const diedAt = performance.now();
    await victim.crash();
    running.delete(victim);
    await until(() => runs(task)[0]?.class === 'interrupted', { what: 'the loss is noticed' });
    expect(performance.now() - diedAt).toBeLessThan(NOTICED_MS);
    await carry(task, 'the task asks for approval', () => state.task(task)?.activity === 'approval');
    const survivor = victim === a ? b : a;
    expect(runs(task)).toMatchObject([{ class: 'interrupted' }, { class: 'finished', host: survivor.name }]);
    await stopWorker(survivor);
  });

  test('one that is not ready takes no runs: its task waits and says why, told once, and goes on with a host that is (AGENT-44, AGENT-60)', async () => {
    await startWorker(other, NOT_READY);
    const workers = async () => {
      const queue = (await client.call('GET', '/queue')) as { workers: { name: string; state: string }[] };
      return Object.fromEntries(queue.workers.map(({ name, state: is }) => [name, is]));
    };
    await until(async () => (await workers())[other.name] === 'unready', { what: '/queue names it' });
    const tasks = [await make('Sort the shelves'), await make('Sort the cellar')];
    for (const task of tasks)
      await until(() => state.task(task)?.activity === 'runtime', {
        what: `task ${task} waits for a runtime`,
      });
    const { waiting } = await client.showTask(wid(tasks[0] ?? 0));
    expect(waiting?.sentence).toContain(
      `Agents on ${other.name} are not ready: The Claude Code CLI was not found`,
    );
    const pings = state.rows(
      `select id from outbox where kind = 'ping' and json_extract(payload, '$.ping') = 'agents-not-ready'`,
    );
    expect(pings).toHaveLength(1);
    await startWorker(a);
    for (const task of tasks) {
      await until(() => state.task(task)?.activity === 'approval', { what: `task ${task} goes on` });
      expect(runs(task).filter(({ class: end }) => end === 'finished')).toMatchObject([{ host: a.name }]);
    }
    await stopWorker(a);
    await stopWorker(other);
  });

  test('one is cut off in the middle of a gate: another judges it within 15 s, and what comes late changes nothing (REC-24)', async (context) => {
    if ((hosts as TestHosts).kind === 'users') context.skip('its hosts share one network');
    const task = 2;
    // A scanner that never ends keeps the gate in hand.
    const scanner = path.join(a.dir, 'gitleaks');
    const begun = `${scanner}.begun`;
    writeFileSync(scanner, `#!/bin/sh\necho $$ > ${begun}\nexec sleep 600\n`, { mode: 0o755 });
    for (const host of [...running.keys()]) await stopWorker(host);
    await startWorker(a, { ORCH_SECURITY_GITLEAKS_BIN: scanner });
    await carry(task, 'the scanner runs', () => existsSync(begun));
    // Gates ask for no agents.
    await startWorker(other, NOT_READY);
    a.cut();
    const cutAt = performance.now();
    const judge = await until(() => judges(task).security_gate, { what: 'the gate is judged' });
    expect(performance.now() - cutAt).toBeLessThan(NOTICED_MS + 5000);
    expect(judge).toBe(other.name);
    a.mend();
    await carry(task, 'the task is done', () => state.task(task)?.stage === 'done');
    expect(
      state.rows(`select step from verdicts where task = ? and step = 'gate.security_gate'`, task),
    ).toHaveLength(1);
  });
});
