import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type System, startSystem } from '../../support/system.ts';

let system: System | undefined;
afterEach(async () => {
  await system?.close();
  system = undefined;
});

/** An `ssh` whose far host is this one: a session of its own, outside our process group. */
function loopbackSsh(dataDir: string): string {
  const bin = path.join(dataDir, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, 'ssh'), '#!/bin/sh\nexec sh -s\n');
  chmodSync(path.join(bin, 'ssh'), 0o755);
  return bin;
}

test('inc-66 the orchestrator is replaced in the middle of its own deploy and finishes the task afterwards (SHIP-98, SHIP-120)', async () => {
  system = await startSystem({
    path: loopbackSsh,
    via: 'auto',
    settings: {
      ORCH_SELF_REPO: ' SHOP ',
      ORCH_DEPLOY_SSH_HOST: 'host.example',
      ORCH_POST_DEPLOY_ENABLED: 'false',
    },
  });
  system.mood('waits');
  const { newTask, approve, command, until, hookCalls, letGo } = system;
  const id = await newTask('Write a note', [{ write: { 'note.md': '# Note\n' } }]);
  await approve(id, 'confirm', ({ activity }) => activity.kind === 'confirm');
  command(id, 'confirm-deploy');
  await until(id, 'the hook', () => hookCalls().length === 1);
  const before = system.task(id);
  expect(before.activity).toMatchObject({ kind: 'deploying' });

  await system.stop();
  letGo();
  await system.start();

  const done = await until(id, 'done', ({ stage }) => stage === 'done');
  expect(hookCalls()).toEqual([`shop --deploy ${done.landedSha}`]);
  expect(await system.health()).toEqual({ status: 200, commit: done.landedSha });
  expect(done.attempts.deploy).toBe(1);
  const landed = system.git('log', '--format=%H', `--grep=Work-Item: ${done.wid}`, '--merges', 'main');
  expect(landed.split('\n').filter(Boolean).length).toBeLessThanOrEqual(1);
});
