import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskState } from '../../src/pipeline/task.ts';
import { startProgram } from '../support/program.ts';
import { type GiteaHouse, startGiteaHouse } from '../support/whole/gitea-house.ts';

// REC-160, REC-162, REC-163: a backup is put back with the commands a person has for it.

let house: GiteaHouse;
beforeAll(async () => {
  house = await startGiteaHouse({ ci: 'engine' });
});
afterAll(() => house?.close());

const waits = (kind: string) => (task: TaskState) => task.activity.kind === kind;

async function run(...argv: string[]): Promise<void> {
  const program = startProgram([...argv, '--data-dir', house.dataDir], { ORCH_PROJECTS_JSON: '[]' });
  expect(await program.exited, program.stderr()).toBe(0);
}

/** What the world outside of the database has seen. */
async function outside() {
  const { gitea, dataDir } = house;
  const asked = gitea.exchanges.filter(({ method, path: to }) => method === 'POST' && to.endsWith('/merge'));
  const log = path.join(dataDir, 'releases', 'shop', 'deploy.log');
  return {
    main: await gitea.repo.head('main'),
    mergesAsked: asked.length,
    deploys: existsSync(log) ? readFileSync(log, 'utf8').match(/deploy start/g)?.length : 0,
  };
}

test('inc-113 a backup from before the merge is put back: blocked with what differs, nothing merged or deployed again (REC-162, REC-163)', async () => {
  const id = await house.newTask('Note the wish twice');
  await house.until(id, 'the approval', waits('approval'));
  expect(await house.command(id, 'approve')).toBe(200);
  await house.until(id, 'the confirmation', waits('confirm'));
  const backup = path.join(house.dataDir, 'before-the-merge.db');
  await run('backup', backup);
  expect(await house.command(id, 'confirm')).toBe(200);
  const done = await house.until(id, 'done', ({ stage }) => stage === 'done');
  const before = await outside();
  expect(before).toEqual({ main: done.landedSha, mergesAsked: 1, deploys: 1 });

  await house.restart(() => run('restore', backup));
  const { activity } = await house.until(id, 'what differs', waits('blocked'));
  expect(activity).toMatchObject({
    cause: 'restored',
    // The branch has gone on, or the request is merged: whichever is seen first.
    reason: expect.stringMatching(/the backup knows [0-9a-f]{7}|was merged after the backup/),
  });
  const { gates } = house.app.parts.house;
  expect(gates.pauses()).toMatchObject([{ scope: '*', by: 'restore' }]);
  // A tap that was made before the backup counts for nothing, nor does going on without a look.
  gates.resume({ repo: null, by: 'Ada', at: Date.now() });
  expect(await house.command(id, 'confirm')).toBe(409);
  await house.restart(async () => undefined);
  expect(house.task(id).activity).toEqual(activity);
  expect(await outside()).toEqual(before);
});
