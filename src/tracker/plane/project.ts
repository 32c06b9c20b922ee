import type { Logger } from '../../log.ts';
import type { Project } from '../../pipeline/project.ts';
import type { TrackerRead } from '../port.ts';
import type { PlaneClient } from './client.ts';
import { createPlaneClock, type PlaneClock } from './clock.ts';
import { createLabelCache, type LabelCache } from './labels.ts';
import type { Priority } from './rate-limit.ts';
import { createStatusCache, type StatusCache } from './status-cache.ts';
import type { PlaneStore } from './store.ts';
import { idOf, instantOf, isRow, type PlaneIssue, toPlaneIssue } from './wire.ts';

/** One project of the registry in Plane: what the tracker and the inbound side share. */
export interface PlaneProject {
  readonly repo: string;
  readonly prefix: string;
  readonly id: string;
  readonly client: PlaneClient;
  readonly store: PlaneStore;
  readonly states: StatusCache;
  readonly labels: LabelCache;
  readonly now: () => number;
  readonly clock: PlaneClock;
  readonly log: Logger;
  /** Name of the state a person left the issue in, as last seen; null while it shows ours (PLANE-26). */
  foreignStatus(issue: string): string | null;
  /** Call 7. */
  issue(id: string): Promise<TrackerRead<PlaneIssue>>;
  /** Call 13: the issue with this number; null when there is none. For people's look-ups only (PLANE-10). */
  find(seq: number): Promise<TrackerRead<string | null>>;
  /** Call 6: issues changed after `since` (epoch ms), newest first, archived ones included. */
  changed(since: number, priority: Priority): Promise<TrackerRead<PlaneIssue[]>>;
}

export interface PlaneProjectDeps {
  client: PlaneClient;
  store: PlaneStore;
  project: Pick<Project, 'repo' | 'prefix' | 'planeProjectId' | 'stateNames'>;
  /** `ORCH_PLANE_STATES_TTL_S` in ms; 0 = process life. */
  statesTtlMs: number;
  /** `ORCH_AUTO_LABEL_STATES_TTL_S` in ms. */
  labelsTtlMs: number;
  now: () => number;
  log: Logger;
}

/** Opens a project; makes no call. */
export function createPlaneProject(deps: PlaneProjectDeps): PlaneProject {
  const { client, store, project, now } = deps;
  const { repo, prefix, stateNames } = project;
  const id = project.planeProjectId ?? '';
  const log = deps.log.child({ repo });
  const states = createStatusCache({
    client,
    store,
    project: { repo, planeProjectId: id, stateNames },
    ttlMs: deps.statesTtlMs,
    now,
    log,
  });
  return {
    repo,
    prefix,
    id,
    client,
    store,
    now,
    clock: createPlaneClock(store),
    log,
    states,
    labels: createLabelCache({ client, planeProjectId: id, ttlMs: deps.labelsTtlMs, now }),
    foreignStatus: (issue) => {
      const row = store.issueState(issue);
      if (row === null || row.own || row.known === null) return null;
      return states.last()?.state(row.known)?.name ?? null;
    },
    issue: (issue) => readIssue(client, id, issue),
    find: (seq) => findIssue(client, id, seq),
    changed: (since, priority) => readChanged(client, id, { since, priority }),
  };
}

async function readIssue(client: PlaneClient, project: string, id: string): Promise<TrackerRead<PlaneIssue>> {
  const path = await client.items(project, id);
  if (path.kind !== 'ok') return path;
  const read = await client.read({ path: path.value });
  if (read.kind !== 'ok') return read;
  const issue = toPlaneIssue(read.value);
  return issue ? { kind: 'ok', value: issue } : { kind: 'permanent', reason: 'Plane answered no work item' };
}

async function findIssue(
  client: PlaneClient,
  project: string,
  seq: number,
): Promise<TrackerRead<string | null>> {
  const path = await client.items(project);
  if (path.kind !== 'ok') return path;
  const search = ['workspaces', client.workspace, path.value.at(-1) ?? '', 'search'];
  const read = await client.read({ path: search, query: { search: seq, project_id: project } });
  if (read.kind !== 'ok') return read;
  const rows = isRow(read.value) && Array.isArray(read.value.issues) ? read.value.issues.filter(isRow) : [];
  const found = rows.find((row) => Number(row.sequence_id) === seq && idOf(row.project_id) === project);
  return { kind: 'ok', value: found === undefined ? null : (idOf(found) ?? null) };
}

async function readChanged(
  client: PlaneClient,
  project: string,
  { since, priority }: { since: number; priority: Priority },
): Promise<TrackerRead<PlaneIssue[]>> {
  const path = await client.items(project);
  if (path.kind !== 'ok') return path;
  const call = { path: path.value, query: { order_by: '-updated_at', per_page: 100 }, priority };
  const old = (row: unknown) =>
    isRow(row) && (instantOf(row.updated_at) ?? Number.POSITIVE_INFINITY) <= since;
  const read = await client.list(call, old);
  if (read.kind !== 'ok') return read;
  return { kind: 'ok', value: read.value.flatMap((row) => toPlaneIssue(row) ?? []) };
}
