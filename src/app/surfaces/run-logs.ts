import { rotateRunLogs } from '../../agent/log-rotation.ts';
import type { Parts } from '../parts.ts';

/** Removes old run logs and briefs, never those of runs in progress (AGENT-53). */
export function pruneRunLogs({ config, house, place }: Pick<Parts, 'config' | 'house' | 'place'>): void {
  const { runsDir, logKeepDays, logKeepMax } = config.server;
  const active = new Set(house.runs.live().map(({ id }) => id));
  const now = place.now();
  const removed = rotateRunLogs({ runsDir, now, keepDays: logKeepDays, keepMax: logKeepMax, active });
  place.log.info({ removed }, 'run logs rotated');
}
