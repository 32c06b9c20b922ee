import { and, eq, gte, ne, sql } from 'drizzle-orm';
import type { Instant } from '../pipeline/events.ts';
import type { Db } from './open.ts';
import { runs } from './schema.ts';

/** Whose runs are summed up; `except` leaves one out. */
export interface Spending {
  task?: number;
  stage?: string;
  attempt?: number;
  since?: Instant;
  except?: string;
}

/** USD of ended runs; what live ones may still cost is apart. */
export interface Spent {
  usd: number;
  reservedUsd: number;
  estimated: boolean;
}

const conditionsOf = ({ except, task, stage, attempt, since }: Spending) =>
  and(
    except === undefined ? undefined : ne(runs.id, sql.placeholder('except')),
    task === undefined ? undefined : eq(runs.task, sql.placeholder('task')),
    stage === undefined ? undefined : eq(runs.stage, sql.placeholder('stage')),
    attempt === undefined ? undefined : eq(runs.attempt, sql.placeholder('attempt')),
    since === undefined ? undefined : gte(runs.createdAt, sql.placeholder('since')),
  );

/** The sum over what is named, prepared once for each set of names: every run asks for three of them. */
export function createSpending(db: Db): (of: Spending) => Spent {
  const prepare = (of: Spending) =>
    db
      .select({
        usd: sql<number>`coalesce(sum(${runs.costUsd}), 0)`,
        reserved: sql<number>`coalesce(sum(case when ${runs.status} <> 'ended' then ${runs.capUsd} else 0 end), 0)`,
        // Of a whole day nobody asks for it, and it is the one thing here that reads JSON.
        estimated:
          of.task === undefined
            ? sql<number>`0`
            : sql<number>`coalesce(max(json_extract(${runs.usage}, '$.estimated')), 0)`,
      })
      .from(runs)
      .where(conditionsOf(of))
      .prepare();
  const known = new Map<string, ReturnType<typeof prepare>>();
  return (of) => {
    const names = Object.entries(of).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    const key = names.sort().join();
    const statement = known.get(key) ?? prepare(of);
    known.set(key, statement);
    const [row] = statement.all({ ...of });
    return { usd: row?.usd ?? 0, reservedUsd: row?.reserved ?? 0, estimated: (row?.estimated ?? 0) === 1 };
  };
}
