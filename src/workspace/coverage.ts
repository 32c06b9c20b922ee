import { reportLines } from './report-lines.ts';

/** Total coverage in percent as common tools print it, the more telling report first; the last one of a kind wins. */
const REPORTS: readonly RegExp[] = [
  // istanbul, c8, vitest, jest: `All files      |   85.71 |       75 |     100 |   85.71 |`; its first column
  // node:test: `# all files     |  91.67 |    75.00 |   100.00 |`
  /^\W*all files\s*\|\s*(\d+(?:\.\d+)?)\s*\|/gim,
  // istanbul's summary: `Statements   : 85.71% ( 6/7 )`
  /^\s*Statements\s*:\s*(\d+(?:\.\d+)?)%/gm,
  // pytest-cov: `TOTAL      100     10    90%`
  /^TOTAL\s.*?(\d+(?:\.\d+)?)%\s*$/gm,
  // go tool cover: `total:    (statements)    85.3%`
  /^total:\s+\(statements\)\s+(\d+(?:\.\d+)?)%/gm,
  // tarpaulin: `85.71% coverage, 6/7 lines covered`
  /^(\d+(?:\.\d+)?)% coverage\b/gm,
  // simplecov: `Line Coverage: 85.71% (6 / 7)`
  /^Line Coverage:\s*(\d+(?:\.\d+)?)%/gm,
];

/** Coverage the output of a check command names, in percent; undefined where it names none. */
export function coverageIn(output: string): number | undefined {
  const text = reportLines(output);
  for (const report of REPORTS) {
    const last = [...text.matchAll(report)].at(-1)?.[1];
    if (last !== undefined) return Number(last);
  }
  return undefined;
}
