import type { StagingServer } from './server.ts';
import type { CheckCategory, CheckResult } from './verdict.ts';

/** What every check gets. */
export interface Suite {
  server: StagingServer;
  mode: 'stub' | 'full-real';
  expectSha?: string;
  /** Epoch ms. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** Takes a result in; the order is the order of the report. */
  record(result: CheckResult): void;
}

/** The sandbox project as the server describes it in `GET /staging`. */
export interface Sandbox {
  repo: string;
  projectId: string;
}

/** Records one check: `null` means it passed, a text is what was found instead. */
export function report(
  suite: Suite,
  check: { id: string; category?: CheckCategory; passed: string; problem: string | null },
): boolean {
  const { id, category = 'REAL', passed, problem } = check;
  suite.record({ id, category, passed: problem === null, detail: problem ?? passed });
  return problem === null;
}
