import type { StatusKey } from '../pipeline/stages.ts';

/** Where a task is described, discussed and shown to people (TRK-1, TRK-2). */
export interface Issue {
  id: string;
  seq: number;
  title: string;
  description: string;
  statusKey: StatusKey | null;
  statusName: string | null;
  /** `completed` and `cancelled` are terminal (PIPE-54). */
  statusGroup: 'backlog' | 'unstarted' | 'started' | 'completed' | 'cancelled' | null;
  labels: readonly string[];
  priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
  updatedAt: number;
  archived: boolean;
}

export interface IssueComment {
  id: string;
  text: string;
  authorId: string;
  createdAt: number;
  /** Written by one of our own tokens. */
  own: boolean;
}

export interface NewIssue {
  title: string;
  description: string;
  labels: readonly string[];
  createdBy: string;
  /** The same key creates one issue (TRK-6). */
  key: string;
}

/** A read that failed and a list that is empty are told apart (TRK-3). */
export type TrackerRead<T> =
  | { kind: 'ok'; value: T }
  | { kind: 'transient'; reason: string; retryAfterS?: number }
  | { kind: 'permanent' | 'not_found' | 'unsupported'; reason: string };

/** What a write came to; a permanently refused one is dropped and counted (TRK-4). */
export type TrackerWrite =
  | { kind: 'done' }
  | { kind: 'skipped'; reason: string }
  | { kind: 'transient'; reason: string; retryAfterS?: number }
  | { kind: 'permanent'; reason: string };

/** The tracker of one project. Reads and writes are values and never throw into the engine. */
export interface Tracker {
  readonly kind: 'local' | 'plane';
  getIssue(id: string): Promise<TrackerRead<Issue>>;
  /** Issues changed after `since` (epoch ms), newest first. */
  listChanged(since: number): Promise<TrackerRead<Issue[]>>;
  createIssue(issue: NewIssue): Promise<TrackerRead<{ id: string; seq: number }>>;
  setStatus(id: string, status: StatusKey, key: string): Promise<TrackerWrite>;
  /** `author` is a role or `stream`; the same key writes one comment (TRK-6). */
  addComment(id: string, comment: { html: string; author: string; key: string }): Promise<TrackerWrite>;
  /** Newest first. */
  listComments(id: string): Promise<TrackerRead<IssueComment[]>>;
  hasLabel(id: string, name: string): Promise<'yes' | 'no' | 'unknown'>;
  /** Ids of issues that block this one. */
  listBlockers(id: string): Promise<TrackerRead<string[]>>;
  issueUrl(id: string): string | null;
  /** Name of the status a person left the issue in, as last seen; null while it shows the engine's (PLANE-26). */
  foreignStatus(id: string): string | null;
  /** Forgets what is cached of the project's states (PLANE-22). */
  refresh(): void;
  /** Status key → state name of this project and how it was found. */
  statusMap(): Promise<
    TrackerRead<Partial<Record<StatusKey, { name: string; how: 'name' | 'alias' | 'missing' }>>>
  >;
}
