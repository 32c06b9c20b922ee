/** What we know about the state of one issue (PLANE-27, PLANE-29). */
export interface IssueStateRow {
  /** Last known state id; null before the first observation. */
  known: string | null;
  /** True when the last known state was written by us. */
  own: boolean;
  /** State ids of our writes whose outcome we have not seen, oldest first. */
  pending: readonly string[];
  /** `updated_at` of the issue when it was last observed; epoch ms of Plane's clock. */
  seenAt: number;
}

/** What the Plane adapter keeps in the engine's database. Synchronous, like the database behind it. */
export interface PlaneStore {
  issueState(issue: string): IssueStateRow | null;
  putIssueState(issue: string, row: IssueStateRow, at: number): void;
  /** Small values: watermarks and last good state lists (PLANE-22, PLANE-65). */
  value(key: string): string | null;
  putValue(key: string, value: string): void;
  /** Comment ids we wrote, by their write key (TRK-6, PLANE-46). */
  commentOf(writeKey: string): string | null;
  isOwnComment(id: string): boolean;
  addComment(row: {
    id: string;
    writeKey: string;
    issue: string;
    author: string;
    html: string;
    at: number;
  }): void;
}

export const NO_STATE: IssueStateRow = { known: null, own: false, pending: [], seenAt: 0 };
