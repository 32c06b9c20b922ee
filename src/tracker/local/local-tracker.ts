import { STATUS_KEYS, type StatusKey } from '../../pipeline/stages.ts';
import { foldLabel } from '../label-name.ts';
import type { Issue, IssueComment, NewIssue, Tracker, TrackerRead } from '../port.ts';

/** One issue of the local tracker (TRK-11). */
export interface IssueRow {
  id: string;
  repo: string;
  seq: number;
  title: string;
  description: string;
  statusKey: StatusKey;
  priority: Issue['priority'];
  labels: readonly string[];
  blockedBy: readonly string[];
  createdBy: string;
  createdAt: number;
  updatedAt: number;
}

export interface CommentRow {
  id: string;
  issue: string;
  /** Deterministic key of an engine comment; null for a person's. */
  writeKey: string | null;
  author: string;
  text: string;
  createdAt: number;
}

/** Rows of the local tracker; synchronous, like the database behind it. */
export interface IssueStore {
  issue(id: string): IssueRow | null;
  /** Inserts with the next number of the repository; an id that exists is returned as it is. */
  insertIssue(row: Omit<IssueRow, 'seq'>): IssueRow;
  updateIssue(
    id: string,
    change: Partial<Pick<IssueRow, 'statusKey' | 'title' | 'description' | 'labels' | 'blockedBy'>>,
    at: number,
  ): void;
  changedSince(repo: string, since: number): IssueRow[];
  /** False when the write key was used before. */
  insertComment(row: CommentRow): boolean;
  comments(issue: string): CommentRow[];
}

export interface LocalTrackerDeps {
  repo: string;
  store: IssueStore;
  now: () => number;
  uuid: () => string;
}

const GROUPS: Partial<Record<StatusKey, Issue['statusGroup']>> = {
  backlog: 'backlog',
  todo: 'unstarted',
  to_analyse: 'unstarted',
  done: 'completed',
  cancelled: 'cancelled',
};

const toIssue = (row: IssueRow): Issue => ({
  id: row.id,
  seq: row.seq,
  title: row.title,
  description: row.description,
  statusKey: row.statusKey,
  statusName: row.statusKey,
  statusGroup: GROUPS[row.statusKey] ?? 'started',
  labels: row.labels,
  priority: row.priority,
  updatedAt: row.updatedAt,
  archived: false,
});

const ok = <T>(value: T): TrackerRead<T> => ({ kind: 'ok', value });

/** The embedded tracker: no account, no network, data in the engine's database (TRK-10). */
export function createLocalTracker({ repo, store, now, uuid }: LocalTrackerDeps): Tracker {
  const read = <T>(id: string, use: (row: IssueRow) => T): TrackerRead<T> => {
    const row = store.issue(id);
    return row ? ok(use(row)) : { kind: 'not_found', reason: `There is no issue ${id}.` };
  };
  const toComment = (row: CommentRow): IssueComment => ({
    id: row.id,
    text: row.text,
    authorId: row.author,
    createdAt: row.createdAt,
    own: row.writeKey !== null,
  });
  return {
    kind: 'local',
    getIssue: async (id) => read(id, toIssue),
    listChanged: async (since) => ok(store.changedSince(repo, since).map(toIssue)),
    createIssue: async (issue: NewIssue) => {
      const at = now();
      const { title, description, labels, createdBy, key } = issue;
      const row = { id: key, repo, title, description, labels, createdBy, createdAt: at, updatedAt: at };
      const { id, seq } = store.insertIssue({
        ...row,
        statusKey: 'to_analyse',
        priority: 'none',
        blockedBy: [],
      });
      return ok({ id, seq });
    },
    setStatus: async (id, status) => {
      if (store.issue(id) === null) return { kind: 'permanent', reason: `There is no issue ${id}.` };
      store.updateIssue(id, { statusKey: status }, now());
      return { kind: 'done' };
    },
    addComment: async (id, { html, author, key }) => {
      const added = store.insertComment({
        id: uuid(),
        issue: id,
        writeKey: key,
        author,
        text: html,
        createdAt: now(),
      });
      return added ? { kind: 'done' } : { kind: 'skipped', reason: 'written before' };
    },
    listComments: async (id) => ok(store.comments(id).map(toComment).reverse()),
    hasLabel: async (id, name) => {
      const row = store.issue(id);
      if (row === null) return 'unknown';
      return row.labels.some((label) => foldLabel(label) === foldLabel(name)) ? 'yes' : 'no';
    },
    listBlockers: async (id) => read(id, (row) => [...row.blockedBy]),
    foreignStatus: () => null,
    refresh: () => undefined,
    issueUrl: () => null,
    statusMap: async () =>
      ok(Object.fromEntries(STATUS_KEYS.map((key) => [key, { name: key, how: 'name' as const }]))),
  };
}
