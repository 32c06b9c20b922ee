import { reportLines } from './report-lines.ts';

/** Executed tests as common runners report them; the last report wins. */
const REPORTS: readonly RegExp[] = [
  // vitest: `Tests  1 failed | 11 passed | 2 skipped (14)`
  /^\s*Tests\s+([^\n]*(?:passed|failed|skipped|todo)[^\n]*)\(\d+\)\s*$/gm,
  // jest: `Tests:       1 failed, 2 skipped, 11 passed, 14 total`
  /^Tests:\s+([^\n]*?)\d+ total\s*$/gm,
  // node:test: `# tests 14` … `# pass 11`, `# fail 1`, `# cancelled 0`, `# skipped 2`, `# todo 0`
  /^(?:#|ℹ) (pass \d+\s+(?:#|ℹ) fail \d+)\s*$/gm,
  // other TAP producers tell only `# tests 12`
  /^(?:#|ℹ) tests (\d+)\s*$/gm,
  // pytest: `== 1 failed, 11 passed in 0.12s ==`; cargo: `test result: ok. 12 passed; 0 failed`; mocha: `12 passing`
  /^=+ ([^\n]*(?:passed|failed)[^\n]*) in [\d.]+s/gm,
  /^test result: [^\n]*?((?:\d+ passed|\d+ failed)[^\n]*?); \d+ ignored/gm,
  /^\s*(\d+ passing(?:\s*\([^)]*\))?(?:\s+\d+ failing)?)/gm,
];

/** Number of executed tests where the output tells it (FORGE-40); undefined where it does not. */
export function countTests(output: string): number | undefined {
  const text = reportLines(output);
  for (const report of REPORTS) {
    const last = [...text.matchAll(report)].at(-1)?.[1];
    if (last !== undefined) return sum(last);
  }
  return undefined;
}

/** `12` or `1 failed, 11 passed`: skipped and pending ones were not executed. */
function sum(report: string): number {
  if (/^\d+$/.test(report)) return Number(report);
  const counts = [
    ...report.matchAll(/(\d+) (?:passed|failed|passing|failing|errors?)/g),
    ...report.matchAll(/(?:pass|fail) (\d+)/g),
  ];
  return counts.reduce((total, [, count]) => total + Number(count), 0);
}
