import { readdirSync, readFileSync } from 'node:fs';
import { expressionViolations } from './expressions.ts';
import { importViolations } from './imports.ts';
import { LAW, type Law } from './law.ts';
import type { SourceFile, Violation } from './parse.ts';

/** All broken rules of one file of `src/`. */
export const violationsOf = (file: SourceFile, law: Law = LAW): Violation[] => [
  ...importViolations(file, law),
  ...expressionViolations(file, law),
];

/** All broken rules below `<root>/src`, by path. */
export function checkTree(root: string): { files: number; violations: Violation[] } {
  const paths = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[cm]?[jt]s$/.test(path))
    .map((path) => `src/${path.replaceAll('\\', '/')}`)
    .sort();
  const violations = paths.flatMap((path) =>
    // What a browser runs is not a module of ours.
    path.startsWith('src/bot/local-chat/page/')
      ? []
      : violationsOf({ path, text: readFileSync(`${root}/${path}`, 'utf8') }),
  );
  return { files: paths.length, violations };
}
