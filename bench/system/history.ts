import type { Db } from '../../src/db/open.ts';

/** Rows of one ended task are copied under new ids, so that the history has the shape of real work. */
const COPIED: Readonly<Record<string, string>> = {
  tasks: 'id',
  task_log: 'task',
  verdicts: 'task',
  runs: 'task',
  deploys: 'task',
  issues: '',
  comments: '',
  cards: 'task',
};

/** Columns that must differ between two tasks, and how they do; `:n` is the number of the copy. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  tasks: {
    id: ':n',
    wid: `'OLD-' || :n`,
    branch: `branch || '-' || :n`,
    issue_id: `issue_id || '-' || :n`,
    state: `json_set(state, '$.id', :n, '$.wid', 'OLD-' || :n)`,
  },
  task_log: { id: 'null', task: ':n', event_key: `event_key || '-' || :n` },
  verdicts: { task: ':n' },
  runs: { id: `id || '-' || :n`, task: ':n' },
  deploys: { id: `id || '-' || :n`, task: ':n', sha: `sha || :n`, begun: 'null' },
  issues: { id: `id || '-' || :n`, seq: `seq + 10 * :n` },
  comments: { id: `id || '-' || :n`, issue: `issue || '-' || :n`, write_key: `write_key || :n` },
  cards: { task: ':n', message: ':n' },
};

/** At most so many rows per task and table are copied: a history of 100,000 must be written in half a minute. */
const ROWS = 4;

/** Ended tasks from number `from` to `to`, as copies of the ended task `template`. */
export function copyHistory(
  { $client }: Db,
  template: number,
  { from, to }: { from: number; to: number },
): void {
  const row = $client.prepare('select issue_id from tasks where id = ?').get(template) as {
    issue_id: string;
  };
  const where: Readonly<Record<string, [string, unknown]>> = {
    issues: ['id = @of', row.issue_id],
    comments: ['issue = @of', row.issue_id],
  };
  const insert = $client.transaction(() => {
    for (const [table, key] of Object.entries(COPIED)) {
      const [condition, of] = where[table] ?? [`${key} = @of`, template];
      const columns = ($client.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
      const values = columns.map((name) => (RENAMED[table]?.[name] ?? `"${name}"`).replaceAll(':n', 'n'));
      $client
        .prepare(
          `with recursive numbers(n) as (select @from union all select n + 1 from numbers where n < @to)
           insert into ${table} (${columns.map((name) => `"${name}"`).join(', ')})
           select ${values.join(', ')} from numbers, (select * from ${table} where ${condition} limit ${ROWS})`,
        )
        .run({ from, to, of });
    }
  });
  if (to >= from) insert.immediate();
}
