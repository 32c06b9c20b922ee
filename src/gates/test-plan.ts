import { parse } from 'yaml';

/** The lists of a test plan (04); `null` for one that is not there, a reason where the file is not readable. */
export interface TestPlan {
  tests: readonly unknown[] | null;
  removed: readonly unknown[] | null;
  problem: string | null;
}

/**
 * Never throws. Keys are not compared with each other: that takes minutes for a file full of them, and a list that is
 * given twice is one list (REC-26).
 */
export function readTestPlan(text: string): TestPlan {
  try {
    const plan: unknown = parse(text.replace(/^\uFEFF/, ''), { logLevel: 'error', uniqueKeys: false });
    const fields = plan !== null && typeof plan === 'object' ? (plan as Record<string, unknown>) : {};
    return { tests: listOf(fields.tests), removed: listOf(fields.removed_tests), problem: null };
  } catch (error) {
    const said = String(error instanceof Error ? error.message : error).split('\n')[0];
    return { tests: null, removed: null, problem: `04-test-plan.yaml does not parse: ${said}` };
  }
}

const listOf = (value: unknown): readonly unknown[] | null => (Array.isArray(value) ? value : null);
