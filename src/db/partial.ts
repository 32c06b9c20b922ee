import { sql } from 'drizzle-orm';
import { deploys, runs, taskLog, tasks } from './schema.ts';
import { pullRequests } from './schema-work.ts';

/*
 * The conditions of the partial indexes, for queries that should use them. They are written as literals: SQLite
 * cannot see that a bound value fits an index, and would read the whole table.
 */

export const taskIsLive = sql`${tasks.stage} not in ('done', 'cancelled')`;
export const taskIsDelivered = sql`${tasks.stage} = 'done'`;
export const taskIsNotCancelled = sql`${tasks.stage} <> 'cancelled'`;
export const eventIsAccepted = sql`${taskLog.accepted} = 1`;
export const eventIsOfForge = sql`${taskLog.name} in ('push', 'pr-changed')`;
export const runIsLive = sql`${runs.status} <> 'ended'`;
export const deployIsOpen = sql`${deploys.state} = 'INITIATED'`;
/** Not one whose confirmation was used up before it began (SHIP-84, SHIP-91). */
export const deployCounts = sql`${deploys.state} <> 'ABANDONED'`;
export const deployIsWatched = sql`json_extract(${deploys.watch}, '$.open') = 1`;
export const pullRequestIsOpen = sql`${pullRequests.state} = 'open'`;
