import { describeError } from '../../errors.ts';
import type { Check } from './check.ts';
import { type Finding, type Found, problem } from './finding.ts';

/** Looks at everything, in the order of the table. With `fix`, what can be mended is, and then looked at again. */
export async function runChecks<From>(
  checks: readonly Check<From>[],
  from: From,
  { fix }: { fix: boolean },
): Promise<Finding[]> {
  const found = await Promise.all(checks.map((check) => lookAt(check, from, fix)));
  return found.flat();
}

async function lookAt<From>(check: Check<From>, from: From, fix: boolean): Promise<Finding[]> {
  const first = await look(check, from);
  const wanted = fix ? first.filter(({ mend }) => mend !== undefined) : [];
  if (wanted.length === 0) return first.map((one) => named(check, one));
  const done: string[] = [];
  const failed: Found[] = [];
  for (const one of wanted) {
    try {
      done.push((await one.mend?.()) ?? '');
    } catch (error) {
      failed.push({
        ...one,
        level: 'problem',
        detail: `${one.detail}; mending failed: ${describeError(error)}`,
      });
    }
  }
  const again = await look(check, from);
  // What could not be mended is found again; the reason replaces it.
  const rest = again.filter((one) => !failed.some(({ of, fix: how }) => of === one.of && how === one.fix));
  const findings = [...rest, ...failed].map((one) => named(check, one));
  const [head, ...tail] = findings;
  return head === undefined || done.length === 0 ? findings : [{ ...head, mended: done.join(', ') }, ...tail];
}

async function look<From>(check: Check<From>, from: From): Promise<readonly Found[]> {
  try {
    return await check.look(from);
  } catch (error) {
    return [
      problem(`could not be looked at: ${describeError(error)}`, 'run it again; if it stays, report it'),
    ];
  }
}

const named = ({ name }: { name: string }, { of, mend: _, ...found }: Found): Finding => ({
  name: of === undefined ? name : `${name}.${of}`,
  ...found,
});
