import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopServices, type World } from '../../src/cli/demo/world.ts';
import { createControlClient } from '../../src/http/control-client.ts';
import { run } from '../cli/context.ts';
import { processesOf, temporaryDir } from '../support/demo-process.ts';
import { type DemoState, demoState } from '../support/demo-state.ts';
import { type Program, startProgram } from '../support/program.ts';
import { testRedisBinary } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { testWorld } from '../support/world.ts';

// The upkeep of a running system from its command line: TRK-12, TRK-18, REG-6, REG-7, REC-152, REC-164.

let place: Awaited<ReturnType<typeof temporaryDir>>;
let world: World;
let state: DemoState;
let control: Program;
let settings: Record<string, string>;
let projects: Record<string, unknown>[];

const cli = (...argv: string[]) => run(argv, { env: { ...settings, PATH: process.env.PATH ?? '' } });
const answer = async <T>(...argv: string[]): Promise<T> => {
  const { exitCode, stdout, stderr } = await cli(...argv, '--json');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return JSON.parse(stdout) as T;
};
const registry = (entries: unknown) =>
  writeFileSync(path.join(place.dir, 'projects.json'), JSON.stringify(entries));
const create = (...more: string[]) => {
  const words = 'Customers ask for the opening hours of the shop, so they should be written down.';
  const about = ['--title', 'Write down the opening hours', '--description', words];
  return answer<{ work_item_id: string; task_id: number | null }>('task', 'new', ...about, ...more);
};
const waits = (id: number, kind: string) =>
  until(() => state.task(id)?.activity === kind, { what: `task ${id} waits: ${kind}` });

beforeAll(async () => {
  place = await temporaryDir('upkeep');
  world = await testWorld(place.dir);
  state = demoState(place.dir);
  const { ORCH_PROJECTS_JSON = '[]', ...rest } = world.settings;
  projects = JSON.parse(ORCH_PROJECTS_JSON);
  registry(projects);
  settings = { ...rest, ORCH_REDIS_SERVER_BIN: await testRedisBinary(), ORCH_LOG_FORMAT: 'json' };
  control = startProgram(['start', '--json'], settings);
  await control.ready();
});
afterAll(async () => {
  control?.signal('SIGKILL');
  await stopServices(world, process.env);
  await place.remove();
});

describe.sequential('the command line of a running system', () => {
  test('creates an issue without a task, and tasks that wait for others (TRK-12)', async () => {
    expect(await create('--no-start')).toMatchObject({ task_id: null, status: 'todo' });
    const first = await create();
    const second = await create('--blocked-by', first.work_item_id);
    expect(state.rows('select task, on_task from dependencies')).toEqual([{ task: 2, on_task: 1 }]);
    const refused = await cli('task', 'new', '--title', 'Anything at all', '--blocked-by', 'SHOP-999');
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('SHOP-999') });
    await waits(1, 'approval');
    expect(second.task_id).toBe(2);
  });

  test('comments on, labels and exports issues of the local tracker (TRK-18)', async () => {
    const { work_item_id: wid } = await answer<{ work_item_id: string }>('task', 'new', ...LONG);
    await answer('task', 'comment', wid, 'Agreed', 'with', 'the', 'shop.');
    expect(await answer('task', 'label', wid, 'urgent')).toEqual({ labels: ['urgent'] });
    expect(await answer('task', 'label', wid, 'URGENT', '--remove')).toEqual({ labels: [] });
    const { issues } = await answer<{ issues: { comments: { text: string }[] }[] }>('task', 'export');
    expect(issues).toHaveLength(4);
    const texts = issues.flatMap(({ comments }) => comments.map(({ text }) => text));
    expect(texts).toContain('Agreed with the shop.');
  });

  test('reads the registry again, and a bad one changes nothing (REG-6)', async () => {
    registry([{ ...projects[0], repo: '../etc' }]);
    expect(await cli('reload')).toMatchObject({ exitCode: 78 });
    const client = createControlClient(path.join(place.dir, 'control.sock'));
    await expect(client.call('POST', '/reload', {})).rejects.toMatchObject({ code: 'invalid-config' });
    expect(await client.call('GET', '/projects')).toMatchObject({ projects: [{ repo: 'shop' }] });
    registry([{ ...projects[0], name: 'The shop at the corner' }]);
    expect(await answer('reload')).toEqual({ status: 'reloaded', projects: ['shop'], blocked: [] });
    expect(state.task(1)).toMatchObject({ activity: 'approval' });
  });

  test('keeps showing tasks of a project that has left the registry; they wait for a person (REG-7)', async () => {
    registry([]);
    const { blocked } = await answer<{ blocked: string[] }>('reload');
    expect(blocked).toContain('SHOP-002');
    expect(state.task(1)).toMatchObject({ activity: 'blocked' });
    const status = await answer<{ active_tasks: { waiting: { sentence: string } }[] }>('status');
    expect(status.active_tasks[0]?.waiting.sentence).not.toBe('');
    await answer('task', 'list');
    await answer('queue');
    const shown = await answer<{ waiting: { kind: string } }>('task', 'show', 'SHOP-002');
    expect(shown.waiting.kind).toBe('blocked');
    registry(projects);
    await answer('reload');
    await answer('task', 'retry', 'SHOP-002');
    await waits(1, 'approval');
  });

  test('drains, exports and ends (REC-152, REC-164)', async () => {
    expect(await answer('drain', '--timeout', '60')).toEqual({ status: 'drained' });
    const written = startProgram(['export'], settings);
    expect(await written.exited).toBe(0);
    const lines = written.stdout().trim().split('\n');
    const kinds = new Set(lines.map((line) => (JSON.parse(line) as { record: string }).record));
    expect([...kinds]).toEqual(expect.arrayContaining(['task', 'log', 'run', 'verdict']));
    await answer('backup');
    const { checks } = JSON.parse((await cli('doctor', '--json')).stdout) as { checks: { name: string }[] };
    expect(checks).toContainEqual(expect.objectContaining({ name: 'backup', level: 'ok' }));
    control.signal('SIGTERM');
    expect(await control.exited).toBe(0);
    await until(async () => (await processesOf(place.dir)).length === 0, { what: 'nothing is left' });
  });
});

const LONG = [
  ...['--title', 'Write down the holidays'],
  ...['--description', 'Customers ask on which holidays the shop is closed, so it should be written down.'],
];
