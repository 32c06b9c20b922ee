import { fiveXxRatio, type WatchState } from './monitor.ts';
import { fenced, renderReport, utc } from './reports.ts';

/** What 16 is written from when a watch has ended (SHIP-131). */
export interface WatchLogFacts {
  result: 'HEALTHY' | 'DEGRADED';
  reason: string;
  wid: string;
  landedSha: string;
  windowMs: number;
  state: WatchState;
  observed: boolean;
  action: 'NONE' | 'ALERT_ONLY' | 'ROLLBACK';
  /** Null while no rollback was run or its exit code is not known. */
  rollbackExitCode: number | null;
  endedAt: number;
}

/** Text of `16-post-deploy-log.md`. */
export function renderWatchLog(facts: WatchLogFacts): string {
  const { state } = facts;
  const fields = {
    post_deploy_status: facts.result,
    work_item: facts.wid,
    commit: facts.landedSha,
    window_s: Math.round(facts.windowMs / 1_000),
    checks_total: state.checks,
    checks_failed: state.failed,
    five_xx_ratio: Number(fiveXxRatio(state).toFixed(4)),
    observed: facts.observed,
    action: facts.action,
    rollback_exit_code: facts.rollbackExitCode,
    started: utc(state.startedAt),
    ended: utc(facts.endedAt),
  };
  const body = [`# Watch of ${facts.wid}`, '', facts.reason, '', fenced(state.lines.join('\n'))];
  return renderReport('16', fields, body.join('\n'));
}
