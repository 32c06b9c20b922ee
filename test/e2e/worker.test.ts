import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopServices, type World } from '../../src/cli/demo/world.ts';
import { type ControlClient, createControlClient } from '../../src/http/control-client.ts';
import { processesOf, temporaryDir } from '../support/demo-process.ts';
import { type DemoState, demoState, repeated } from '../support/demo-state.ts';
import { type Program, startProgram } from '../support/program.ts';
import { startRedisWithPassword } from '../support/redis-with-password.ts';
import { until } from '../support/until.ts';
import { testWorld } from '../support/world.ts';

// Worker hosts are processes of their own on one machine: one Redis, one disk, no database (REC-180 to REC-183).

/** REC-23: a dead worker is noticed within 15 s. */
const NOTICED_MS = 15_000;
/** What a busy machine needs from there until an agent works. */
const START_MS = 5_000;

let place: Awaited<ReturnType<typeof temporaryDir>>;
let redis: Awaited<ReturnType<typeof startRedisWithPassword>>;
let world: World;
let state: DemoState;
let control: Program;
let client: ControlClient;

/** The sample project twice: two projects that share one slot. */
function projects(): string {
  const [shop] = JSON.parse(world.settings.ORCH_PROJECTS_JSON ?? '[]');
  return JSON.stringify([shop, { ...shop, repo: 'store', prefix: 'STORE', name: 'Store' }]);
}

const settings = (more: Record<string, string>) => ({
  ...world.settings,
  ORCH_PROJECTS_JSON: projects(),
  ORCH_MAX_CONCURRENCY: '1',
  ORCH_REDIS_URL: redis.url,
  ORCH_LOG_FORMAT: 'json',
  ...more,
});

/** A worker of a host with a disk of its own; only the forge is shared. */
async function startWorker(host: string): Promise<Program> {
  const worker = startProgram(
    ['worker', '--json'],
    settings({
      ORCH_DATA_DIR: path.join(place.dir, host),
      ORCH_FORGE_DIR: path.join(place.dir, 'forge'),
      ORCH_WORKER_NAME: host,
      ORCH_WORKER_CAPACITY: '1',
      ORCH_WORKER_LOST_S: '9',
    }),
  );
  await worker.ready();
  return worker;
}

/** True once an agent child of the task works on this host. */
const atWork = (host: string, stage: string, task = 1) =>
  until(() => demoState(path.join(place.dir, host)).agentAtWork(task, stage), {
    what: `an agent works at ${stage} of task ${task}`,
    everyMs: 5,
  });

const DEV_SERVER = fileURLToPath(new URL('../fixtures/worker/dev-server.test.js', import.meta.url));

/** A sample project whose tests leave a dev server running. */
function addDevServer(): void {
  const sample = path.join(place.dir, 'sample');
  copyFileSync(DEV_SERVER, path.join(sample, 'test', 'dev-server.test.js'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
      cwd: sample,
    });
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Test the page');
}

/** Living processes of a run on one host, by their own environment. */
async function carrying(run: string, host: string): Promise<{ pid: number; session: number }[]> {
  const here = new Set((await processesOf(path.join(place.dir, host))).map(({ pid }) => pid));
  const found = (await processesOf(`ORCH_RUN_ID=${run}.`)).filter(({ pid }) => here.has(pid));
  return found.flatMap(({ pid }) => {
    const session = sessionOf(pid);
    return session === null ? [] : [{ pid, session }];
  });
}

/** Field 6 of `stat`, behind the name in parentheses; null where the process has ended meanwhile. */
function sessionOf(pid: number): number | null {
  try {
    return Number(/\) \w \d+ \d+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return null;
  }
}

const openFiles = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });

interface Run {
  id: string;
  class: string | null;
  status: string;
  host: string | null;
}
const runs = (stage: string): Run[] =>
  state.rows<Run>('select id, class, status, host from runs where task = 1 and stage = ? order by id', stage);
const settled = (stage: string): number =>
  state.rows(
    `select id from task_log where task = 1 and name = 'stage-settled' and accepted = 1
     and json_extract(event, '$.target.stage') = ?`,
    stage,
  ).length;
const waitsFor = (kind: string) =>
  until(() => state.task(1)?.activity === kind, { what: `the task waits for ${kind}`, everyMs: 50 });

/** Milliseconds until the run counts as interrupted. */
async function noticed(run: string): Promise<number> {
  const since = performance.now();
  await until(() => state.rows('select id from runs where id = ? and class = ?', run, 'interrupted')[0], {
    what: `the loss of ${run} is noticed`,
    deadlineMs: 2 * NOTICED_MS,
  });
  return performance.now() - since;
}

beforeAll(async () => {
  place = await temporaryDir('worker');
  redis = await startRedisWithPassword();
  world = await testWorld(place.dir);
  state = demoState(place.dir);
  addDevServer();
  const soon = { ORCH_WORKER_LOST_S: '9', ORCH_REAPER_INTERVAL_S: '1', ORCH_STOP_DEADLINE_S: '3' };
  control = startProgram(['start', '--json'], settings({ ORCH_WORKER_ROLES: 'gates', ...soon }));
  await control.ready();
  client = createControlClient(`${place.dir}/control.sock`);
});
afterAll(async () => {
  control?.signal('SIGKILL');
  await stopServices(world, process.env);
  await place.remove();
  await redis.stop();
});

