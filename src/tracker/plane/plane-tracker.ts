import { ROLES, STATUS_KEYS, type StatusKey } from '../../pipeline/stages.ts';
import { escapeHtml } from '../comments/html.ts';
import { foldLabel } from '../label-name.ts';
import type { Issue, NewIssue, Tracker, TrackerRead, TrackerWrite } from '../port.ts';
import { createBlockers } from './blockers.ts';
import { asWrite, createBotUsers, createdId, createPlaneComments } from './comments.ts';
import { textToHtml } from './html-text.ts';
import { carriesLabel } from './labels.ts';
import { planeIssueUrl } from './links.ts';
import type { PlaneProject } from './project.ts';
import type { Priority } from './rate-limit.ts';
import type { StatusMap } from './status-map.ts';
import { NO_STATE } from './store.ts';
import { type PlaneIssue, toPlaneIssue } from './wire.ts';

export interface PlaneTracker extends Tracker {
  readonly kind: 'plane';
  /** Roles whose token Plane refused within the last hour (PLANE-14). */
  refusedRoles(): string[];
}

export interface PlaneTrackerOptions {
  project: PlaneProject;
  /** `ORCH_PLANE_WEB_URL`, else `ORCH_PLANE_API_URL`. */
  webUrl: string;
}

/** The tracker of one project in Plane (TRK-2). Calls never throw. */
export function createPlaneTracker({ project, webUrl }: PlaneTrackerOptions): PlaneTracker {
  const { client, states } = project;
  const comments = createPlaneComments(project, createBotUsers(client, [...ROLES, 'stream']));
  return {
    kind: 'plane',
    getIssue: async (id) => {
      const read = await project.issue(id);
      return read.kind === 'ok' ? { kind: 'ok', value: await toIssue(project, read.value) } : read;
    },
    listChanged: async (since) => {
      const read = await project.changed(since, 'poll');
      if (read.kind !== 'ok') return read;
      return { kind: 'ok', value: await Promise.all(read.value.map((issue) => toIssue(project, issue))) };
    },
    createIssue: (issue) => createIssue(project, issue),
    setStatus: (id, status) => setStatus(project, id, status),
    addComment: (id, comment) => comments.add(id, { ...comment, priority: priorityOf(comment.key) }),
    listComments: (id) => comments.list(id),
    hasLabel: async (id, name) => {
      const read = await project.issue(id);
      return read.kind === 'ok' ? carriesLabel(project.labels, read.value.labels, name) : 'unknown';
    },
    listBlockers: createBlockers(project),
    issueUrl: (issue) => planeIssueUrl({ webUrl, workspace: client.workspace, project: project.id, issue }),
    statusMap: async () => {
      const read = await states.get();
      return read.kind === 'ok' ? { kind: 'ok', value: describe(read.value) } : read;
    },
    foreignStatus: project.foreignStatus,
    refresh: () => states.drop(),
    refusedRoles: () => comments.refusedRoles(),
  };
}

/** Comments of a task that has ended wait for everything else (PLANE-9). */
const priorityOf = (key: string): Priority => (/:(done|cancelled):/.test(key) ? 'late' : 'write');
const LATE: ReadonlySet<StatusKey> = new Set(['done', 'monitoring', 'cancelled']);

function describe(map: StatusMap) {
  return Object.fromEntries(
    STATUS_KEYS.map((key) => {
      const found = map.find(key);
      return [key, { name: found?.name ?? '', how: found?.how ?? ('missing' as const) }];
    }),
  );
}

async function toIssue(project: PlaneProject, issue: PlaneIssue): Promise<Issue> {
  const read = issue.state === null ? null : await project.states.knowing(issue.state);
  const map = read?.kind === 'ok' ? read.value : null;
  const state = issue.state === null ? null : (map?.state(issue.state) ?? null);
  const { id, title, description, labels, priority, updatedAt, archived } = issue;
  return {
    id,
    seq: issue.seq ?? 0,
    title,
    description,
    statusKey: state && map ? map.keyOf(state.id) : null,
    statusName: state?.name ?? null,
    statusGroup: state?.group ?? null,
    labels,
    priority,
    updatedAt,
    archived,
  };
}

