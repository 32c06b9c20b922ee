import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stopServices, type World } from '../../src/cli/demo/world.ts';
import { spoilUnread } from '../support/damage.ts';
import { temporaryDir } from '../support/demo-process.ts';
import { type Program, startProgram } from '../support/program.ts';
import { testRedisBinary } from '../support/redis.ts';
import { testWorld } from '../support/world.ts';

// REC-50 with record 103: where the check of the file runs, and what it leads to.

const PORT = '18523';

let place: Awaited<ReturnType<typeof temporaryDir>>;
let world: World;
let program: Program | undefined;

async function start(): Promise<Program> {
  program = startProgram(['start', '--json'], {
    ...world.settings,
    ORCH_WORKER_ROLES: 'gates',
    ORCH_HTTP_PORT: PORT,
    ORCH_REDIS_SERVER_BIN: await testRedisBinary(),
  });
  return program;
}

beforeAll(async () => {
  place = await temporaryDir('damaged');
  world = await testWorld(place.dir);
});
afterAll(async () => {
  program?.signal('SIGKILL');
  await program?.exited;
  await stopServices(world, process.env);
  await place.remove();
});

test('a file damaged since an ordered stop ends the running system with the words the next start refuses with (REC-50)', async () => {
  const first = await start();
  await first.ready();
  first.signal('SIGTERM');
  expect(await first.exited).toBe(0);
  spoilUnread(path.join(place.dir, 'orchestrator.db'));

  const beside = await start();
  await beside.ready();
  expect(await beside.exited).toBe(1);
  expect(beside.stderr()).toMatch(/orchestrator\.db is damaged: .*Restore the newest file/);

  const inFront = await start();
  expect(await inFront.exited).toBe(1);
  expect(inFront.stdout()).toBe('');
  expect(inFront.stderr()).toMatch(/orchestrator\.db is damaged: .*Restore the newest file/);
});
