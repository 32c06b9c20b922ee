import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { ReportedModule, TestCount } from './count.ts';

/** The contract files whose names contain every word, e.g. `gitea` → `test/contracts/forge.gitea.test.ts`. */
export function contractFiles(root: string, words: readonly string[]): string[] {
  return readdirSync(path.join(root, 'test/contracts'))
    .filter((name) => name.endsWith('.test.ts') && words.every((word) => name.includes(word)))
    .map((name) => `test/contracts/${name}`);
}

/** Last line of `test:contract -- <name> --json`. `openapi` is `checked` only if no comparison was skipped. */
export function contractLine(count: TestCount, modules: readonly ReportedModule[]): string {
  const states = modules
    .flatMap((module) => [...module.children.allTests()])
    .filter((test) => test.fullName.includes('(OpenAPI)'))
    .map((test) => test.result().state);
  const checked = states.length > 0 && states.every((state) => state !== 'skipped');
  const cases = count.passed + count.failed + count.skipped;
  return JSON.stringify({ cases, passed: count.passed, openapi: checked ? 'checked' : 'skipped' });
}
