import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { StatusKey } from '../pipeline/stages.ts';

/* Issues and pull requests: of the tracker and the forge that are built in, and what is known of a foreign board. */

const json = <T>(name: string) => text(name, { mode: 'json' }).$type<T>();

export const issues = sqliteTable(
  'issues',
  {
    id: text().primaryKey(),
    repo: text().notNull(),
    seq: integer().notNull(),
    title: text().notNull(),
    description: text().notNull(),
    statusKey: text('status_key').$type<StatusKey>().notNull(),
    priority: text().$type<'none' | 'low' | 'medium' | 'high' | 'urgent'>().notNull(),
    labels: json<string[]>('labels').notNull(),
    blockedBy: json<string[]>('blocked_by').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [uniqueIndex('issues_seq').on(t.repo, t.seq)],
);

export const comments = sqliteTable(
  'comments',
  {
    id: text().primaryKey(),
    issue: text().notNull(),
    writeKey: text('write_key').unique(),
    author: text().notNull(),
    text: text().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [index('comments_issue').on(t.issue, t.createdAt)],
);

/** Last known and pending own state of an issue (PLANE-26, PLANE-29). */
export const issueStates = sqliteTable('issue_states', {
  issue: text().primaryKey(),
  known: text(),
  written: json<{ key: string; at: number }[]>('written').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

export const pullRequests = sqliteTable(
  'pull_requests',
  {
    repo: text().notNull(),
    number: integer().notNull(),
    title: text().notNull(),
    body: text().notNull(),
    head: text().notNull(),
    base: text().notNull(),
    state: text().$type<'open' | 'closed' | 'merged'>().notNull(),
    headSha: text('head_sha').notNull(),
    mergeCommitSha: text('merge_commit_sha'),
    createdAt: integer('created_at').notNull(),
    closedAt: integer('closed_at'),
    mergedAt: integer('merged_at'),
  },
  (t) => [
    primaryKey({ columns: [t.repo, t.number] }),
    uniqueIndex('pull_requests_open').on(t.repo, t.head, t.base).where(sql`state = 'open'`),
  ],
);

export const commitStatuses = sqliteTable(
  'commit_statuses',
  {
    repo: text().notNull(),
    sha: text().notNull(),
    context: text().notNull(),
    state: text().$type<'pending' | 'success' | 'error' | 'failure' | 'warning' | 'skipped'>().notNull(),
    description: text().notNull(),
    url: text(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.repo, t.sha, t.context] })],
);
