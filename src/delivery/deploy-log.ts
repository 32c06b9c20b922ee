import { fenced, renderReport, utc } from './reports.ts';
import type { ServedSha } from './served-sha.ts';

/** What 14 is written from (SHIP-131). */
export interface DeployLogFacts {
  status: 'SUCCESS' | 'FAILED';
  reason: string;
  at: number;
  wid: string;
  attempt: number;
  branch: string;
  testedSha: string;
  landedSha: string;
  landedTree: string;
  served: ServedSha | null;
  service: string;
  /** Port of the health URL, null where there is none. */
  port: string | null;
  mode: 'hook' | 'agent' | 'none';
  hookExitCode: number | null;
  rolledBack: boolean;
  rollbackSafe: boolean;
  confirmedBy: string;
  deployId: string;
  gates: readonly { gate: string; verdict: string }[];
  /** End of the hook's output, secrets masked. */
  logTail: string;
}

/** Text of `14-deploy-log.md`. */
export function renderDeployLog(facts: DeployLogFacts): string {
  const fields = {
    deploy_status: facts.status,
    timestamp: utc(facts.at),
    work_item: facts.wid,
    attempt: facts.attempt,
    branch: facts.branch,
    commit: facts.testedSha,
    landed_commit: facts.landedSha,
    landed_tree: facts.landedTree,
    served_commit: servedCommit(facts.served),
    target_service: facts.service,
    target_port: facts.port,
    deploy_mode: facts.mode,
    prod_container_restarted: wasRestarted(facts),
    hook_exit_code: facts.hookExitCode,
    rolled_back: facts.rolledBack,
    rollback_safe: facts.rollbackSafe,
    confirmed_by: facts.confirmedBy,
    deploy_id: facts.deployId,
  };
  const gates = facts.gates.map(({ gate, verdict }) => `- ${gate}: ${verdict}`);
  const log = facts.logTail.trim() === '' ? [] : ['', '## Hook log', '', fenced(facts.logTail)];
  const body = [`# Deploy of ${facts.wid}`, '', facts.reason, '', '## Gates', '', ...gates, ...log];
  return renderReport('14', fields, body.join('\n'));
}

/** `not-exposed`, or the commit as the service tells it. */
const servedCommit = (served: ServedSha | null): string =>
  served === null || served.match === 'not-exposed' || served.exposed === null
    ? 'not-exposed'
    : served.exposed;

/** A hook that ended with 1 without rolling back may not have reached the service; everything else touched it. */
function wasRestarted(facts: DeployLogFacts): boolean {
  if (facts.mode === 'none') return false;
  return facts.status === 'SUCCESS' || facts.rolledBack || (facts.hookExitCode ?? 1) > 1;
}
