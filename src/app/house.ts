import { limitsOf } from '../config/limits.ts';
import { inScope } from '../config/registry.ts';
import type { Config } from '../config/schema.ts';
import { createBlockerStore } from '../db/blockers.ts';
import { createBreakerStore } from '../db/breakers.ts';
import { createBudgetStore } from '../db/budgets.ts';
import { createChatStore } from '../db/chat-store.ts';
import { createDeliveryStore } from '../db/deliveries.ts';
import { createDependencyStore } from '../db/dependencies.ts';
import { createDeployStore } from '../db/deploys.ts';
import { createEngineStore } from '../db/engine-store.ts';
import { createIssueStore } from '../db/issues.ts';
import { createLeaseStore } from '../db/leases.ts';
import { createLocalForgeStore } from '../db/local-forge-store.ts';
import type { Db } from '../db/open.ts';
import { createOutbox } from '../db/outbox.ts';
import { createRepoGates } from '../db/repo-gates.ts';
import { createRunStore } from '../db/runs.ts';
import type { Unreadable } from '../db/surroundings.ts';
import { createTaskStore } from '../db/tasks.ts';
import { createGrouped, createTogether } from '../db/transactions.ts';
import { createArtefactStore, createVerdictStore } from '../db/verdicts.ts';
import { nextOpening, parseDeployWindow } from '../delivery/window.ts';
import { createEngine, type Engine, type EngineDeps } from '../pipeline/engine.ts';
import type { Project } from '../pipeline/project.ts';
import { tracedNow } from '../tracing.ts';
import { taskBranchName } from '../workspace/names.ts';

export interface StoresDeps {
  db: Db;
  config: Config;
  project: (repo: string) => Project;
  uuid: () => string;
  committed: () => void;
  /** Told of every accepted event, for the metrics. */
  decided?: EngineDeps['decided'];
  /** Told of an order or readiness that could not be read (REC-104). */
  unreadable?: Unreadable;
}

/** Every store over one database, and the engine over them. */
export function createHouse(deps: StoresDeps) {
  const { db, config, project, uuid, committed, decided, unreadable } = deps;
  const outbox = createOutbox(db);
  const grouped = createGrouped(db);
  const budgets = createBudgetStore(db, config.i18n.tz);
  const { serialDeps, scopes, i18n } = config;
  const store = createEngineStore({
    db,
    outbox,
    project,
    limits: (repo) => limitsOf(config, repo),
    options: (entry, at) => ({
      serial: serialDeps.serialGateEnabled && inScope(scopes.serialGateRepos, entry.repo),
      dependencies: serialDeps.taskDepsEnabled,
      runsPerDay: config.budgets.runsPerTaskDay,
      windowOpensAt: windowOf(entry, at, i18n.tz),
    }),
    branchFor: taskBranchName,
    uuid,
    unreadable,
    dayOf: budgets.dayOf,
  });
  const engine = tracedEngine(createEngine({ store, committed, ...(decided ? { decided } : {}) }));
  return {
    db,
    /** Commits several writes as one. */
    together: createTogether(db),
    /** The same with all that others ask for in this moment. */
    grouped,
    engine,
    /** What a decision about a task depends on at this moment. */
    policyOf: store.policyOf,
    /** True when an event of this key was accepted before. */
    knows: store.accepted,
    outbox,
    budgets,
    breakers: createBreakerStore(db),
    tasks: createTaskStore(db),
    runs: createRunStore(db),
    verdicts: createVerdictStore(db),
    artefacts: createArtefactStore(db),
    leases: createLeaseStore(db),
    deploys: createDeployStore(db),
    issues: createIssueStore(db),
    forge: createLocalForgeStore(db),
    gates: createRepoGates(db, outbox),
    dependencies: createDependencyStore(db),
    blockers: createBlockerStore(db, outbox),
    deliveries: createDeliveryStore(db, grouped),
    chat: createChatStore(db),
  };
}
export type House = ReturnType<typeof createHouse>;

/** Every event as a span: what it publishes goes on in its trace (REC-143). */
function tracedEngine(engine: Engine): Engine {
  return {
    ...engine,
    apply: (event) =>
      tracedNow(
        { name: `event ${event.name}`, attributes: { task: event.target.task, kind: event.kind } },
        () => engine.apply(event),
      ),
    start: (request, at, key) =>
      tracedNow({ name: 'event start', attributes: { repo: request.repo } }, () =>
        engine.start(request, at, key),
      ),
  };
}

/** Start of the next deploy window; null while one is open or none is declared (SHIP-86). */
function windowOf({ deployWindow }: Project, at: number, tz: string): number | null {
  if (deployWindow === undefined || deployWindow === '') return null;
  const opens = nextOpening(parseDeployWindow(deployWindow), at, tz);
  return opens <= at ? null : opens;
}
