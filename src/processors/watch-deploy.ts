import { FINALIZE_START, type FinalizeState, needsProbe } from '../delivery/finalize.ts';
import { probeService } from '../delivery/health.ts';
import { startWatch, ticksOf, tickWatch, type WatchDecision, type WatchState } from '../delivery/monitor.ts';
import { decideRollback, mayRollBackAlone } from '../delivery/rollback.ts';
import { renderWatchLog } from '../delivery/watch-log.ts';
import { sampleWatch } from '../delivery/watch-sample.ts';
import { ARTEFACTS } from '../pipeline/artefacts.ts';
import type { WatchResult } from '../pipeline/events.ts';
import type { Project } from '../pipeline/project.ts';
import type { TaskState } from '../pipeline/task.ts';
import { type JobContext, LookAgain, type Payload } from '../queues/catalog.ts';
import { type DeliveryDeps, type DeployRecord, sourceTreeReader } from './delivery-ports.ts';
import { rollbackIdOf } from './rollback.ts';

export interface WatchDeps extends DeliveryDeps {
  task: (id: number) => TaskState | null;
  project: (repo: string) => Project;
}

/** What is kept of a watch between two ticks; a restart loses nothing (SHIP-151). */
interface KeptWatch {
  state: WatchState;
  open: boolean;
  /** Set once DEGRADED was judged and a rollback is to be done or was done. */
  degraded?: {
    reason: string;
    rollback: 'started' | 'done' | 'none';
    finalize: FinalizeState;
    startedAt: number;
  };
}

interface Watch {
  deps: WatchDeps;
  task: TaskState;
  project: Project;
  record: DeployRecord;
  kept: KeptWatch;
}

/** One tick of the post-deploy watch, and the rollback it may lead to (SHIP-150 to SHIP-157). */
export const createWatchDeploy =
  (deps: WatchDeps) =>
  async (payload: Payload<'watch-deploy'>, context: JobContext): Promise<null> => {
    const task = deps.task(payload.task);
    const record = deps.deploys.byId(payload.deploy);
    if (task === null || record === null) return null;
    const project = deps.project(task.repo);
    const before = record.watch as unknown as KeptWatch | null;
    const kept = before ?? { state: startWatch(deps.now()), open: true };
    if (!kept.open) return null;
    const watch: Watch = { deps, task, project, record, kept };
    return kept.degraded?.rollback === 'started' ? finishRollback(watch, context) : tick(watch, context);
  };

function keep({ deps, record }: Watch, kept: KeptWatch): void {
  deps.deploys.update(record.id, { watch: kept as unknown as Record<string, unknown> });
}

function tell({ deps, task }: Watch, context: JobContext, result: Omit<WatchResult, 'of'>): void {
  const key = `${context.jobId}:${result.state}:${result.ticks}:${result.rolledBack === null ? 0 : 1}`;
  const data = { ...result, of: ticksOf(deps.settings.watch) };
  deps.report({ kind: 'fact', name: 'watch-result', key, at: deps.now(), target: { task: task.id }, data });
}

const newer = ({ deps, record }: Watch): DeployRecord[] =>
  deps.deploys
    .ofService(record.service, 20)
    .filter(({ begun, kind }) => kind === 'deploy' && (begun ?? 0) > (record.begun ?? 0));

async function tick(watch: Watch, context: JobContext): Promise<null> {
  const { deps, task, project, record, kept } = watch;
  const { health } = project;
  if (health === undefined) return null;
  // A person is rolling back: what the service serves meanwhile says nothing about this release.
  const byPerson = deps.deploys.byId(rollbackIdOf(record.id));
  if (byPerson?.state === 'INITIATED') throw new LookAgain(deps.settings.watch.intervalMs);
  if (byPerson?.state === 'SUCCESS') {
    keep(watch, { ...kept, open: false });
    return null;
  }
  const superseded = newer(watch);
  if (superseded.some(({ state }) => state === 'SUCCESS')) {
    keep(watch, { ...kept, open: false });
    tell(watch, context, {
      state: 'SUPERSEDED',
      ticks: kept.state.checks,
      failed: kept.state.failed,
      observed: true,
      reason: 'a newer deploy is watched',
      rolledBack: null,
    });
    return null;
  }
  const target = {
    health,
    probes: project.postDeploy.probes,
    ...(project.postDeploy.metricsUrl === undefined ? {} : { metricsUrl: project.postDeploy.metricsUrl }),
    landedSha: task.landedSha ?? record.sha,
    sourceTreeOf: sourceTreeReader(deps, project),
    newerShas: superseded.map(({ sha }) => sha),
  };
  const decision = tickWatch(
    kept.state,
    await sampleWatch(deps.http, target, deps.now()),
    deps.settings.watch,
  );
  const { state } = decision;
  if (decision.do === 'watch') {
    keep(watch, { ...kept, state });
    tell(watch, context, {
      state: 'WATCHING',
      ticks: state.checks,
      failed: state.failed,
      observed: true,
      reason: '',
      rolledBack: null,
    });
    throw new LookAgain(decision.afterMs);
  }
  return end(watch, context, decision);
}

