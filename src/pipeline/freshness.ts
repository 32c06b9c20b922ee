/** What the engine knows about a verdict file and the attempt that should have written it (PIPE-67). */
export interface FreshnessFacts {
  /** File name as shown to people. */
  file: string;
  workItem: string;
  attempt: number;
  /** `start_sha` and every later commit up to `head_sha`, full SHAs. */
  commits: readonly string[];
  /** Whether a commit in `start_sha..head_sha` added or changed the file. */
  changedInAttempt: boolean;
}

/** Null when the file counts; otherwise the reason of outcome `stale`. */
export function staleReason(fields: Readonly<Record<string, string>>, facts: FreshnessFacts): string | null {
  const { attempt, commit } = fields;
  const workItem = workItemOf(fields);
  if (workItem && !sameText(workItem, facts.workItem)) return stale(facts.file, `work item ${workItem}`);
  if (attempt && !sameAttempt(attempt, facts.attempt)) return stale(facts.file, `attempt ${attempt}`);
  if (commit && !facts.commits.some((sha) => sameCommit(commit, sha)))
    return stale(facts.file, `commit ${commit}`);
  return facts.changedInAttempt ? null : stale(facts.file, `an attempt before ${facts.attempt}`);
}

/** A file read from main proves nothing by its place, so it must name the work item and the commit (PIPE-67). */
export function staleOnMain(
  fields: Readonly<Record<string, string>>,
  facts: Omit<FreshnessFacts, 'changedInAttempt' | 'attempt'>,
): string | null {
  const { commit } = fields;
  const workItem = workItemOf(fields);
  if (!workItem) return stale(facts.file, 'no work item it names');
  if (!sameText(workItem, facts.workItem)) return stale(facts.file, `work item ${workItem}`);
  if (!commit) return stale(facts.file, 'no commit it names');
  return facts.commits.some((sha) => sameCommit(commit, sha)) ? null : stale(facts.file, `commit ${commit}`);
}

const stale = (file: string, what: string): string => `stale verdict: ${file} was written for ${what}`;

/** `work_item_id` is read as a synonym of `work_item`. */
export const workItemOf = (fields: Readonly<Record<string, string>>): string | undefined =>
  fields.work_item ?? fields.work_item_id;

const sameText = (a: string, b: string): boolean => a.toUpperCase() === b.toUpperCase();

const sameAttempt = (written: string, attempt: number): boolean =>
  /^\d{1,9}$/.test(written) && Number(written) === attempt;

/** Case-insensitive hexadecimal, full or an abbreviation of at least seven digits. */
const sameCommit = (written: string, sha: string): boolean =>
  /^[0-9a-f]{7,64}$/i.test(written) && sha.toLowerCase().startsWith(written.toLowerCase());
