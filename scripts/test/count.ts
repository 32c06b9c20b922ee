/** What we read of vitest's results; its classes fit. */
export interface ReportedTest {
  fullName: string;
  result(): { state: string; note?: string | undefined };
}

export interface ReportedModule {
  moduleId: string;
  project: { name: string };
  errors(): readonly unknown[];
  children: { allTests(): Iterable<ReportedTest> };
}

export interface TestCount {
  passed: number;
  failed: number;
  skipped: number;
  /** Files that could not be loaded or whose hooks failed. */
  brokenFiles: string[];
  /** Tests that were left out without saying why: `ctx.skip('reason')` says it. */
  silentSkips: string[];
  /** Errors outside of any test. */
  unhandled: number;
  lanesSeen: Set<string>;
}

/** Sums the results of all projects. A file that could not run counts as one failure. */
export function countTests(modules: readonly ReportedModule[], unhandled: readonly unknown[]): TestCount {
  const count: TestCount = {
    passed: 0,
    // An error outside of tests is a failure the last line must not hide.
    failed: unhandled.length,
    skipped: 0,
    brokenFiles: [],
    silentSkips: [],
    unhandled: unhandled.length,
    lanesSeen: new Set(),
  };
  for (const module of modules) {
    if (module.errors().length > 0) {
      count.brokenFiles.push(module.moduleId);
      count.failed += 1;
    }
    for (const test of module.children.allTests()) {
      count.lanesSeen.add(module.project.name);
      countOne(count, test);
    }
  }
  return count;
}

function countOne(count: TestCount, test: ReportedTest): void {
  const { state, note } = test.result();
  if (state === 'passed') count.passed += 1;
  else if (state === 'skipped') {
    count.skipped += 1;
    if (!note) count.silentSkips.push(test.fullName);
  } else count.failed += 1;
}

/** Why the run is not good, one line each; empty when it is. Every lane of `lanes` must have had a test. */
export function judge(count: TestCount, lanes: readonly string[]): string[] {
  const complaints = [
    ...(count.failed > 0 ? [`${count.failed} failed.`] : []),
    ...(count.unhandled > 0 ? [`${count.unhandled} errors happened outside of any test.`] : []),
    ...(count.passed + count.failed === 0 ? ['No test ran.'] : []),
    ...lanes.filter((lane) => !count.lanesSeen.has(lane)).map((lane) => `The lane ${lane} has no test.`),
    ...count.brokenFiles.map((file) => `Not completed: ${file}`),
    ...count.silentSkips.map((name) => `Skipped without a reason: ${name}`),
  ];
  return complaints;
}

/** `N passed, N failed`, and what was skipped if anything was. */
export function summaryLine(count: TestCount): string {
  const line = `${count.passed} passed, ${count.failed} failed`;
  return count.skipped > 0 ? `${line}, ${count.skipped} skipped` : line;
}
