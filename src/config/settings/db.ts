import { int, path } from '../kinds.ts';
import { group } from '../setting.ts';

export const db = group(
  'db',
  {
    ORCH_DB_PATH: path('SQLite file', { default: '<data>/orchestrator.db' }),
    ORCH_DB_BUSY_TIMEOUT_MS: int('SQLite busy time-out', { default: '5000' }),
    ORCH_BACKUP_INTERVAL_H: int('hours between online backups; `0` = off', { default: '24' }),
    ORCH_BACKUP_KEEP: int('backups kept', { default: '14' }, { min: 1 }),
    ORCH_AUDIT_KEEP_DAYS: int('age at which audit rows are removed', { default: '365' }),
  },
  'DB_',
);