async function end(
  watch: Watch,
  context: JobContext,
  decision: Extract<WatchDecision, { do: 'end' }>,
): Promise<null> {
  const { deps, task, project, record } = watch;
  const { state, result, observed, reason } = decision;
  const wanted = result === 'DEGRADED' && project.postDeploy.action === 'ROLLBACK';
  const rollsBack = wanted && allowedAlone(watch);
  writeLog(watch, decision, {
    action: result !== 'DEGRADED' ? 'NONE' : rollsBack ? 'ROLLBACK' : 'ALERT_ONLY',
    exitCode: null,
  });
  const degraded = {
    reason,
    rollback: rollsBack ? 'started' : 'none',
    finalize: FINALIZE_START,
    startedAt: deps.now(),
  } as const;
  keep(watch, { state, open: rollsBack, ...(result === 'DEGRADED' ? { degraded } : {}) });
  tell(watch, context, {
    state: result,
    ticks: state.checks,
    failed: state.failed,
    observed,
    reason,
    rolledBack: null,
  });
  if (!rollsBack) return null;
  const run = await deps.hookRun(project, {
    target: 'production',
    mode: 'rollback',
    deployId: rollbackIdOf(record.id),
    wid: task.wid,
    sha: record.previousSha ?? '',
    baseSha: task.baseSha,
  });
  await deps.hooks(project).start(run);
  throw new LookAgain(1000);
}

function allowedAlone(watch: Watch): boolean {
  const { task, project, record, kept } = watch;
  const later = newer(watch);
  const candidate = {
    deployId: record.id,
    wid: task.wid,
    latest: later.length === 0,
    rolledBack: kept.degraded !== undefined,
    busy: later.some(({ state }) => state === 'INITIATED'),
    previousSha: record.previousSha,
    rollbackSafe: record.result?.rollbackSafe !== false,
    rollbackReason: String(record.result?.rollbackReason ?? ''),
  };
  return mayRollBackAlone(candidate, { action: project.postDeploy.action, selfHosting: project.selfHosting })
    .allowed;
}

async function finishRollback(watch: Watch, context: JobContext): Promise<null> {
  const { deps, project, record, kept } = watch;
  const { degraded, state } = kept;
  if (degraded === undefined) return null;
  const sha = record.previousSha ?? '';
  const policy = deps.settings.finalize(project);
  const run = await deps.hookRun(project, {
    target: 'production',
    mode: 'rollback',
    deployId: rollbackIdOf(record.id),
    wid: watch.task.wid,
    sha,
    baseSha: watch.task.baseSha,
  });
  await deps.hooks(project).start(run);
  const sight = await deps.hooks(project).look({ deployId: rollbackIdOf(record.id), sha });
  const facts = { now: deps.now(), initiatedAt: degraded.startedAt, sight };
  const probe =
    needsProbe(facts, policy) && project.health
      ? await probeService(deps.http, {
          health: project.health,
          expectedSha: sha,
          sourceTreeOf: sourceTreeReader(deps, project),
        })
      : null;
  const decision = decideRollback({ ...facts, probe }, degraded.finalize, policy);
  if (decision.do === 'look-again') {
    keep(watch, { ...kept, degraded: { ...degraded, finalize: decision.state } });
    throw new LookAgain(decision.afterMs);
  }
  const ok = decision.result === 'rolled-back';
  keep(watch, { ...kept, open: false, degraded: { ...degraded, rollback: 'done' } });
  deps.deploys.update(record.id, { state: ok ? 'ROLLED_BACK' : record.state });
  const end = { do: 'end', state, result: 'DEGRADED', observed: true, reason: degraded.reason } as const;
  writeLog(watch, end, { action: 'ROLLBACK', exitCode: decision.hookExitCode });
  const rolledBack = { ok, toSha: sha, detail: decision.reason };
  tell(watch, context, {
    state: 'DEGRADED',
    ticks: state.checks,
    failed: state.failed,
    observed: true,
    reason: degraded.reason,
    rolledBack,
  });
  return null;
}

function writeLog(
  { deps, task }: Watch,
  { state, result, observed, reason }: Extract<WatchDecision, { do: 'end' }>,
  { action, exitCode }: { action: 'NONE' | 'ALERT_ONLY' | 'ROLLBACK'; exitCode: number | null },
): void {
  const content = renderWatchLog({
    result,
    reason,
    wid: task.wid,
    landedSha: task.landedSha ?? '',
    windowMs: deps.settings.watch.windowMs,
    state,
    observed,
    action,
    rollbackExitCode: exitCode,
    endedAt: deps.now(),
  });
  deps.keepReport({ task: task.id, name: ARTEFACTS['16'].path, attempt: task.attempt, content });
}
