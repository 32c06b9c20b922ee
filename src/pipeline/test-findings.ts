import { type Finding, numberFindings } from './findings.ts';
import { readToken } from './tokens.ts';

/** The failing rows of a test report, and those rows with the runner's tail as they were written (AGENT-11). */
export interface TestFindings {
  findings: Finding[];
  verbatim: string;
}

const TAIL_LINES = 200;

/**
 * Reads the rows of 13 in which a cell carries a negative token (`FAIL`, `FAILED`, …) and the last fenced block,
 * which is the tail of the runner's output (PIPE-60). Without a failing row the whole body is one finding. The
 * tail is no finding: its times and durations would make every round look new.
 */
export function extractTestFindings(body: string, round: number): TestFindings {
  const lines = body.split('\n');
  const rows = lines.filter(isFailingRow).map((row) => row.trim());
  const tail = lastFence(lines);
  const findings = numberFindings('TEST', round, rows.length > 0 ? rows : [body]);
  if (rows.length === 0) return { findings, verbatim: body.trim() };
  return { findings, verbatim: [...rows, ...(tail.length > 0 ? ['', ...tail] : [])].join('\n') };
}

function isFailingRow(line: string): boolean {
  const row = line.trim();
  if (!row.startsWith('|')) return false;
  return row
    .split('|')
    .some((cell) => readToken([cell])?.sign === 'negative' && cell.trim().split(/\s+/).length <= 4);
}

/** The text inside the last fenced block, at most its last 200 lines. */
function lastFence(lines: readonly string[]): string[] {
  const fences = lines.flatMap((line, index) => (/^\s*(?:```|~~~)/.test(line) ? [index] : []));
  const pairs = fences.length - (fences.length % 2);
  const open = fences[pairs - 2];
  const close = fences[pairs - 1];
  if (open === undefined || close === undefined) return [];
  return lines.slice(open + 1, close).slice(-TAIL_LINES);
}
