import { Database } from '../../src/db/driver.ts';

/** A task as its row stands. */
export interface TaskRow {
  id: number;
  wid: string;
  repo: string;
  branch: string;
  issue: string | null;
  stage: string;
  activity: string;
  attempt: number;
  version: number;
  state: Record<string, unknown>;
}

/** Reads the database from outside, never writes, and survives its absence. */
export interface Witness {
  rows<T>(sql: string, ...values: unknown[]): T[];
  tasks(): TaskRow[];
  /** Of a task that is not cancelled, by issue id. */
  ofIssue(issue: string): TaskRow | null;
  close(): void;
}

export function createWitness(file: string): Witness {
  let db: InstanceType<typeof Database> | null = null;
  const rows = <T>(sql: string, ...values: unknown[]): T[] => {
    try {
      db ??= new Database(file, { readonly: true });
      return db.prepare(sql).all(...values) as T[];
    } catch {
      // Not there yet, its disk is full, or it is being migrated: seen at the next look.
      return [];
    }
  };
  const tasks = () =>
    rows<Omit<TaskRow, 'state' | 'attempt'> & { state: string }>(
      'select id, wid, repo, branch, issue_id as issue, stage, activity, version, state from tasks order by id',
    ).map((row) => {
      const state = JSON.parse(row.state) as Record<string, unknown>;
      return { ...row, state, attempt: Number(state.attempt) };
    });
  return {
    rows,
    tasks,
    ofIssue: (issue) => tasks().findLast((task) => task.issue === issue) ?? null,
    close: () => db?.close(),
  };
}