/** Call 8. The same key returns the issue that was created first. `seq` is 0 when Plane does not say. */
async function createIssue(
  project: PlaneProject,
  issue: NewIssue,
): Promise<TrackerRead<{ id: string; seq: number }>> {
  const { client } = project;
  const path = await client.items(project.id);
  if (path.kind !== 'ok') return path;
  const labels = issue.labels.length === 0 ? [] : await labelIds(project, issue.labels);
  const json = {
    name: issue.title,
    description_html: textToHtml(issue.description, (block) => escapeHtml(block, 50_000)),
    external_source: 'orchestrator',
    external_id: issue.key,
    ...(labels.length === 0 ? {} : { labels }),
  };
  const answer = await client.call({ method: 'POST', path: path.value, json });
  const id = createdId(answer);
  if (id === undefined)
    return answer.ok ? { kind: 'permanent', reason: 'Plane answered no work item' } : answer.failure;
  const created = answer.ok ? toPlaneIssue(answer.data) : null;
  const read = created?.seq ? null : await project.issue(id);
  const whole = read?.kind === 'ok' ? read.value : created;
  if (whole?.state && project.store.issueState(id) === null) {
    const row = { ...NO_STATE, known: whole.state, own: true, seenAt: whole.updatedAt };
    project.store.putIssueState(id, row, project.now());
  }
  if (!whole?.seq) project.log.warn({ issue: id }, 'tracker did not say the number of an issue');
  return { kind: 'ok', value: { id, seq: whole?.seq ?? 0 } };
}

async function labelIds(project: PlaneProject, names: readonly string[]): Promise<string[]> {
  const read = await project.labels.get();
  if (read.kind !== 'ok') return [];
  const wanted = new Set(names.map(foldLabel));
  return read.value.filter((label) => wanted.has(foldLabel(label.name))).map((label) => label.id);
}

/** Call 9, recorded as our own before it is sent (PLANE-29). */
async function setStatus(project: PlaneProject, id: string, status: StatusKey): Promise<TrackerWrite> {
  const { client, store, now, clock } = project;
  const map = await project.states.get();
  // Without a map there is nothing to refuse by: the write waits (PLANE-22).
  if (map.kind !== 'ok') return { kind: 'transient', reason: map.reason };
  const target = map.value.find(status);
  if (target === null) return { kind: 'skipped', reason: `the project has no state for ${status}` };
  const before = store.issueState(id) ?? NO_STATE;
  if (before.known === target.id && before.pending.length === 0)
    return { kind: 'skipped', reason: 'the issue has this state already' };
  const path = await client.items(project.id, id);
  if (path.kind !== 'ok') return asWrite(path);
  const others = before.pending.filter((state) => state !== target.id);
  store.putIssueState(id, { ...before, pending: [...others, target.id] }, now());
  const sentAt = now();
  const answer = await client.call({
    method: 'PATCH',
    path: path.value,
    json: { state: target.id },
    priority: LATE.has(status) ? 'late' : 'write',
  });
  const row = store.issueState(id) ?? NO_STATE;
  if (answer.ok) {
    const updatedAt = toPlaneIssue(answer.data)?.updatedAt ?? 0;
    if (updatedAt > 0) clock.learn({ sentAt, updatedAt, answeredAt: now() });
    const seenAt = Math.max(row.seenAt, updatedAt);
    store.putIssueState(id, { known: target.id, own: true, pending: [], seenAt }, now());
    return { kind: 'done' };
  }
  // Not sent, or refused: nothing can echo. After a transient failure it may have been done.
  if (answer.status !== null && answer.failure.kind !== 'transient')
    store.putIssueState(id, { ...row, pending: before.pending }, now());
  return asWrite(answer.failure);
}
