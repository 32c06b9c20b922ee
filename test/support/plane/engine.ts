import { createBlockerStore } from '../../../src/db/blockers.ts';
import { createEngineStore } from '../../../src/db/engine-store.ts';
import type { Db } from '../../../src/db/open.ts';
import { openDb } from '../../../src/db/open.ts';
import { createOutbox, type OutboxRow } from '../../../src/db/outbox.ts';
import { tasks as taskTable } from '../../../src/db/schema.ts';
import { fromRow } from '../../../src/db/task-rows.ts';
import { silentLogger } from '../../../src/log.ts';
import { createEngine, type Outcome } from '../../../src/pipeline/engine.ts';
import type { StepResult } from '../../../src/pipeline/events.ts';
import { remainingSteps } from '../../../src/pipeline/plan.ts';
import type { TaskState } from '../../../src/pipeline/task.ts';
import { renderComment } from '../../../src/tracker/comments/render.ts';
import { createPlaneInbound } from '../../../src/tracker/plane/inbound.ts';
import type { Inbound, Reading } from '../../../src/tracker/plane/reading.ts';
import { createTake } from '../../../src/tracker/plane/take.ts';
import type { Tracker } from '../../../src/tracker/port.ts';
import { limitsOf, projectOf } from '../machine.ts';
import type { Sent } from './webhooks.ts';
import type { PlaneWorld } from './world.ts';

const SHA = (n: number) => n.toString(16).padStart(40, '0');

