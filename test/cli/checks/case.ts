import type { Check, Place } from '../../../src/cli/checks/check.ts';

/** How one check is shown to be awake. */
export interface Case {
  check: Check;
  /** A place where something is wrong, and what must be said of it. */
  wrong: () => Promise<Place>;
  level: 'problem' | 'hint';
  says: RegExp;
  fix: RegExp;
  /** What `--fix` says it did; afterwards the complaint is gone. */
  mended?: RegExp;
  /** A place where this check has nothing to complain about. */
  fine: () => Promise<Place>;
}
