import type { Db } from './open.ts';

/** Records of an export, each with its table (REC-164). */
const TABLES = {
  task: 'tasks',
  log: 'task_log',
  run: 'runs',
  verdict: 'verdicts',
  audit: 'audit',
} as const;

const COLUMNS_OF_JSON = /^[[{]/;

/** Rows keep their columns; JSON in a column is JSON in the line. */
const plain = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, parsed(value)]));

function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !COLUMNS_OF_JSON.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Tasks, decision log, runs with their costs, verdicts and audit, one JSON text each, oldest first (REC-164). */
export function* exportLines(db: Db): Generator<string> {
  for (const [record, table] of Object.entries(TABLES)) {
    const rows = db.$client.prepare(`select * from ${table} order by rowid`).iterate();
    for (const row of rows) yield JSON.stringify({ record, ...plain(row as Record<string, unknown>) });
  }
}