/** The real engine over real SQLite, driven by a board; agents and gates are facts that a test states. */
export function createBoardEngine(world: PlaneWorld, options: { now: () => number; stopEnabled?: boolean }) {
  const { now } = options;
  const db: Db = openDb({ file: ':memory:' });
  const outbox = createOutbox(db);
  const trackers = new Map<string, Tracker>();
  const projects: { project: PlaneWorld['project']; tracker: PlaneWorld['tracker'] }[] = [];
  const add = (entry: { project: PlaneWorld['project']; tracker: PlaneWorld['tracker'] }) => {
    projects.push(entry);
    trackers.set(entry.project.repo, entry.tracker);
  };
  add(world);
  const project = projectOf({ tracker: 'plane' });
  const store = createEngineStore({
    db,
    outbox,
    project: (repo) => ({ ...project, repo }),
    limits: () => limitsOf({ pingDone: false }),
    options: () => ({ serial: false, dependencies: true, runsPerDay: 99, windowOpensAt: null }),
    branchFor: (wid) => `feature/${wid}`,
    uuid: () => crypto.randomUUID(),
    dayOf: () => '2026-11-20',
  });
  const engine = createEngine({ store, committed: () => undefined });
  const tasksOf = (issue: string): TaskState[] =>
    db
      .select()
      .from(taskTable)
      .all()
      .map(fromRow)
      .filter((task) => task.issueId === issue);
  const deps = {
    projects,
    tasksOf,
    intake: { titleMin: 5, titleMax: 80, descriptionMin: 20 },
    lang: 'en' as const,
    stopEnabled: options.stopEnabled ?? true,
    relations: true,
    unstarted: (repo: string) =>
      db
        .select()
        .from(taskTable)
        .all()
        .map(fromRow)
        .filter((task) => task.repo === repo && task.activity.kind === 'dependency'),
    sleep: async () => undefined,
    log: silentLogger(),
  };
  const inbound = createPlaneInbound(deps);
  const seen: Inbound[] = [];
  const blockers = createBlockerStore(db, outbox);

  const carry = createTake({
    engine,
    transaction: store.transaction,
    store: world.store,
    trackerFor: (repo) => trackers.get(repo) ?? world.tracker,
    task: store.load,
    sayIgnored: ({ id, stage, attempt }, { key, statusName: status, reason }) =>
      outbox.add({
        ...{ task: id, key: `comment:${id}:${stage}:${attempt}:ignored:${key}`, at: now() },
        payload: {
          ...{ kind: 'post-comment', comment: 'ignored', author: 'stream' },
          ...{ stage, attempt, params: { status, reason } },
        },
      }),
    lang: 'en',
    now,
    other: (result) => {
      if (result.kind === 'blockers')
        store.transaction(() => blockers.replace(result.task, result.blockers, now()));
    },
  });
  const take = async (reading: Reading): Promise<void> => {
    await carry(reading);
    seen.push(...reading.results);
  };

  /** Sends one row as its job would. */
  const writeRow = async ({ task: id, payload, dedupKey }: OutboxRow): Promise<{ kind: string }> => {
    const task = store.load(id);
    const tracker = trackers.get(task?.repo ?? '');
    if (payload.kind === 'emit') engine.apply(payload.event);
    if (payload.kind === 'set-status' && tracker && task?.issueId)
      return outbox.newerStatus(task.id, dedupKey)
        ? { kind: 'skipped' }
        : tracker.setStatus(task.issueId, payload.status, dedupKey);
    if (payload.kind === 'post-comment' && tracker && task?.issueId) {
      const { comment: kind, stage, author, params } = payload;
      const html = renderComment({ kind, lang: 'en', stage, author, params, task, stateName: () => null });
      return tracker.addComment(task.issueId, { html, author, key: dedupKey });
    }
    return { kind: 'done' };
  };
  /** Sends what the engine wants to write, each row once: one that is done makes the next one due (TRK-4). */
  const write = async (): Promise<void> => {
    const tried = new Set<number>();
    for (;;) {
      const rows = outbox.due(now(), 500).filter(({ id }) => !tried.has(id));
      if (rows.length === 0) return;
      for (const row of rows) {
        tried.add(row.id);
        const { kind } = await writeRow(row);
        if (kind === 'transient') outbox.failed(row.id, 'transient', now());
        else {
          outbox.sent([row.id], now());
          outbox.done(row.dedupKey, now());
        }
      }
    }
  };

  let facts = 0;
  const settle = (task: TaskState, steps: readonly StepResult[]): Outcome => {
    facts += 1;
    const target = { task: task.id, stage: task.stage, attempt: task.attempt, fence: task.fence };
    return engine.apply({
      kind: 'fact',
      name: 'stage-settled',
      data: { steps },
      target,
      key: `fact-${facts}`,
      at: now(),
    });
  };
  const evidenceOf = (step: string) => {
    if (step === 'prepare') return { prepared: true, headSha: SHA(1), startSha: SHA(1) };
    if (step === 'gate.branch_mergeable') return { testedSha: SHA(2), testedTree: SHA(3), baseSha: SHA(7) };
    return step === 'merge' ? { landedSha: SHA(2), landedMatches: true } : {};
  };
  const taskOf = (issue: string): TaskState => {
    const found = tasksOf(issue).at(-1);
    if (!found) throw new Error('no task');
    return found;
  };
  return {
    inbound,
    seen,
    take,
    write,
    engine,
    tasksOf,
    taskOf,
    db,
    unchecked: (issue: string) => blockers.unchecked(taskOf(issue).id),
    add,
    /** Every step of the present attempt passes. */
    pass: (issue: string) => {
      const task = taskOf(issue);
      const steps = remainingSteps(task, { ...project, repo: task.repo });
      return settle(
        task,
        steps.map((step) => ({ step, outcome: 'passed', reason: '', evidence: evidenceOf(step) })),
      );
    },
    /** The attempt ends with this step's result. */
    end: (issue: string, step: StepResult) => settle(taskOf(issue), [step]),
    /** The engine has stopped the work of a task that is being stopped. */
    stopped: (issue: string) =>
      settle(taskOf(issue), [{ step: 'stop', outcome: 'passed', reason: '', evidence: {} }]),
    /** Hands over deliveries as the front door would: parsed, known ones dropped. */
    receive: async (deliveries: readonly Sent[]) => {
      for (const { body, headers } of deliveries) {
        const parsed = inbound.parse(JSON.parse(body), headers);
        if ('event' in parsed) await take(await inbound.toEvents(parsed.event));
      }
    },
    poll: async (repo = 'shop-api') => {
      const result = await inbound.poll(repo);
      if (result.ok) await take(result.reading);
      return result;
    },
    close: () => db.$client.close(),
  };
}
export type BoardEngine = ReturnType<typeof createBoardEngine>;
