import { runFiles } from '../../agent/run-files.ts';
import { endOrphan, findOrphans, readMarker } from '../../agent/run-marker.ts';
import type { Spool } from '../../agent/spool.ts';
import type { LiveRun } from '../../db/runs.ts';
import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { judgeRun, type ReapLimits, type Tier } from '../../pipeline/reap.ts';
import { isTerminal } from '../../pipeline/stages.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { isWaiting } from '../../pipeline/waiting.ts';
import type { OfferedResult } from '../../queues/announcement.ts';
import type { CancelOrder } from '../../queues/cancel.ts';
import type { StepRef } from '../../queues/results.ts';
import type { House } from '../house.ts';
import { isGone, isKnownDead } from './gone.ts';
import { classOf, consequenceOf, type Verdict } from './reaped.ts';
import type { RollCall } from './roll-call.ts';

export interface ReaperDeps {
  house: Pick<House, 'runs' | 'tasks' | 'engine' | 'verdicts'>;
  roll: Pick<RollCall, 'run' | 'worker' | 'gone' | 'take'>;
  spool: Spool<OfferedResult>;
  runsDir: string;
  limits: ReapLimits;
  /** Wall clock of a role's run with the time to stop it, in milliseconds. */
  ownLimitMs: (role: string) => number;
  /** Tasks with a step in hand in this very process. */
  inHand: () => ReadonlySet<number>;
  /** Since when Redis has answered without a break; null while it is away (AGENT-59). */
  upSince: () => number | null;
  /** False where Redis has lost the connection of a worker. */
  isConnected: (worker: string) => Promise<boolean>;
  cancel: (order: CancelOrder) => Promise<void>;
  /** Newest commit of the task's branch; null where it cannot be read. */
  tipOf: (task: TaskState) => Promise<string | null>;
  /** A fault was noticed so long after it was last known to be well. */
  detected: (fault: string, ms: number) => void;
  now: () => number;
  log: Logger;
}

/** Takes runs from workers that will not end them (REC-63 to REC-68). Nothing here throws. */
export interface Reaper {
  /** Once at the start, before anything is claimed: what the process before this one has left (REC-50). */
  boot(previousWorker: string | null): Promise<void>;
  tick(): Promise<void>;
  /** A host says that the process which had these runs in hand has died, and that they are ended (REC-63). */
  left(runIds: readonly string[]): Promise<void>;
  /** The queue says that the lock of a step has run out (REC-23). */
  suspect(ref: StepRef): Promise<void>;
  stats(): ReaperStats;
}

export interface ReaperStats {
  checked: number;
  reaped_by_tier: Record<Tier, number>;
  lost_claims: number;
  orphans_killed: number;
}

const DEAD: Verdict = { tier: 1, reason: 'the process that watched the run has died' };

