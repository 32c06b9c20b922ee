import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopServices, type World } from '../../src/cli/demo/world.ts';
import { createControlClient } from '../../src/http/control-client.ts';
import { processesOf, temporaryDir } from '../support/demo-process.ts';
import { type DemoState, demoState } from '../support/demo-state.ts';
import { type Program, startProgram } from '../support/program.ts';
import { testRedisBinary } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { testWorld } from '../support/world.ts';

// REC-150, REC-151, REC-174: stopping with a run under way, and going on.

let place: Awaited<ReturnType<typeof temporaryDir>>;
let world: World;
let state: DemoState;
let control: Program;

async function start(): Promise<void> {
  const settings = {
    ...world.settings,
    ORCH_REDIS_SERVER_BIN: await testRedisBinary(),
    ORCH_LOG_FORMAT: 'json',
  };
  control = startProgram(['start', '--json'], settings);
  await control.ready();
}
const runs = () =>
  state.rows<{ id: string; class: string | null; session_id: string | null }>(
    'select id, class, session_id from runs where task = 1 order by id',
  );
const analystAtWork = (generation: number) =>
  until(() => state.agentAtWork(1, 'analysis')?.includes(`.g${generation}.`), {
    what: `generation ${generation} of the analyst works`,
    everyMs: 5,
  });
const nothingLeft = () =>
  until(async () => (await processesOf(place.dir)).length === 0, { what: 'nothing is left running' });

beforeAll(async () => {
  place = await temporaryDir('shutdown');
  world = await testWorld(place.dir);
  state = demoState(place.dir);
  await start();
});
afterAll(async () => {
  control?.signal('SIGKILL');
  await stopServices(world, process.env);
  await place.remove();
});

describe.sequential('a control process', () => {
  test('told to end stops its agents, keeps what a later start needs, and leaves nothing running', async () => {
    await createControlClient(`${place.dir}/control.sock`).createTask({
      project: 'shop',
      title: 'Write down the opening hours',
      description: 'Customers ask for the opening hours of the shop, so they should be written down.',
    });
    await analystAtWork(1);
    control.signal('SIGTERM');
    expect(await control.exited).toBe(0);
    await nothingLeft();
    expect(runs()[0]).toMatchObject({ class: 'interrupted', session_id: expect.any(String) });
    expect(control.stderr()).not.toMatch(/timed out|unhandled/i);
    const lines = control.stderr().split('\n');
    const logged = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    expect(logged).toContainEqual(expect.objectContaining({ level: 'info', msg: 'stopped' }));
  });

  test('goes on at the next start with the same attempt, and a second signal ends it at once', async () => {
    await start();
    await analystAtWork(2);
    control.signal('SIGTERM');
    await until(() => control.stderr().includes('"stopping"'), { what: 'it is stopping' });
    // A second wish, not the echo of the first one.
    const asked = performance.now();
    await until(() => performance.now() - asked > 350, { what: 'a moment' });
    control.signal('SIGTERM');
    expect([0, 143]).toContain(await control.exited);
    expect(performance.now() - asked).toBeLessThan(5000);
  });

  test('finds everything after that, too', async () => {
    await start();
    await until(() => state.task(1)?.activity === 'approval', { what: 'the task waits for approval' });
    expect(state.task(1)).toMatchObject({ stage: 'analysis', attempt: 1 });
    expect(runs().map((run) => run.class)).toEqual([
      ...runs()
        .slice(1)
        .map(() => 'interrupted'),
      'finished',
    ]);
    control.signal('SIGINT');
    expect(await control.exited).toBe(0);
    await nothingLeft();
  });
});
