import { bool, float, int, killSwitch, oneOf, path, string } from '../kinds.ts';
import { group } from '../setting.ts';

export const deploy = group(
  'deploy',
  {
    ORCH_CONFIRM_DEPLOY_ENABLED: killSwitch(true, 'a person confirms each deploy'),
    ORCH_CONFIRM_TTL_H: int(
      'a confirmation request expires; then the merge gate runs again and it is asked anew',
      { default: '72' },
      { min: 1 },
    ),
    ORCH_DEPLOY_HOOK_SCRIPT: path('hook of projects without their own; `DEPLOY_HOOK_SCRIPT` is accepted', {
      aliases: ['DEPLOY_HOOK_SCRIPT'],
    }),
    ORCH_DEPLOY_HOOK_VIA: oneOf(
      ['auto', 'ssh', 'systemd-run', 'docker', 'setsid'],
      'how the hook is detached',
      { default: 'auto' },
    ),
    ORCH_DEPLOY_SSH_HOST: string('deploy host; `DEPLOY_SSH_HOST` is accepted', {
      aliases: ['DEPLOY_SSH_HOST'],
    }),
    ORCH_DEPLOY_SSH_USER: string('deploy user; `DEPLOY_SSH_USER` is accepted', {
      aliases: ['DEPLOY_SSH_USER'],
    }),
    ORCH_DEPLOY_STATE_DIR: path('results of detached hooks', { default: '<data>/deploy' }),
    ORCH_DEPLOY_TIMEOUT_S: int('deploy deadline', { default: '1800' }, { min: 1 }),
    ORCH_DEPLOY_FINALIZE_INTERVAL_S: int("looks for the hook's result", { default: '10' }, { min: 1 }),
    ORCH_HOOK_START_TIMEOUT_S: int('hook must have started by then', { default: '60' }, { min: 1 }),
    ORCH_REQUIRE_SERVED_SHA: bool(false, 'health must expose the commit; always on for self-hosting'),
    ORCH_DEPLOY_LOG_TO_MAIN: bool(false, 'deploy and watch logs go to main by a documentation PR'),
  },
  'DEPLOY_',
);

export const postDeploy = group(
  'post-deploy',
  {
    ORCH_POST_DEPLOY_ENABLED: killSwitch(true, 'watch after a deploy'),
    ORCH_POST_DEPLOY_WINDOW_S: int('length of the watch', { default: '900' }),
    ORCH_POST_DEPLOY_INTERVAL_S: int('between probes', { default: '60' }, { min: 1 }),
    ORCH_POST_DEPLOY_FAIL_THRESHOLD: int(
      'consecutive failed probes ⇒ DEGRADED',
      { default: '3' },
      { min: 1 },
    ),
    ORCH_POST_DEPLOY_5XX_THRESHOLD: float('5xx ratio ⇒ DEGRADED', { default: '0.05' }, { min: 0, max: 1 }),
    ORCH_POST_DEPLOY_MIN_REQUESTS: int('least requests for the ratio', { default: '20' }),
  },
  'POST_DEPLOY_',
);
