import { describeError } from '../../errors.ts';
import type { Event } from '../../pipeline/events.ts';
import type { Parts } from '../parts.ts';
import { type DutiesDeps, drivenOf, republish } from './duties.ts';
import type { ForgeWatch } from './forge-watch.ts';
import { type GateSideDeps, gateSide } from './gate-side.ts';
import type { PollReport } from './plane-watch.ts';
import { placeOf, tellUnblocked } from './unblocked.ts';

export interface ReconcilingDeps {
  duties: DutiesDeps;
  gates: Omit<GateSideDeps, 'apply'>;
  forgeWatch: Pick<ForgeWatch, 'look'>;
  /** `ORCH_RECONCILE_ENABLED`: the sides that look outside; drivers are always looked after (REC-77). */
  enabled: boolean;
}

/** One round over everything that might have been missed (REC-70 to REC-79). */
export interface Reconciling {
  tick(): Promise<void>;
  stats(): ReconcileStats;
}

export interface ReconcileStats {
  unblocked_total: number;
  skipped_terminal_total: number;
  deduped_total: number;
  rebuilt_total: number;
  echo_total: number;
  errors_total: number;
  guards: Record<string, number>;
  deferred: number;
  last_run_at: number | null;
  last_duration_ms: number | null;
}

const S = 1000;

export function createReconciling(deps: ReconcilingDeps): Reconciling {
  const { house, now, log } = deps.duties;
  const stats: ReconcileStats = {
    ...{ unblocked_total: 0, skipped_terminal_total: 0, deduped_total: 0, rebuilt_total: 0 },
    ...{ echo_total: 0, errors_total: 0, guards: {}, deferred: 0, last_run_at: null, last_duration_ms: null },
  };

  /** Only a confirmed change is told, at most once per task and hour (REC-76). */
  function tell(id: number, from: string, to: string): void {
    const at = now();
    stats.unblocked_total += 1;
    log.info({ taskId: id, from, to }, 'a task goes on that nothing had told to');
    tellUnblocked(house.outbox, { task: id, from, to, at });
  }

  /** What this round finds is decided like every other event; its outcome shows whether anything changed. */
  function apply(event: Event): void {
    const before = house.tasks.get(event.target.task);
    const outcome = house.engine.apply(event);
    if (!outcome.ok && outcome.reason === 'duplicate') stats.deduped_total += 1;
    if (!outcome.ok && outcome.reason === 'own_echo') stats.echo_total += 1;
    if (before && outcome.ok && placeOf(before) !== placeOf(outcome.task))
      tell(before.id, placeOf(before), placeOf(outcome.task));
  }

  async function outside(): Promise<void> {
    const driven = await drivenOf(deps.duties, house.tasks.live());
    const { guards } = await gateSide({ ...deps.gates, apply }, driven);
    for (const [name, n] of Object.entries(guards)) stats.guards[name] = (stats.guards[name] ?? 0) + n;
    stats.skipped_terminal_total = stats.guards.terminal ?? 0;
    await deps.forgeWatch.look(apply);
  }

  return {
    stats: () => ({ ...stats, guards: { ...stats.guards } }),
    async tick() {
      const startedAt = now();
      stats.last_run_at = startedAt;
      stats.deferred = house.tasks.live().filter(({ stop }) => stop?.deferred).length;
      try {
        stats.rebuilt_total += await republish(deps.duties, { apply });
        if (deps.enabled) await outside();
      } catch (error) {
        stats.errors_total += 1;
        log.warn({ err: describeError(error) }, 'a round of the reconciler failed');
      }
      stats.last_duration_ms = now() - startedAt;
    },
  };
}

/** The reconciler and the polling of trackers as one block, with the last round of each project (REC-79). */
export function withPolling(stats: ReconcileStats, { totals, projects }: PollReport) {
  return {
    ...stats,
    unblocked_total: stats.unblocked_total + totals.unblocked_total,
    skipped_terminal_total: stats.skipped_terminal_total + totals.skipped_terminal_total,
    deduped_total: stats.deduped_total + totals.deduped_total,
    errors_total: stats.errors_total + totals.errors_total,
    projects: Object.fromEntries(
      Object.entries(projects).map(([repo, { at, ok, error }]) => [repo, { last_run_at: at, ok, error }]),
    ),
  };
}

/** The reconciler of this installation. */
export function reconcilingOf(
  parts: Parts,
  { duties, forgeWatch }: { duties: DutiesDeps; forgeWatch: Pick<ForgeWatch, 'look'> },
): Reconciling {
  const { house, project, trackerFor, rooms, config, place } = parts;
  const { enabled, skipBlockedEnabled, graceS, graceOverridesJson } = config.reconcile;
  const graces: Readonly<Record<string, number | undefined>> = graceOverridesJson ?? {};
  return createReconciling({
    duties,
    forgeWatch,
    enabled,
    gates: {
      ...{ house, project, trackerFor, forgeFor: rooms.forgeFor, now: place.now },
      looksAtTracker: skipBlockedEnabled,
      graceMs: ({ stage }) => (graces[stage] ?? graceS) * S,
    },
  });
}