export function createReaper(deps: ReaperDeps): Reaper {
  const { house, roll, now, log, limits } = deps;
  const stats: ReaperStats = {
    checked: 0,
    reaped_by_tier: { 1: 0, 2: 0, 3: 0 },
    lost_claims: 0,
    orphans_killed: 0,
  };
  const deadLooks = new Map<string, number>();

  /** One broken run does not stop the others (REC-8). */
  async function safely(runId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.error({ runId, err: describeError(error) }, 'a run could not be examined');
    }
  }

  async function endOrphans(): Promise<void> {
    for (const marker of findOrphans(deps.runsDir)) {
      await safely(marker.runId, async () => {
        if (!(await endLocal(marker.runId))) return;
        const run = house.runs.byId(marker.runId);
        if (run && run.status !== 'ended') await reap(run, DEAD);
      });
    }
  }

  /** Ends what the run left alive on this host; false while something survives (REC-63). */
  async function endLocal(runId: string): Promise<boolean> {
    const marker = readMarker(runFiles(deps.runsDir, runId).marker);
    if (marker === null) return true;
    const { killed, left } = await endOrphan(deps.runsDir, marker);
    stats.orphans_killed += killed;
    if (left.length > 0) log.error({ runId, pids: left }, 'orphaned processes could not be ended');
    else log.info({ runId, killed }, 'orphaned run ended');
    return left.length === 0;
  }

  async function reap(run: LiveRun, { tier, reason }: Verdict): Promise<void> {
    const { id, task: taskId, fence } = run;
    // What the run has left on this disk is better than another run (REC-63).
    const spooled = deps.spool.get(id);
    if (spooled) return roll.take(spooled);
    const events = await consequenceOf(deps, run, { tier, reason });
    if (!house.runs.reap(id, { fence, tier, class: classOf(run, tier), at: now() })) {
      stats.lost_claims += 1;
      return;
    }
    stats.reaped_by_tier[tier] += 1;
    deps.detected(`run-tier-${tier}`, now() - (run.heartbeatAt ?? run.startedAt ?? now()));
    log.warn({ runId: id, taskId, tier, reason, worker: run.worker }, 'a run was taken from its worker');
    await deps
      .cancel({ task: taskId, fence, reason: 'its worker was lost' })
      .catch((error: unknown) => log.debug({ err: describeError(error) }, 'cancel order not sent'));
    await endLocal(id);
    for (const event of events) house.engine.apply(event);
  }

  async function look(run: LiveRun): Promise<void> {
    stats.checked += 1;
    const announced = roll.run(run.id);
    const dead = announced !== null && !announced.alive;
    deadLooks.set(run.id, dead ? (deadLooks.get(run.id) ?? 0) + 1 : 0);
    const verdict = judgeRun(sightOf(run), limits, now());
    if (verdict !== null && !waitsForForge(run, verdict)) await reap(run, verdict);
  }

  /** What waits for a slot and can get none any more: its task has ended, or has gone on without it. */
  function retire(run: LiveRun): void {
    const task = house.tasks.get(run.task);
    if (task !== null && !isTerminal(task.stage) && task.fence <= run.fence) return;
    house.runs.ended(run.id, { class: 'cancelled', usage: null, sessionId: null, at: now() });
  }

  /** A finished run whose push is repeated until the forge answers is in order. */
  function waitsForForge(run: LiveRun, { tier }: Verdict): boolean {
    const activity = house.tasks.get(run.task)?.activity;
    return tier === 2 && activity !== undefined && isWaiting(activity) && activity.live === true;
  }

  function sightOf(run: LiveRun) {
    const startedAt = run.startedAt ?? now();
    // What is in hand of the task now is not this run where the task has gone on without it.
    const here = house.tasks.get(run.task)?.fence === run.fence && deps.inHand().has(run.task);
    const upSince = deps.upSince();
    const unheard = Math.max(run.heartbeatAt ?? startedAt, upSince ?? now());
    return {
      startedAt,
      phase: run.status === 'finalizing' ? 'finalizing' : (roll.run(run.id)?.phase ?? 'working'),
      workerGone: !here && isKnownDead(roll, run),
      heardAt: here ? now() : unheard,
      deadLooks: deadLooks.get(run.id) ?? 0,
      exitedAt: run.exit?.at ?? null,
      ownLimitMs: deps.ownLimitMs(run.role),
    };
  }

  return {
    stats: () => ({ ...stats, reaped_by_tier: { ...stats.reaped_by_tier } }),
    async boot(previousWorker) {
      await endOrphans();
      for (const run of running(house)) {
        if (run.worker === previousWorker && previousWorker !== null)
          await safely(run.id, () => reap(run, DEAD));
      }
    },
    async tick() {
      await endOrphans();
      for (const run of waiting(house)) await safely(run.id, async () => retire(run));
      const live = running(house);
      for (const run of live) await safely(run.id, () => look(run));
      for (const id of deadLooks.keys()) if (!live.some((run) => run.id === id)) deadLooks.delete(id);
    },
    async left(runIds) {
      for (const run of runIds.map(house.runs.byId))
        if (run && run.status !== 'ended') await safely(run.id, () => reap(run, DEAD));
    },
    async suspect({ task, stage, attempt, step, generation }) {
      const run = house.runs.byId(`t${task}.${stage}.${attempt}.g${generation}`);
      if (step !== 'agent' || run === null || run.status === 'ended') return;
      await safely(run.id, async () => {
        const gone = await isGone(deps, run);
        log.warn(
          { runId: run.id, taskId: task, worker: run.worker, gone },
          'a worker has lost its hold on a run',
        );
        if (!gone) return;
        if (run.worker !== null) roll.gone(run.worker);
        await reap(run, DEAD);
      });
    },
  };
}

const waiting = ({ runs }: Pick<House, 'runs'>): LiveRun[] =>
  runs.live().filter(({ status }) => status === 'queued');

const running = ({ runs }: Pick<House, 'runs'>): LiveRun[] =>
  runs.live().filter(({ status }) => status !== 'queued');
