import { int, killSwitch, oneOf, string } from '../kinds.ts';
import { group } from '../setting.ts';

export const serialDeps = group('serial/deps', {
  ORCH_SERIAL_GATE_ENABLED: killSwitch(false, 'one unfinished task per repository'),
  ORCH_SERIAL_GATE_FREEZE_ENABLED: killSwitch(true, 'DEGRADED freezes the repository'),
  ORCH_TASK_DEPS_ENABLED: killSwitch(true, 'dependencies between tasks'),
  ORCH_TASK_DEPS_SOURCE: oneOf(
    ['local', 'tracker', 'both'],
    'declared in chat, CLI or HTTP; tracker relations; both',
    { default: 'both' },
  ),
});

export const labels = group('labels', {
  ORCH_AUTO_LABEL_ENABLED: killSwitch(true, 'labels may lift the two human gates'),
  ORCH_AUTO_APPROVE_LABEL: string('lifts the approval of the analysis', { default: 'autoApprove' }),
  ORCH_AUTO_DEPLOY_LABEL: string('lifts the deploy confirmation', { default: 'autoDeploy' }),
  ORCH_AUTO_LABEL_STATES_TTL_S: int('cache of the label list', { default: '300' }),
});

export const stop = group(
  'stop',
  {
    ORCH_STOP_STATUS_ENABLED: killSwitch(
      true,
      'STOP by tracker status; chat, CLI and HTTP STOP are not affected',
    ),
    ORCH_STOP_DEADLINE_S: int('death of the run must be proven by then', { default: '120' }, { min: 1 }),
  },
  'STOP_',
);
