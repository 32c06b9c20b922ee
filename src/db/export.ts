import type { Db } from './open.ts';
import { plain } from './task-history.ts';

/** Records of an export, each with its table (REC-164). */
const TABLES = {
  task: 'tasks',
  log: 'task_log',
  run: 'runs',
  verdict: 'verdicts',
  audit: 'audit',
} as const;

/** Tasks, decision log, runs with their costs, verdicts and audit, one JSON text each, oldest first (REC-164). */
export function* exportLines(db: Db): Generator<string> {
  for (const [record, table] of Object.entries(TABLES)) {
    const rows = db.$client.prepare(`select * from ${table} order by rowid`).iterate();
    for (const row of rows) yield JSON.stringify({ record, ...plain(row as Record<string, unknown>) });
  }
}
