import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Database } from '../../src/db/driver.ts';

/** What a demo has left in its data directory, read from outside while it runs or after it has died. */
export interface DemoState {
  /** Rows of a read-only query; none while there is no database yet. */
  rows<T>(sql: string, ...values: unknown[]): T[];
  /** Stage and activity of a task; null before it exists. */
  task(id: number): { stage: string; activity: string; attempt: number } | null;
  /** Name of the marker of a living agent child of this task and stage. */
  agentAtWork(task: number, stage: string): string | null;
  /** Lines of the deploy log of a service of the sample project. */
  deployLog(service: 'shop' | 'shop-staging'): string[];
  /** `%s` of the commits of a revision of the bare repository, newest first. */
  subjects(...revisions: string[]): string[];
  /** Output of git in the bare repository. */
  git(...args: string[]): string;
}

export function demoState(dataDir: string): DemoState {
  const file = path.join(dataDir, 'orchestrator.db');
  const runsDir = path.join(dataDir, 'runs');
  const git = (...args: string[]): string =>
    execFileSync('git', ['--git-dir', path.join(dataDir, 'forge', 'shop.git'), ...args], {
      encoding: 'utf8',
    }).trim();
  const rows = <T>(sql: string, ...values: unknown[]): T[] => {
    if (!existsSync(file)) return [];
    const db = new Database(file, { readonly: true });
    try {
      return db.prepare(sql).all(...values) as T[];
    } catch (error) {
      // Migrations are under way.
      if (/no such table/.test(String(error))) return [];
      throw error;
    } finally {
      db.close();
    }
  };
  return {
    rows,
    git,
    task: (id) =>
      rows<{ stage: string; activity: string; attempt: number }>(
        `select stage, activity, json_extract(state, '$.attempt') as attempt from tasks where id = ?`,
        id,
      )[0] ?? null,
    agentAtWork: (task, stage) =>
      (existsSync(runsDir) ? readdirSync(runsDir) : []).find(
        (name) => name.startsWith(`t${task}.${stage}.`) && name.endsWith('.proc.json'),
      ) ?? null,
    deployLog(service) {
      const log = path.join(dataDir, 'releases', service, 'deploy.log');
      return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    },
    subjects: (...revisions) => git('log', '--format=%s', ...revisions).split('\n'),
  };
}

/** Values that occur more than once. */
export const repeated = (values: readonly string[]): string[] =>
  values.filter((value, index) => values.indexOf(value) !== index);
