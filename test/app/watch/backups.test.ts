import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { BACKUP_FAILED, backUpOrTell } from '../../../src/app/watch/backups.ts';
import { createChatStore } from '../../../src/db/chat-store.ts';
import { silentLogger } from '../../../src/log.ts';
import { started, storeOf, tempDir } from '../../db/store.ts';

const DAY = 86_400_000;

it('a failed backup alerts and keeps older files; the next good one ends it (REC-160)', async () => {
  const house = { ...storeOf(), chat: undefined as never as ReturnType<typeof createChatStore> };
  house.chat = createChatStore(house.db);
  started(house, 1);
  const dir = path.join(tempDir(), 'backups');
  const tryAt = (at: number) => backUpOrTell({ house, dir, keep: 2, at, log: silentLogger() });
  const alerts = () =>
    house.db.$client
      .prepare(
        "select json_extract(payload, '$.params.text') from outbox where dedup_key like 'ping:1:backup.%'",
      )
      .pluck()
      .all() as string[];
  await tryAt(DAY);
  await tryAt(2 * DAY);
  const before = readdirSync(dir);
  expect([before.length, alerts()]).toEqual([2, []]);

  // Something else has the name that the next copy needs.
  const inTheWay = path.join(dir, 'orchestrator-19700104T000000Z.db');
  mkdirSync(path.join(inTheWay, 'x'), { recursive: true });
  await tryAt(3 * DAY);
  expect(alerts()).toEqual([expect.stringContaining('could not be written')]);
  expect(readdirSync(dir)).toEqual(expect.arrayContaining(before));
  expect(house.chat.memo(BACKUP_FAILED)).toBe(String(3 * DAY));

  rmSync(inTheWay, { recursive: true });
  await tryAt(4 * DAY);
  expect(house.chat.memo(BACKUP_FAILED)).toBeNull();
  expect(alerts()).toHaveLength(1);
});
