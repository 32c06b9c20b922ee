import type { Db } from './open.ts';

/** Tables that keep rows about one task, by the name of their file in an archive. */
const TABLES = {
  log: 'task_log',
  runs: 'runs',
  verdicts: 'verdicts',
  deploys: 'deploys',
  artefacts: 'artefacts',
  outbox: 'outbox',
} as const;

export type HistoryTable = keyof typeof TABLES;
type Row = Record<string, unknown>;

/** Everything the database keeps about a task, oldest first; the task's own row last to change, first to read. */
export interface TaskHistory {
  task: Row;
  rows: Readonly<Record<HistoryTable, readonly Row[]>>;
}

/** Reads a task's history; null when there is no such task. The newest task of a work item id counts. */
export function readTaskHistory({ $client }: Db, wid: string): TaskHistory | null {
  const task = $client
    .prepare(`select * from tasks where wid = ? order by stage = 'cancelled', id desc limit 1`)
    .get(wid) as Row | undefined;
  if (task === undefined) return null;
  const rowsOf = (table: string): Row[] =>
    ($client.prepare(`select * from ${table} where task = ? order by rowid`).all(task.id) as Row[]).map(
      plain,
    );
  const names = Object.entries(TABLES) as [HistoryTable, string][];
  const rows = Object.fromEntries(names.map(([name, table]) => [name, rowsOf(table)]));
  return { task: plain(task), rows: rows as unknown as TaskHistory['rows'] };
}

/** JSON in a column is JSON in the row. */
export const plain = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, parsed(value)]));

function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
