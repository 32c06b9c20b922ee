import { and, asc, desc, eq, sql } from 'drizzle-orm';
import type { WorkStage } from '../pipeline/stages.ts';
import type { VerdictRecord } from '../pipeline/view.ts';
import type { Db } from './open.ts';
import { placeholdersOf } from './placeholders.ts';
import { artefacts, tasks, verdicts } from './schema.ts';

export interface VerdictStore {
  /** Keeps the newest word of a step within its generation. */
  put(task: number, verdict: VerdictRecord): void;
  /** Oldest first. */
  of(task: number): VerdictRecord[];
  /** Newest passes of a step in a repository, for plausibility (SHIP-58). */
  passes(
    repo: string,
    step: string,
    limit: number,
  ): { evidence: Record<string, unknown> /** The task's change is on main. */; landed: boolean }[];
}

export function createVerdictStore(db: Db): VerdictStore {
  const set = {
    outcome: sql`excluded.outcome`,
    reason: sql`excluded.reason`,
    evidence: sql`excluded.evidence`,
  };
  const target = [verdicts.task, verdicts.stage, verdicts.attempt, verdicts.generation, verdicts.step];
  const upsert = db
    .insert(verdicts)
    .values(placeholdersOf(verdicts))
    .onConflictDoUpdate({ target, set })
    .prepare();
  const ofTask = db
    .select()
    .from(verdicts)
    .where(eq(verdicts.task, sql.placeholder('task')))
    .orderBy(asc(verdicts.at))
    .prepare();
  const landedSha = sql`json_extract(${tasks.state}, '$.landedSha')`;
  const passesOf = db
    .select({ evidence: verdicts.evidence, landed: sql<number>`${landedSha} is not null` })
    .from(verdicts)
    .innerJoin(tasks, eq(tasks.id, verdicts.task))
    .where(
      and(
        eq(verdicts.step, sql.placeholder('step')),
        eq(verdicts.outcome, 'passed'),
        eq(tasks.repo, sql.placeholder('repo')),
      ),
    )
    .orderBy(desc(verdicts.at))
    .limit(sql.placeholder('limit'))
    .prepare();
  return {
    put: (task, verdict) => void upsert.run({ task, ...verdict }),
    of: (task) => ofTask.all({ task }).map((row) => ({ ...row, stage: row.stage as WorkStage })),
    passes: (repo, step, limit) =>
      passesOf.all({ repo, step, limit }).map(({ evidence, landed }) => ({ evidence, landed: landed === 1 })),
  };
}

export interface ArtefactStore {
  put(artefact: { task: number; name: string; attempt: number; content: string; at: number }): void;
  get(task: number, name: string): string | null;
}

/** Reports that arise after the merge (PIPE-57). */
export function createArtefactStore(db: Db): ArtefactStore {
  return {
    put({ content, at, ...key }) {
      const target = [artefacts.task, artefacts.name, artefacts.attempt];
      db.insert(artefacts)
        .values({ ...key, content, at })
        .onConflictDoUpdate({ target, set: { content, at } })
        .run();
    },
    get(task, name) {
      const mine = and(eq(artefacts.task, task), eq(artefacts.name, name));
      return (
        db.select().from(artefacts).where(mine).orderBy(desc(artefacts.attempt)).limit(1).all()[0]?.content ??
        null
      );
    },
  };
}
