import { expect, test } from 'vitest';
import { coverageIn } from '../../src/workspace/coverage.ts';

test.each([
  [
    'istanbul, c8, vitest, jest',
    'File      | % Stmts | % Branch |\nAll files |   85.71 |       75 |\n cart.ts  |   50 | 1 |',
    85.71,
  ],
  ['node:test', '# file | line % |\n# all files     |  91.67 |    75.00 |   100.00 |\n', 91.67],
  ['node:test in colour', '\u001b[34mℹ all files     |  91.67 | 75.00 | 100.00 |\u001b[39m', 91.67],
  [
    'istanbul’s summary',
    '=== Coverage summary ===\nStatements   : 85.71% ( 6/7 )\nBranches : 1% ( 1/100 )',
    85.71,
  ],
  ['pytest-cov', 'src/a.py   10   1   90%\nTOTAL      100     10    90%\n', 90],
  ['pytest-cov with branches', 'TOTAL      100     10    20     2    87.5%', 87.5],
  ['go', 'a.go:3:\tAdd\t100.0%\ntotal:\t\t(statements)\t85.3%', 85.3],
  ['tarpaulin', '|| src/lib.rs: 6/7\n85.71% coverage, 6/7 lines covered', 85.71],
  ['simplecov', 'Line Coverage: 85.71% (6 / 7)', 85.71],
  ['the last of two runs', 'All files | 10 |\nAll files | 20 |', 20],
  ['nothing', '3 passed, progress 85.71%', undefined],
])('coverage is read from %s', (_, output, expected) => {
  expect(coverageIn(output)).toBe(expected);
});
