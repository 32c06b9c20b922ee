import { randomUUID } from 'node:crypto';

export interface FakeUser {
  id: string;
  name: string;
  token: string;
}

export interface FakeState {
  id: string;
  name: string;
  group: string;
  color: string;
  sequence: number;
}

export interface FakeLabel {
  id: string;
  name: string;
  color: string;
}

export interface FakeComment {
  id: string;
  comment_html: string;
  actor: string;
  created_at: string;
  external_source: string | null;
  external_id: string | null;
}

export interface FakeIssue {
  id: string;
  sequence_id: number;
  name: string;
  description_html: string;
  state: string;
  labels: string[];
  priority: string;
  created_at: string;
  updated_at: string;
  updated_by: string;
  archived_at: string | null;
  external_source: string | null;
  external_id: string | null;
  comments: FakeComment[];
  blockedBy: string[];
}

export interface FakeProject {
  id: string;
  identifier: string;
  name: string;
  members: string[];
  states: FakeState[];
  labels: FakeLabel[];
  issues: FakeIssue[];
}

/** Names and groups as Plane makes them for a new project. */
export const PLANE_DEFAULTS: readonly (readonly [string, string])[] = [
  ['Backlog', 'backlog'],
  ['Todo', 'unstarted'],
  ['In Progress', 'started'],
  ['Done', 'completed'],
  ['Cancelled', 'cancelled'],
];

/** Every state of the status model. */
export const ALL_STATES: readonly (readonly [string, string])[] = [
  ['Backlog', 'backlog'],
  ['Todo', 'unstarted'],
  ['To Analyse', 'unstarted'],
  ['In Progress', 'started'],
  ['Analysis', 'started'],
  ['Needs Input', 'started'],
  ['In Review', 'started'],
  ['Approved', 'started'],
  ['Rejected', 'started'],
  ['Architecture', 'started'],
  ['Development', 'started'],
  ['Code Review', 'started'],
  ['Testing', 'started'],
  ['Staging', 'started'],
  ['Awaiting Deploy', 'started'],
  ['Confirm Deploy', 'started'],
  ['Deploying', 'started'],
  ['Monitoring after Deploy', 'started'],
  ['Blocked', 'started'],
  ['STOP', 'started'],
  ['Done', 'completed'],
  ['Cancelled', 'cancelled'],
];

export function newProject(
  identifier: string,
  states: readonly (readonly [string, string])[],
  members: readonly FakeUser[],
): FakeProject {
  return {
    id: randomUUID(),
    identifier,
    name: identifier.toLowerCase(),
    members: members.map((user) => user.id),
    states: states.map(([name, group], n) => newState(name, group, (n + 1) * 15_000)),
    labels: [],
    issues: [],
  };
}

export const newState = (name: string, group: string, sequence: number, color = '#60646c'): FakeState => ({
  id: randomUUID(),
  name,
  group,
  color,
  sequence,
});

/** Strictly rising instants, as a database gives them. */
export function createClock(now: () => number): () => string {
  let last = 0;
  return () => {
    last = Math.max(last + 1, now());
    return new Date(last).toISOString();
  };
}

export interface NewFakeIssue {
  name: string;
  description?: string;
  descriptionHtml?: string;
  state?: string;
  labels?: readonly string[];
  by: string;
  at: string;
  externalSource?: string | null;
  externalId?: string | null;
}

/** `state` is a name or an id; without one the first unstarted or backlog state is used. */
export function addIssue(project: FakeProject, wanted: NewFakeIssue): FakeIssue {
  const state =
    project.states.find(({ id, name }) => id === wanted.state || name === wanted.state) ?? project.states[0];
  if (!state) throw new Error('a project needs states');
  const issue: FakeIssue = {
    id: randomUUID(),
    sequence_id: Math.max(0, ...project.issues.map((one) => one.sequence_id)) + 1,
    name: wanted.name,
    description_html:
      wanted.descriptionHtml ?? (wanted.description ? `<p>${wanted.description}</p>` : '<p></p>'),
    state: state.id,
    labels: [...(wanted.labels ?? [])],
    priority: 'none',
    created_at: wanted.at,
    updated_at: wanted.at,
    updated_by: wanted.by,
    archived_at: null,
    external_source: wanted.externalSource ?? null,
    external_id: wanted.externalId ?? null,
    comments: [],
    blockedBy: [],
  };
  project.issues.push(issue);
  return issue;
}
