/** What one check of `doctor` found. */
export interface Finding {
  /** One word, stable. */
  name: string;
  /** `hint` works, but is worth knowing; `problem` must be mended. */
  level: 'ok' | 'hint' | 'problem';
  detail: string;
  /** What to do; null when there is nothing. */
  fix: string | null;
}
