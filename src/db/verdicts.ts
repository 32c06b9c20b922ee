import { and, asc, desc, eq } from 'drizzle-orm';
import type { WorkStage } from '../pipeline/stages.ts';
import type { VerdictRecord } from '../pipeline/view.ts';
import type { Db } from './open.ts';
import { artefacts, verdicts } from './schema.ts';

export interface VerdictStore {
  /** Keeps the newest word of a step within its generation. */
  put(task: number, verdict: VerdictRecord): void;
  /** Oldest first. */
  of(task: number): VerdictRecord[];
  /** Newest passes of a step over all tasks, for plausibility (SHIP-58). */
  passes(step: string, limit: number): { task: number; evidence: Record<string, unknown> }[];
}

export function createVerdictStore(db: Db): VerdictStore {
  return {
    put(task, { stage, attempt, generation, step, outcome, reason, evidence, at }) {
      const values = { task, stage, attempt, generation, step, outcome, reason, evidence, at };
      const target = [verdicts.task, verdicts.stage, verdicts.attempt, verdicts.generation, verdicts.step];
      db.insert(verdicts)
        .values(values)
        .onConflictDoUpdate({ target, set: { outcome, reason, evidence } })
        .run();
    },
    of: (task) =>
      db
        .select()
        .from(verdicts)
        .where(eq(verdicts.task, task))
        .orderBy(asc(verdicts.at))
        .all()
        .map((row) => ({ ...row, stage: row.stage as WorkStage })),
    passes: (step, limit) =>
      db
        .select({ task: verdicts.task, evidence: verdicts.evidence })
        .from(verdicts)
        .where(and(eq(verdicts.step, step), eq(verdicts.outcome, 'passed')))
        .orderBy(desc(verdicts.at))
        .limit(limit)
        .all(),
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
