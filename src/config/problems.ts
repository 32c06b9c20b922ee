import { closest, distance } from 'fastest-levenshtein';
import { AppError } from '../errors.ts';

/** One complaint about the configuration (SET-3). */
export interface Problem {
  /** The variable, or the place in the registry. */
  key: string;
  /** What is wrong with it, the value found included unless it is a secret. */
  problem: string;
  fix: string;
}

/** `KEY: problem. Fix: fix.`, always one line. */
export const problemLine = ({ key, problem, fix }: Problem): string =>
  `${key}: ${problem}. Fix: ${fix}.`.replace(/[\r\n]+/g, ' ');

/** All complaints at once; the process ends with code 78. */
export class ConfigError extends AppError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('invalid-config', problems.map(problemLine).join('\n'), { fault: 'user' });
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** A value as it is shown in a complaint: quoted, on one line, shortened. */
export const quoted = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
};

/** The known word nearest to a mistyped one, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(word, [...known]);
  return distance(word, best) <= Math.max(2, Math.floor(word.length / 2)) ? best : undefined;
}
