import { randomUUID } from 'node:crypto';
import type { IssueApi, IssueExport } from '../../http/routes/issues.ts';
import type { IssueRow } from '../../tracker/local/local-tracker.ts';
import type { Parts } from '../parts.ts';

const iso = (at: number): string => new Date(at).toISOString();

/** The local tracker's own commands (TRK-18). */
export function createIssues({
  house,
  place,
  registry,
}: Pick<Parts, 'house' | 'place' | 'registry'>): IssueApi {
  const { issues } = house;
  const issueOf = (wid: string): IssueRow | null => {
    const id = house.tasks.byWid(wid)?.issueId ?? null;
    return id === null ? null : issues.issue(id);
  };
  const commentsOf = (id: string) =>
    issues.comments(id).map(({ author, text, createdAt }) => ({ at: iso(createdAt), author, text }));
  const exportOf = (row: IssueRow): IssueExport => ({
    repo: row.repo,
    seq: row.seq,
    title: row.title,
    description: row.description,
    status: row.statusKey,
    labels: row.labels,
    blocked_by: row.blockedBy,
    created_by: row.createdBy,
    created_at: iso(row.createdAt),
    comments: commentsOf(row.id),
  });
  return {
    comment({ wid, text, actor }) {
      const issue = issueOf(wid);
      if (issue === null) return null;
      const at = place.now();
      const row = { id: randomUUID(), issue: issue.id, writeKey: null, author: actor.name, text };
      issues.insertComment({ ...row, createdAt: at });
      return { comments: issues.comments(issue.id).length };
    },
    label({ wid, name, remove }) {
      const issue = issueOf(wid);
      if (issue === null) return null;
      const others = issue.labels.filter((label) => label.toLowerCase() !== name.toLowerCase());
      const labels = remove ? others : [...others, name];
      issues.updateIssue(issue.id, { labels }, place.now());
      return { labels };
    },
    comments(wid) {
      const issue = issueOf(wid);
      return issue === null ? null : commentsOf(issue.id);
    },
    export(name) {
      const repos =
        name === null
          ? registry.current().projects.map(({ repo }) => repo)
          : [registry.find(name)?.repo ?? name];
      return repos.flatMap((repo) => issues.changedSince(repo, 0).map(exportOf));
    },
  };
}
