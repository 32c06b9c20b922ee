import { type Finding, findingsFingerprint } from '../pipeline/findings.ts';
import type { Evidence, GateResult, Outcome } from '../pipeline/verdict.ts';
import type { Switch } from './settings.ts';

const result =
  (outcome: Outcome) =>
  (reason: string, evidence: Evidence = {}): GateResult => ({ outcome, reason, evidence });

export const passed = result('passed');
export const failed = result('failed');
export const pending = result('pending');
export const noVerdict = result('no-verdict');
export const stale = result('stale');
export const cannotVerify = result('cannot-verify');

/** PIPE-11: a declared absence passes with its own words. */
export const notApplicable = (
  what: 'CI gate' | 'Staging gate' | 'Deploy' | 'Image gate',
  repo: string,
): GateResult => passed(`${what} N/A for ${repo}`, { notApplicable: true });

/** PIPE-11: means neither configured nor declared absent; never a pass. */
export const missingMeans = (what: string, key: string): GateResult =>
  cannotVerify(`cannot verify: ${what}; set ${key}, or declare \`${key}: none\``, { missing: key });

/** Evidence of a refusal that goes to the developer (AGENT-11, PIPE-40). */
export const refusal = (findings: readonly Finding[], verbatim: string): Evidence => ({
  findings,
  verbatim,
  fingerprint: findingsFingerprint(findings),
});

/**
 * Why a gate does not judge this repository: switched off (SET-6) or out of scope (SET-5); null when it does.
 * `key` is the setting's name without its ending, e.g. `ORCH_MERGE_GATE`.
 */
export function outOfForce(rule: Switch, key: string, repo: string): GateResult | null {
  if (!rule.enabled) return passed(`off (${key}_ENABLED)`, { off: `${key}_ENABLED` });
  const scope = rule.repos?.map((name) => name.trim().toLowerCase());
  if (!scope || scope.includes('*') || scope.includes(repo.toLowerCase())) return null;
  return passed(`not in scope (${key}_REPOS)`, { off: `${key}_REPOS` });
}
