import path from 'node:path';
import { backUp } from '../../db/backup.ts';
import { describeError } from '../../errors.ts';
import type { House } from '../house.ts';
import type { Parts } from '../parts.ts';
import { alert } from '../surfaces/alerts.ts';

/** Set while the newest try at a backup has failed. */
export const BACKUP_FAILED = 'backup-failed-at';

/** Where online backups go (REC-160). */
export const backupsOf = ({ server }: Parts['config']): string => path.join(server.dataDir, 'backups');

export interface BackupsDeps {
  house: Pick<House, 'db' | 'chat' | 'outbox' | 'tasks'>;
  dir: string;
  /** How many files stay. */
  keep: number;
  /** Epoch ms. */
  at: number;
  log: Parts['place']['log'];
}

/** A failed backup is told; older ones are kept (REC-160). Never throws. */
export async function backUpOrTell({ house, dir, keep, at, log }: BackupsDeps): Promise<void> {
  try {
    await backUp({ db: house.db, dir, keep, at });
    house.chat.dropMemo(BACKUP_FAILED);
  } catch (error) {
    const text = describeError(error);
    log.error({ err: text }, 'the backup failed');
    house.chat.putMemo(BACKUP_FAILED, String(at));
    alert(house, { cause: `backup.${at}`, text, at });
  }
}
