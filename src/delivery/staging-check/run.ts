import { describeError } from '../../errors.ts';
import type { HttpClient } from '../../http-client.ts';
import { runAccess } from './access.ts';
import { runEndToEnd } from './end-to-end.ts';
import { createStagingServer } from './server.ts';
import { runSmoke } from './smoke.ts';
import type { Suite } from './suite.ts';
import { type CheckResult, judgeSuite, renderSuite } from './verdict.ts';

export interface StagingCheckOptions {
  baseUrl: string;
  mode: 'stub' | 'full-real';
  /** Every check counts (`--strict`, or `ORCH_STAGING_INFRA_TOLERANCE_ENABLED=false`). */
  strict: boolean;
  expectSha?: string;
  /** Opens the server's changing routes; given by the caller, never read from an environment (SHIP-37). */
  adminToken?: string;
}

export interface StagingCheckReport {
  verdict: 'SUCCESS' | 'FAILED';
  /** 0 SUCCESS, 1 FAILED, 2 the server is no staging server: nothing was written (SHIP-31). */
  exitCode: 0 | 1 | 2;
  results: readonly CheckResult[];
  waived: readonly string[];
  /** Output of SHIP-35, line by line. */
  lines: readonly string[];
}

export interface StagingCheckDeps {
  http: HttpClient;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** The staging check suite: a client of the live server and of nothing else (SHIP-30 to SHIP-37). Never rejects. */
export async function runStagingCheck(
  deps: StagingCheckDeps,
  options: StagingCheckOptions,
): Promise<StagingCheckReport> {
  const results: CheckResult[] = [];
  const notes: string[] = [];
  const suite: Suite = {
    ...deps,
    mode: options.mode,
    ...(options.expectSha !== undefined && { expectSha: options.expectSha }),
    server: createStagingServer(deps.http, options),
    record: (result) => void results.push(result),
  };
  try {
    const { safe } = await runSmoke(suite);
    if (!safe) return finish(results, { verdict: 'FAILED', exitCode: 2, waived: [] }, notes);
    const sandbox = await runAccess(suite);
    const { cleanup } = await runEndToEnd(suite, sandbox);
    if (cleanup !== null) notes.push(`C10 ${cleanup}`);
  } catch (error) {
    notes.push(`ERROR ${describeError(error)}`);
    return finish(results, { verdict: 'FAILED', exitCode: 1, waived: [] }, notes);
  }
  return finish(results, judgeSuite(results, options), notes);
}

function finish(
  results: readonly CheckResult[],
  verdict: Pick<StagingCheckReport, 'verdict' | 'exitCode' | 'waived'>,
  notes: readonly string[],
): StagingCheckReport {
  const lines = renderSuite(results, { verdict: verdict.verdict, waived: [...verdict.waived] });
  return {
    ...verdict,
    results,
    lines: [...lines.slice(0, results.length), ...notes, ...lines.slice(results.length)],
  };
}
