import { bool, float, int, killSwitch, oneOf, string } from '../kinds.ts';
import { group } from '../setting.ts';

/** Styles that rewrite the commit the gates have tested (SET-20.6). */
const hidesTestedCommit = (text: string): string | undefined =>
  /^(squash|rebase|rebase-merge)$/i.test(text)
    ? `remove it or use auto; ${text.toLowerCase()} would hide the tested commit`
    : undefined;

export const merge = group(
  'merge',
  {
    ORCH_MERGE_GATE_ENABLED: killSwitch(true, 'lease, rebase, re-test'),
    ORCH_PREMERGE_REBASE_ALWAYS: bool(true, '`false`: rebase only when behind main'),
    ORCH_MERGE_RETEST_TIMEOUT_S: int('check command in the merge gate', { default: '1200' }, { min: 1 }),
    ORCH_RETEST_MIN_RATIO: float('a faster re-test is implausible', { default: '0.2' }, { min: 0, max: 1 }),
    ORCH_MERGE_LEASE_TTL_S: int('merge lease without heartbeat', { default: '900' }, { min: 1 }),
    ORCH_MERGE_LEASE_WAIT_WARN_S: int('notice while waiting for the lease', { default: '1800' }),
    ORCH_LEASE_RECLAIM_ENABLED: killSwitch(true, 'leases of dead holders are taken back'),
    ORCH_MERGE_STYLE: oneOf(
      ['auto', 'merge', 'fast-forward-only'],
      'how a branch lands; `squash` and `rebase` are refused',
      { default: 'auto', fix: hidesTestedCommit },
    ),
    ORCH_MERGE_VERIFY_ENABLED: killSwitch(true, 'proof of the landed tree'),
    ORCH_MERGE_VERIFY_AUTOCREATE_PR_ENABLED: killSwitch(true, 'create a missing PR before the merge'),
    ORCH_REGRESSION_MARKERS_FILE: {
      ...string('texts that must exist on main', { default: '.orchestrator/regression-markers.tsv' }),
      type: 'path in the repository',
    },
  },
  'MERGE_',
);
