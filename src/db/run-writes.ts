import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Db } from './open.ts';
import { runIsLive } from './partial.ts';
import { settingOf } from './placeholders.ts';
import type { RunStore, RunWrites } from './runs.ts';
import { runs } from './schema.ts';

type Json = Record<string, unknown>;

/** What is known of a run before it has a process. */
const OF_NEW_RUN = [
  ...(['id', 'task', 'stage', 'attempt', 'run', 'generation', 'fence', 'role'] as const),
  ...(['capUsd', 'sessionId', 'session', 'logPath', 'createdAt'] as const),
];

/** What every run writes, several times: prepared once. */
function prepareWrites(db: Db) {
  const { placeholder } = sql;
  const mine = eq(runs.id, placeholder('id'));
  const whileLive = and(mine, runIsLive);
  const last = sql`json_extract(${runs.progress}, '$.costUsd')`;
  return {
    queued: db
      .insert(runs)
      .values({ status: 'queued', ...settingOf(runs, ...OF_NEW_RUN) })
      .onConflictDoNothing()
      .prepare(),
    supersede: db
      .update(runs)
      .set({ status: 'ended', class: 'cancelled', ...settingOf(runs, 'endedAt') })
      .where(
        and(eq(runs.task, placeholder('task')), eq(runs.status, 'queued'), ne(runs.id, placeholder('by'))),
      )
      .prepare(),
    started: db
      .update(runs)
      .set({ status: 'running', ...settingOf(runs, 'startedAt', 'heartbeatAt') })
      .where(and(mine, eq(runs.status, 'queued')))
      .prepare(),
    progressed: db
      .update(runs)
      .set(settingOf(runs, 'status', 'progress', 'host', 'heartbeatAt'))
      .where(whileLive)
      .prepare(),
    ended: db
      .update(runs)
      .set({
        status: 'ended',
        ...settingOf(runs, 'class', 'endedAt'),
        usage: sql`${placeholder('usage')}`,
        // Of a run that was lost, what it had last told (AGENT-35).
        costUsd: sql`coalesce(${placeholder('costUsd')}, ${last})`,
        sessionId: sql`coalesce(${placeholder('sessionId')}, ${runs.sessionId})`,
        startedAt: sql`case when ${placeholder('refused')} then null else ${runs.startedAt} end`,
        session: sql`json_patch(coalesce(${runs.session}, '{}'), ${placeholder('session')})`,
      })
      .where(whileLive)
      .prepare(),
  };
}

export function createRunWrites(db: Db): Pick<RunStore, RunWrites> {
  const statements = prepareWrites(db);
  return {
    queued({ resumed = false, sessionId = null, ...run }) {
      statements.queued.run({ ...run, sessionId, session: { resumed } });
    },
    supersede: (task, by, endedAt) => void statements.supersede.run({ task, by, endedAt }),
    started: (id, at) => void statements.started.run({ id, startedAt: at, heartbeatAt: at }),
    heard(id, { host, worker, exit }, at) {
      const status = exit === null ? {} : { status: 'finalizing' };
      db.update(runs)
        .set({
          ...{ host, worker, heartbeatAt: at, exit },
          startedAt: sql`coalesce(${runs.startedAt}, ${at})`,
          ...status,
        })
        .where(and(eq(runs.id, id), runIsLive))
        .run();
    },
    parked(id) {
      db.update(runs)
        .set({ status: 'queued', startedAt: null, heartbeatAt: null, worker: null })
        .where(and(eq(runs.id, id), runIsLive))
        .run();
    },
    progressed(id, progress, host) {
      const status = progress.phase === 'finalizing' ? 'finalizing' : 'running';
      const told = progress as unknown as Json;
      statements.progressed.run({ id, status, progress: told, host, heartbeatAt: progress.at });
    },
    ended(id, { class: cause, usage, sessionId, session, refused = false, at }) {
      const { changes } = statements.ended.run({
        ...{ id, class: cause, usage: usage && JSON.stringify(usage), endedAt: at },
        ...{ costUsd: usage?.costUsd ?? null, sessionId, refused: refused ? 1 : 0 },
        session: JSON.stringify(session ?? {}),
      });
      return changes === 1;
    },
    reap(id, { fence, tier, class: cause, at }) {
      const { changes } = db
        .update(runs)
        .set({
          ...{ status: 'ended', class: cause, reapedTier: tier, endedAt: at },
          costUsd: sql`json_extract(${runs.progress}, '$.costUsd')`,
        })
        .where(and(eq(runs.id, id), eq(runs.fence, fence), inArray(runs.status, ['running', 'finalizing'])))
        .run();
      return changes === 1;
    },
  };
}
