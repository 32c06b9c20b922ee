import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLeaseStore } from '../../src/db/leases.ts';
import { openDb } from '../../src/db/open.ts';
import { dataDir, run } from './context.ts';

/** Restores where this control process has the database; the commands run on the host `here`. */
async function restoreUnder(holder: string) {
  const dir = await dataDir();
  const db = openDb({ file: join(dir, 'orchestrator.db') });
  createLeaseStore(db).acquire({ repo: '', kind: 'control', holder, ttlMs: 60_000, at: Date.now() });
  db.$client.close();
  const backup = join(dir, 'backup.db');
  expect(await run(['backup', backup, '--data-dir', dir])).toMatchObject({ exitCode: 0 });
  return run(['restore', backup, '--data-dir', dir, '--json']);
}

test('REC-162 restore refuses while a control process holds the database, naming it', async () => {
  const { exitCode, stderr } = await restoreUnder(`here:${process.pid}`);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: `A control process holds this database: here:${process.pid}. Stop it, then restore.\n`,
  });
});

test('REC-162 a holder of this host whose process is dead holds nothing', async () => {
  const { pid } = spawnSync('true');
  expect(await restoreUnder(`here:${pid}`)).toMatchObject({ exitCode: 0 });
});

test('REC-162 whether a process of another host lives cannot be known', async () => {
  const { pid } = spawnSync('true');
  expect(await restoreUnder(`other:${pid}`)).toMatchObject({ exitCode: 1 });
});
