/** What a check says about: the product itself, or the sandbox around it (SHIP-32). */
export type CheckCategory = 'REAL' | 'SANDBOX_INFRA';

export interface CheckResult {
  id: string;
  passed: boolean;
  /** One line for people. */
  detail: string;
  category: CheckCategory;
  /** Not run because an earlier check failed: counts as failed and is never waived (SHIP-34). */
  skipped?: boolean;
}

export interface SuiteVerdict {
  verdict: 'SUCCESS' | 'FAILED';
  exitCode: 0 | 1;
  waived: string[];
}

/** The checks that may fail on a sandbox without failing the verdict. A constant, not a setting (SHIP-34). */
export const WAIVABLE: readonly string[] = ['C9a', 'C9b'];

/** The verdict table of SHIP-33. Pure. */
export function judgeSuite(results: readonly CheckResult[], { strict }: { strict: boolean }): SuiteVerdict {
  const failed = results.filter((result) => !result.passed);
  const forgivable = failed.filter(
    ({ id, category, skipped }) => category === 'SANDBOX_INFRA' && WAIVABLE.includes(id) && !skipped,
  );
  if (failed.length === 0) return { verdict: 'SUCCESS', exitCode: 0, waived: [] };
  if (strict || forgivable.length < failed.length) return { verdict: 'FAILED', exitCode: 1, waived: [] };
  return { verdict: 'SUCCESS', exitCode: 0, waived: forgivable.map(({ id }) => id) };
}

/** The suite's output, line by line (SHIP-35). */
export function renderSuite(
  results: readonly CheckResult[],
  { verdict, waived }: Pick<SuiteVerdict, 'verdict' | 'waived'>,
): string[] {
  const word = ({ id, passed }: CheckResult) => {
    if (passed) return 'PASS';
    return waived.includes(id) ? 'INFRA-WAIVED' : 'FAIL';
  };
  const passed = results.filter((result) => result.passed).length;
  return [
    ...results.map((result) => `${word(result)} ${result.id} ${result.detail}`),
    `VERDICT: ${verdict}`,
    `RESULT: ${passed}/${results.length} checks PASS`,
  ];
}
