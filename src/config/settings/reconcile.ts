import { z } from 'zod';
import { STAGES } from '../../pipeline/stages.ts';
import { int, json, killSwitch } from '../kinds.ts';
import { group } from '../setting.ts';

const secondsByStage = {
  type: 'json stage → seconds',
  expected: 'a JSON object of stage → seconds',
  schema: z.partialRecord(z.enum(STAGES), z.int().min(0)),
};

export const reconcile = group(
  'reconcile',
  {
    ORCH_RECONCILE_ENABLED: killSwitch(true, 'reconciler'),
    ORCH_RECONCILE_PLANE_ENABLED: killSwitch(true, 'tracker polling'),
    ORCH_RECONCILE_SKIP_BLOCKED_ENABLED: killSwitch(true, 'respect Blocked and Needs Input of the tracker'),
    ORCH_RECONCILE_INTERVAL_S: int('interval', { default: '120' }, { min: 1 }),
    ORCH_RECONCILE_GRACE_S: int("least age of a task's last change", { default: '300' }),
    ORCH_RECONCILE_GRACE_OVERRIDES_JSON: json(secondsByStage, 'grace per stage', {
      default: '{"development":600,"deploy-staging":600,"deploy":600}',
    }),
    ORCH_PLANE_POLL_INTERVAL_S: int(
      'Plane polling when no webhook secret is set',
      { default: '30' },
      { min: 1 },
    ),
  },
  'RECONCILE_',
);

export const reaper = group(
  'reaper',
  {
    ORCH_REAPER_ENABLED: killSwitch(true, 'reaper'),
    ORCH_REAPER_INTERVAL_S: int('interval', { default: '30' }, { min: 1 }),
    ORCH_REAPER_DEAD_TICKS: int('ticks a process must be seen dead', { default: '3' }, { min: 1 }),
    ORCH_REAPER_FINALIZE_GRACE_S: int('time after a known exit code', { default: '300' }),
    ORCH_REAPER_MAX_RUNNING_S: int('longest run', { default: '7200' }, { min: 1 }),
  },
  'REAPER_',
);