describe.sequential('a worker host', () => {
  test('takes the runs of a control process that takes none itself (REC-180)', async () => {
    const made = await client.createTask({
      project: 'shop',
      title: 'Write down the opening hours',
      description: 'Customers ask for the opening hours of the shop, so they should be written down.',
    });
    expect(made.work_item_id).toBe('SHOP-001');
    await until(() => runs('analysis').length > 0, { what: 'the run is published' });
    expect(runs('analysis')).toMatchObject([{ status: 'queued' }]);
  });

  test('inc-03 killed in the middle of a run, at concurrency 1: noticed within 15 s, the task of another project starts, both go on (REC-23, REC-182)', async () => {
    const first = await startWorker('a');
    await atWork('a', 'analysis');
    const other = { project: 'store', title: 'Write down the address', description: 'Customers ask for it.' };
    expect((await client.createTask(other)).work_item_id).toBe('STORE-001');
    const queued = `select id from runs where task = 2 and status = 'queued'`;
    await until(() => state.rows(queued).length === 1, { what: 'the other run waits for the slot' });
    // It has no database of its own and opens nobody else's (REC-180).
    expect(openFiles(first.pid).filter((file) => file.includes('.db'))).toEqual([]);
    first.signal('SIGKILL');
    const killedAt = Date.now();
    await first.exited;
    // As a supervisor would; the dead one's job still holds the only slot.
    const second = await startWorker('a');
    expect(await noticed('t1.analysis.1.g1')).toBeLessThan(NOTICED_MS);
    await atWork('a', 'analysis', 2);
    expect(Date.now() - killedAt).toBeLessThan(NOTICED_MS + START_MS);
    await waitsFor('approval');
    await until(() => state.task(2)?.activity === 'approval', { what: 'the other waits for its approval' });
    expect(runs('analysis')).toMatchObject([
      { id: 't1.analysis.1.g1', class: 'interrupted' },
      { id: 't1.analysis.1.g2', class: 'finished' },
    ]);
    expect(settled('analysis')).toBe(1);
    second.signal('SIGTERM');
    expect(await second.exited).toBe(0);
  });

  test('inc-12 STOP where nobody can prove the death of the run rings at its deadline, and ends when it is proven (REC-93)', async () => {
    const frozen = await startWorker('a');
    await client.command('STORE-001', 'approve');
    await atWork('a', 'architecture', 2);
    frozen.signal('SIGSTOP');
    await client.command('STORE-001', 'stop');
    const loud = `select id from outbox where task = 2 and json_extract(payload, '$.ping') = 'not-stopped'
      and json_extract(payload, '$.sound') = 'critical'`;
    await until(() => state.rows(loud)[0], { what: 'it rings' });
    const said =
      "select json_extract(message, '$.text') as text from local_messages where message like '%could not prove%'";
    const ping = await until(() => state.rows<{ text: string }>(said)[0], { what: 'it is told' });
    expect(ping.text).toMatch(
      /^🛑 STORE-001: could not prove that (process group \d+|its processes) on a (is|are) dead\./,
    );
    expect(state.task(2)?.activity).toBe('stopping');
    frozen.signal('SIGCONT');
    await until(() => state.task(2)?.stage === 'cancelled', { what: 'the task is cancelled' });
    expect(await carrying('t2.architecture.1.g1', 'a')).toEqual([]);
    frozen.signal('SIGTERM');
    expect(await frozen.exited).toBe(0);
  });

  test('inc-14 frozen and back again brings a result of an old fence, which is stale (REC-24, REC-182)', async () => {
    const frozen = await startWorker('a');
    await client.command('SHOP-001', 'approve');
    await atWork('a', 'architecture');
    frozen.signal('SIGSTOP');
    expect(await noticed('t1.architecture.1.g1')).toBeLessThan(NOTICED_MS);
    const other = await startWorker('b');
    await until(() => state.task(1)?.stage === 'development', { what: 'the task goes on' });
    frozen.signal('SIGCONT');
    await until(() => state.task(1)?.stage === 'review', { what: 'the task reaches review' });
    for (const stage of ['architecture', 'development']) expect(settled(stage)).toBe(1);
    expect(runs('architecture')).toMatchObject([{ class: 'interrupted' }, { class: 'finished', host: 'b' }]);
    const own = state.subjects('--branches').filter((subject) => subject.includes('SHOP-001'));
    expect(repeated(own)).toEqual([]);
    for (const worker of [frozen, other]) worker.signal('SIGTERM');
    expect(await Promise.all([frozen.exited, other.exited])).toEqual([0, 0]);
  });

  test('killed with a grandchild dev server in its own session: noticed within 15 s, afterwards no process carries the run id', async () => {
    const run = 't1.testing.1.g1';
    const first = await startWorker('a');
    const server = await until(
      async () => (await carrying(run, 'a')).find(({ pid, session }) => pid === session),
      { what: 'the dev server runs' },
    );
    first.signal('SIGKILL');
    await first.exited;
    expect(await noticed(run)).toBeLessThan(NOTICED_MS);
    // It outlived its worker; the next worker of the host ends it before anything else is at work.
    expect((await carrying(run, 'a')).map(({ pid }) => pid)).toContain(server.pid);
    const second = await startWorker('a');
    await until(async () => (await carrying(run, 'a')).length === 0, {
      what: 'no process carries the run id',
      deadlineMs: NOTICED_MS,
    });
    await waitsFor('confirm');
    expect(runs('testing')).toMatchObject([{ class: 'interrupted' }, { class: 'finished' }]);
    expect(settled('testing')).toBe(1);
    second.signal('SIGTERM');
    expect(await second.exited).toBe(0);
  });

  test('leaves nothing running', async () => {
    control.signal('SIGTERM');
    expect(await control.exited).toBe(0);
    await stopServices(world, process.env);
    expect(await processesOf(place.dir)).toEqual([]);
  });
});
