import type { z } from 'zod';
import { nearest, type Problem, quoted } from './problems.ts';
import { knownNames } from './registry-names.ts';

type Issue = z.core.$ZodIssue;

const FIXES: Readonly<Record<string, string>> = {
  prefix: '2 to 10 capital letters or digits, first a letter',
  repo: 'letters, digits, ".", "_" and "-", first a letter or digit',
  plane_project_id: 'copy the id from the address of the project in Plane',
};

/** Where in an entry: `.deploy_hook.env`, list positions as `[1]`. */
const pathText = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');

const valueAt = (entry: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], entry);

/** Turns what zod found in one entry into complaints for people. */
export function describeIssues(issues: readonly Issue[], entry: unknown, label: string): Problem[] {
  return issues.flatMap((issue) => describe(issue, entry, label));
}

function describe(issue: Issue, entry: unknown, label: string): Problem[] {
  const key = `${label}${pathText(issue.path)}`;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((name) => unknownField(name, issue.path, label));
  if (issue.code === 'invalid_union') {
    const branch = bestBranch(issue.errors);
    if (branch) {
      return describeIssues(
        branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
        entry,
        label,
      );
    }
  }
  const value = valueAt(entry, issue.path);
  if (value === undefined) return [{ key, problem: 'missing', fix: fixFor(issue) ?? 'set it' }];
  return [
    { key, problem: `${quoted(value)} ${complaint(issue)}`, fix: fixFor(issue) ?? 'correct it or remove it' },
  ];
}

/** Of a union's branches the one that accepted the outer shape, so its complaints are about the inside. */
const bestBranch = (branches: readonly Issue[][]): Issue[] | undefined =>
  branches.find((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  );

function unknownField(name: string, path: readonly PropertyKey[], label: string): Problem {
  const known = knownNames(path);
  const close = nearest(name, known);
  return {
    key: `${label}${pathText([...path, name])}`,
    problem: `"${name}" is not a known field${close ? `; the nearest is "${close}"` : ` (${known.join(', ')})`}`,
    fix: close ? `use "${close}" or remove it` : 'remove it',
  };
}

const LETTERS: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'an object',
  int: 'a whole number',
};

function complaint(issue: Issue): string {
  if (issue.code === 'invalid_value') return `is not allowed (${issue.values.map(String).join(', ')})`;
  if (issue.code === 'invalid_type') return `is not ${LETTERS[issue.expected] ?? `a ${issue.expected}`}`;
  if (issue.code === 'too_small' && issue.origin === 'string') return 'is empty';
  return issue.message;
}

function fixFor(issue: Issue): string | undefined {
  const field = issue.path.length === 1 ? FIXES[String(issue.path[0])] : undefined;
  if (field) return field;
  if (issue.code === 'invalid_value') return 'use one of these words, or remove it';
  return undefined;
}
