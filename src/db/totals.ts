import { statSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { type BesideOptions, type Row, readBeside } from './beside.ts';
import type { Db } from './open.ts';

/** One number by labels, counted from the rows themselves: it survives restarts and is never wrong (REC-142). */
export interface Total {
  name: string;
  help: string;
  labels: readonly string[];
  /** Columns named like the labels, and `n`. */
  sql: string;
}

const TOKENS = {
  input: 'inputTokens',
  output: 'outputTokens',
  cache_read: 'cacheReadTokens',
  cache_creation: 'cacheCreationTokens',
};

const tokensOf = ([kind, field]: [string, string]): string =>
  `select role, '${kind}' as kind, sum(json_extract(usage, '$.${field}')) as n from runs where usage is not null group by role`;

/** Counters of REC-142 that the database knows. */
export const TOTALS: readonly Total[] = [
  {
    name: 'tasks_created_total',
    help: 'Tasks started',
    labels: ['project'],
    sql: 'select repo as project, count(*) as n from tasks group by repo',
  },
  {
    name: 'tasks_finished_total',
    help: 'Tasks that ended',
    labels: ['project', 'result'],
    sql: `select repo as project, stage as result, count(*) as n from tasks where stage in ('done', 'cancelled') group by 1, 2`,
  },
  {
    name: 'stage_attempts_total',
    help: 'Attempts by stage and how they settled',
    labels: ['stage', 'outcome'],
    sql: `select stage, case when worst = '' then 'passed' else worst end as outcome, count(*) as n from (
      select stage, max(case when outcome = 'passed' then '' else outcome end) as worst
      from verdicts group by task, stage, attempt) group by 1, 2`,
  },
  {
    name: 'gate_results_total',
    help: 'Gate verdicts',
    labels: ['gate', 'outcome'],
    sql: `select substr(step, 6) as gate, outcome, count(*) as n from verdicts where step like 'gate.%' group by 1, 2`,
  },
  {
    name: 'rework_total',
    help: 'Returns to the developer',
    labels: ['cause'],
    sql: `select json_extract(bounce.value, '$.cause') as cause, count(*) as n
      from tasks, json_each(tasks.state, '$.bounces') as bounce group by 1`,
  },
  {
    name: 'agent_runs_total',
    help: 'Agent runs that ended',
    labels: ['role', 'outcome'],
    sql: `select role, coalesce(class, '') as outcome, count(*) as n from runs where status = 'ended' group by 1, 2`,
  },
  {
    name: 'cost_usd_total',
    help: 'USD spent',
    labels: ['project', 'role'],
    sql: `select tasks.repo as project, role, sum(cost_usd) as n from runs join tasks on tasks.id = runs.task
      where cost_usd is not null group by 1, 2`,
  },
  {
    name: 'budget_stops_total',
    help: 'Runs that a cap ended or refused',
    labels: [],
    sql: `select count(*) as n from runs where class = 'budget'`,
  },
  {
    name: 'deploys_total',
    help: 'Deploys by how they ended',
    labels: ['project', 'result'],
    sql: `select repo as project, state as result, count(*) as n from deploys where kind = 'deploy' group by 1, 2`,
  },
  {
    name: 'rollbacks_total',
    help: 'Rollbacks by how they ended',
    labels: ['project', 'result'],
    sql: `select repo as project, state as result, count(*) as n from deploys where kind = 'rollback' group by 1, 2`,
  },
  {
    name: 'post_deploy_total',
    help: 'Watches after a deploy by how they ended',
    labels: ['result'],
    sql: `select json_extract(state, '$.watch.state') as result, count(*) as n from tasks
      where json_extract(state, '$.watch.state') is not null group by 1`,
  },
  {
    name: 'events_rejected_total',
    help: 'Events that changed nothing',
    labels: ['reason'],
    sql: `select coalesce(reason, '') as reason, count(*) as n from task_log where accepted = 0 group by 1`,
  },
  {
    name: 'reaped_total',
    help: 'Runs taken from their worker',
    labels: ['tier'],
    sql: 'select reaped_tier as tier, count(*) as n from runs where reaped_tier is not null group by 1',
  },
  {
    name: 'tokens_total',
    help: 'Tokens by role and kind',
    labels: ['role', 'kind'],
    sql: Object.entries(TOKENS).map(tokensOf).join(' union all '),
  },
];

export interface Count {
  labels: Record<string, string>;
  n: number;
}

export interface Totals {
  /** Counts by the name of their total. Who asks while it is read gets the same answer. Rejects when there is none. */
  read(): Promise<Readonly<Record<string, readonly Count[]>>>;
  /** Bytes of the database file; 0 in memory. */
  sizeBytes(): number;
}

/** Totals grow with the history, so they are read beside the system; `signal` ends that. */
export function createTotals(db: Db, signal?: AbortSignal): Totals {
  const file = db.$client.name;
  let reading: Promise<Readonly<Record<string, readonly Count[]>>> | null = null;
  return {
    read() {
      reading ??= readTotals({ file, signal }).finally(() => {
        reading = null;
      });
      return reading;
    },
    sizeBytes() {
      try {
        return statSync(file).size;
      } catch {
        return 0;
      }
    },
  };
}

async function readTotals(options: BesideOptions): Promise<Record<string, Count[]>> {
  const statements = TOTALS.map(({ sql }) => sql);
  const answer = await readBeside(statements, options);
  if ('error' in answer) throw new AppError('db-not-read', answer.error, { fault: 'environment' });
  return Object.fromEntries(
    TOTALS.map((total, index) => [total.name, (answer.rows[index] ?? []).map((row) => countOf(total, row))]),
  );
}

const countOf = ({ labels }: Total, row: Row): Count => ({
  labels: Object.fromEntries(labels.map((label) => [label, String(row[label] ?? '')])),
  n: Number(row.n ?? 0),
});
