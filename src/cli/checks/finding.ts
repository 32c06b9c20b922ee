/** What one check of `doctor` found. */
export interface Finding {
  /** One word, stable; a dot leads to what it is about. */
  name: string;
  /** `hint` works, but is worth knowing; `problem` must be mended. */
  level: 'ok' | 'hint' | 'problem';
  detail: string;
  /** What to do; null when there is nothing. */
  fix: string | null;
  /** What `--fix` has done about it before this was found. */
  mended?: string;
}

/** A finding as a check reports it: `--fix` may call `mend`, which says what it did or throws. */
export interface Found extends Omit<Finding, 'name' | 'mended'> {
  /** Part of the name after the check's own. */
  of?: string;
  /** Only what is safe: it loses nothing, and doing it again changes nothing. */
  mend?: () => Promise<string>;
}

/** Nothing to do. */
export const ok = (detail: string, of?: string): Found => ({
  level: 'ok',
  detail,
  fix: null,
  ...(of === undefined ? {} : { of }),
});

type More = Pick<Found, 'of' | 'mend'>;

/** It works, but the person may want something else. */
export const hint = (detail: string, fix: string | null, more: More = {}): Found => ({
  level: 'hint',
  detail,
  fix,
  ...more,
});

/** It will not work. */
export const problem = (detail: string, fix: string, more: More = {}): Found => ({
  level: 'problem',
  detail,
  fix,
  ...more,
});
