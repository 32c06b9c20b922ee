import type { Cleanup } from '../cleanup.ts';
import { backupsOf } from '../watch/backups.ts';
import { withPolling } from '../watch/reconciling.ts';
import type { LiveDeps } from './queue-blocks.ts';

/** Where the numbers come from that are read when they are asked for (REC-142). */
export function exposeMetrics({
  parts,
  queueing,
  crew,
  reconciling,
  planeWatch,
  loss,
  resilience,
  cleanup,
}: Omit<LiveDeps, 'bot'> & { cleanup: Cleanup }): void {
  const { house, config, place, metrics } = parts;
  const { now } = place;
  const ended = new AbortController();
  cleanup.add('metrics', () => ended.abort());
  metrics.expose({
    house,
    now,
    signal: ended.signal,
    backupsDir: backupsOf(config),
    rebuilds: loss.rebuilds,
    breakerOpen: () => resilience.breaker().state === 'open',
    workersUp: () =>
      crew.roll.workers().filter(({ heardAt }) => now() - heardAt < config.redis.workerLostS * 1000).length,
    reconcile() {
      const {
        unblocked_total,
        skipped_terminal_total,
        deduped_total,
        rebuilt_total,
        echo_total,
        errors_total,
      } = withPolling(reconciling.stats(), planeWatch.report());
      return {
        ...{ unblocked: unblocked_total, skipped_terminal: skipped_terminal_total, deduped: deduped_total },
        ...{ rebuilt: rebuilt_total, echo: echo_total, errors: errors_total },
      };
    },
    async jobs() {
      const entries = Object.entries(queueing.publisher.queues).map(
        async ([name, queue]) => [name, await queue.getJobCounts()] as const,
      );
      return Object.fromEntries(await Promise.all(entries));
    },
  });
}
