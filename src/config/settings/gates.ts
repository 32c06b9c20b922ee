import { bool, csv, int, killSwitch, oneOf, path } from '../kinds.ts';
import { group } from '../setting.ts';

export const gates = group('gates', {
  ORCH_MAX_DEVELOPER_RETRIES: int(
    'bounces back to the developer, first run not counted',
    { default: '3' },
    { min: 0 },
  ),
  ORCH_MAX_ANALYSIS_RETURNS: int('returns from architecture to analysis', { default: '2' }),
  ORCH_VERDICT_RERUNS: int('repeats for a missing or unusable verdict', { default: '1' }),
  ORCH_NO_PROGRESS_ESCALATE: killSwitch(true, 'escalate a rework without progress'),
  ORCH_NO_PROGRESS_MAX: int('same failure fingerprint in a row ⇒ blocked', { default: '3' }, { min: 1 }),
  ORCH_RESTART_LOOP_MAX: int('more interrupted runs of one attempt within 1 h ⇒ blocked', { default: '3' }),
  ORCH_CI_POLL_MAX_ATTEMPTS: int('fast CI reads', { default: '12' }),
  ORCH_CI_POLL_INTERVAL_S: int('between fast CI reads', { default: '10' }, { min: 1 }),
  ORCH_CI_MAX_WAIT_S: int('pending longer ⇒ blocked', { default: '3600' }),
  ORCH_CI_MISSING_S: int('no status at all ⇒ blocked', { default: '600' }),
  ORCH_CI_ACCEPT_WARNING: bool(false, '`warning` and `skipped` count as green'),
  ORCH_STAGING_VERIFY_ENABLED: killSwitch(true, 'engine repeats the staging check itself'),
  ORCH_STAGING_INFRA_TOLERANCE_ENABLED: killSwitch(true, 'failures of C9a and C9b alone do not fail staging'),
  ORCH_STAGING_FORBIDDEN_PROJECTS: csv(
    'tracker project ids a staging instance must not know; unset ⇒ check B6 cannot verify',
    {},
  ),
  ORCH_SECURITY_GATE_ENABLED: killSwitch(true, 'secrets and dependency gate'),
  ORCH_SECURITY_DEP_AUDIT_FAIL_CLOSED: bool(false, 'unreachable vulnerability feed fails the gate'),
  ORCH_SECURITY_DEP_AUDIT_LEVEL: oneOf(
    ['low', 'moderate', 'high', 'critical'],
    'lowest severity that counts',
    { default: 'high' },
  ),
  ORCH_SECURITY_GITLEAKS_BIN: path('secret scanner; not found ⇒ the bundled secretlint', {
    defaultWords: '`gitleaks` on `PATH`',
  }),
  ORCH_SECURITY_TOOL_TIMEOUT_S: int('per scanner', { default: '300' }, { min: 1 }),
  ORCH_IMAGE_FRESHNESS_ENABLED: killSwitch(true, 'image must be built from the tested tree'),
  ORCH_IMAGE_FRESHNESS_RESTAGE: bool(true, 'staging again when the tree changed'),
  ORCH_IMAGE_BUILD_TIMEOUT_S: int('image build', { default: '1200' }, { min: 1 }),
});
