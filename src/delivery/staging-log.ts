import { fenced, renderReport, utc } from './reports.ts';

/** What 15 is written from when the engine runs staging itself (SHIP-21). */
export interface StagingLogFacts {
  status: 'SUCCESS' | 'FAILED';
  reason: string;
  at: number;
  baseUrl: string;
  wid: string;
  attempt: number;
  branch: string;
  /** Commit that was deployed to staging. */
  sha: string;
  mode: 'stub' | 'full-real' | 'none';
  checks: { passed: number; total: number };
  waived: readonly string[];
  exitCode: number | null;
  /** Output of the check, secrets masked. */
  output: string;
}

/** Text of `15-staging-log.md`. */
export function renderStagingLog(facts: StagingLogFacts): string {
  const fields = {
    staging_status: facts.status,
    timestamp: utc(facts.at),
    base_url: facts.baseUrl,
    work_item: facts.wid,
    attempt: facts.attempt,
    branch: facts.branch,
    commit: facts.sha,
    mode: facts.mode,
    checks: `${facts.checks.passed}/${facts.checks.total}`,
    waived: facts.waived,
    exit_code: facts.exitCode,
  };
  const output = facts.output.trim() === '' ? [] : ['', '## Check', '', fenced(facts.output)];
  return renderReport('15', fields, [`# Staging of ${facts.wid}`, '', facts.reason, ...output].join('\n'));
}
