import { join } from 'node:path';

export const MARKER_SUFFIX = '.proc.json';
export const RESULT_SUFFIX = '.result.json';

/** Every file of one run below `ORCH_RUNS_DIR` (AGENT-52, REC-60). */
export interface RunFiles {
  log: string;
  brief: string;
  marker: string;
  /** What became of it, until control has it (REC-44). */
  result: string;
}

/** The one place that builds paths of runs. `runId` is file-name safe by the schema of the request. */
export const runFiles = (runsDir: string, runId: string): RunFiles => ({
  log: join(runsDir, `${runId}.log`),
  brief: join(runsDir, `${runId}.brief.md`),
  marker: join(runsDir, `${runId}${MARKER_SUFFIX}`),
  result: join(runsDir, `${runId}${RESULT_SUFFIX}`),
});

/** Suffixes rotation may delete (AGENT-53). */
export const ROTATED_SUFFIXES = ['.log', '.brief.md'] as const;
