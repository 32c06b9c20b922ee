import { randomUUID } from 'node:crypto';
import type { FakeIssue, FakeProject, FakeUser } from './state.ts';
import { addIssue, newState } from './state.ts';
import type { Change } from './webhooks.ts';

export interface Reply {
  status: number;
  body: unknown;
}

export interface Api {
  workspace: string;
  projects: readonly FakeProject[];
  /** Which of the two names this server knows; `both` for a server in transition. */
  items: 'work-items' | 'issues' | 'both';
  relations: boolean;
  /** API v2 with its webhooks; the community edition has none. */
  hooks: { id: string; name: string; url: string; is_active: boolean; scopes: string[] }[] | null;
  at: () => string;
  changed: (change: Change) => void;
}

export interface Asked {
  method: string;
  /** Segments below `/api/v1`. */
  path: readonly string[];
  query: URLSearchParams;
  sent: Record<string, unknown>;
  user: FakeUser;
}

const NOT_FOUND: Reply = { status: 404, body: { error: 'The requested resource does not exist.' } };
const ok = (body: unknown, status = 200): Reply => ({ status, body });

/** API v2: webhooks only. The secret is shown when it is made, never again. */
export function routeV2(
  { workspace, hooks }: Api,
  { method, path, sent, query }: Asked & { query: URLSearchParams },
): Reply {
  const [area, slug, list, id, action] = path;
  if (hooks === null || area !== 'workspaces' || slug !== workspace || list !== 'webhooks') return NOT_FOUND;
  if (action === 'regenerate')
    return hooks.some((hook) => hook.id === id)
      ? ok({ id, secret_key: 'plane_wh_0123456789abcdef' })
      : NOT_FOUND;
  if (method === 'GET') return ok(page(hooks, { query } as Asked));
  const { name, url, is_active, scopes } = sent as unknown as NonNullable<Api['hooks']>[number];
  const hook = { id: randomUUID(), name, url, is_active, scopes };
  hooks.push(hook);
  return ok(hook, 201);
}

/** Answers one authenticated call (PLANE-4). */
export function route(api: Api, asked: Asked): Reply {
  const [area, slug, list, pid, ...rest] = asked.path;
  if (area === 'users') return ok({ id: asked.user.id, display_name: asked.user.name, email: null });
  if (area !== 'workspaces' || slug !== api.workspace) return NOT_FOUND;
  if (list === 'projects' && pid === undefined) return ok(page(api.projects.map(shownProject), asked));
  if (list !== 'projects') return search(api, asked);
  const project = api.projects.find(({ id }) => id === pid);
  if (!project) return NOT_FOUND;
  if (!project.members.includes(asked.user.id))
    return { status: 403, body: { detail: 'You do not have permission to perform this action.' } };
  return inProject(api, asked, { project, rest });
}

interface Place {
  project: FakeProject;
  rest: readonly string[];
}

function inProject(api: Api, asked: Asked, place: Place): Reply {
  const { project, rest } = place;
  const [resource, ...more] = rest;
  if (resource === 'states')
    return asked.method === 'POST' ? addState(place, asked) : ok(page(project.states, asked));
  if (resource === 'labels')
    return asked.method === 'POST' ? addLabel(place, asked) : ok(page(project.labels, asked));
  const known = api.items === 'both' || resource === api.items;
  if (!known || (resource !== 'work-items' && resource !== 'issues')) return NOT_FOUND;
  const [id, sub] = more;
  if (id === undefined)
    return asked.method === 'POST' ? createIssue(api, asked, project) : listIssues(asked, project);
  const issue = project.issues.find((one) => one.id === id);
  if (!issue) return NOT_FOUND;
  if (sub === 'comments') return comments(api, asked, issue);
  if (sub === 'relations')
    return api.relations
      ? ok({ blocking: [], blocked_by: issue.blockedBy, duplicate: [], relates_to: [] })
      : NOT_FOUND;
  return oneIssue(api, asked, { project, issue });
}

function oneIssue(
  api: Api,
  asked: Asked,
  { project, issue }: { project: FakeProject; issue: FakeIssue },
): Reply {
  if (asked.method === 'GET') return ok(shownIssue(issue));
  if (asked.method === 'DELETE') {
    project.issues = project.issues.filter((one) => one !== issue);
    api.changed({ action: 'deleted', project, issue, before: {}, by: asked.user });
    return ok(null, 204);
  }
  const { state } = asked.sent;
  if (!project.states.some(({ id }) => id === state))
    return { status: 400, body: { state: ['Invalid state'] } };
  editIssue(api, { project, issue, by: asked.user }, { state: String(state) });
  return ok(shownIssue(issue));
}

/** Changes fields of an issue, as the interface and the board do; nothing happens when nothing differs. */
export function editIssue(
  api: Api,
  { project, issue, by }: { project: FakeProject; issue: FakeIssue; by: FakeUser },
  change: Partial<
    Pick<FakeIssue, 'state' | 'name' | 'description_html' | 'labels' | 'archived_at' | 'priority'>
  >,
): void {
  const differing = Object.entries(change).filter(
    ([key, value]) => JSON.stringify(issue[key as keyof FakeIssue]) !== JSON.stringify(value),
  );
  if (differing.length === 0) return;
  const before = Object.fromEntries(differing.map(([key]) => [key, issue[key as keyof FakeIssue]]));
  Object.assign(issue, Object.fromEntries(differing), { updated_at: api.at(), updated_by: by.id });
  api.changed({ action: 'updated', project, issue, before, by });
}

function createIssue(api: Api, asked: Asked, project: FakeProject): Reply {
  const { name, description_html, state, labels, external_source, external_id } = asked.sent;
  if (typeof name !== 'string' || name === '')
    return { status: 400, body: { name: ['This field is required.'] } };
  const existing = project.issues.find(
    (one) => external_id && one.external_id === external_id && one.external_source === external_source,
  );
  if (existing)
    return {
      status: 409,
      body: { error: 'Issue with the same external id already exists', id: existing.id },
    };
  const issue = addIssue(project, {
    name,
    descriptionHtml: String(description_html ?? '<p></p>'),
    ...(typeof state === 'string' ? { state } : {}),
    labels: Array.isArray(labels) ? labels.map(String) : [],
    by: asked.user.id,
    at: api.at(),
    externalSource: textOrNull(external_source),
    externalId: textOrNull(external_id),
  });
  api.changed({ action: 'created', project, issue, before: {}, by: asked.user });
  return ok(shownIssue(issue), 201);
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function comments(api: Api, asked: Asked, issue: FakeIssue): Reply {
  // Oldest first: the client has to sort.
  if (asked.method === 'GET') return ok(page(issue.comments, asked));
  const { comment_html, external_source, external_id } = asked.sent;
  const existing = issue.comments.find((one) => external_id && one.external_id === external_id);
  if (existing)
    return {
      status: 409,
      body: { error: 'Comment with the same external id already exists', id: existing.id },
    };
  const comment = {
    id: randomUUID(),
    comment_html: String(comment_html ?? ''),
    actor: asked.user.id,
    created_at: api.at(),
    external_source: textOrNull(external_source),
    external_id: textOrNull(external_id),
  };
  issue.comments.push(comment);
  return ok(comment, 201);
}

function addState({ project }: Place, { sent }: Asked): Reply {
  if (project.states.some((state) => state.name === sent.name))
    return { status: 409, body: { error: 'State with the same name already exists in the project' } };
  const last = Math.max(0, ...project.states.map((state) => state.sequence));
  const state = newState(String(sent.name), String(sent.group), last + 15_000, String(sent.color));
  project.states.push(state);
  return ok(state);
}

function addLabel({ project }: Place, { sent }: Asked): Reply {
  if (project.labels.some((label) => label.name === sent.name))
    return { status: 409, body: { error: 'Label with the same name already exists in the project' } };
  const label = { id: randomUUID(), name: String(sent.name), color: String(sent.color ?? '') };
  project.labels.push(label);
  return ok(label, 201);
}

function listIssues(asked: Asked, project: FakeProject): Reply {
  const issues = [...project.issues];
  if (asked.query.get('order_by') === '-updated_at')
    issues.sort((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at));
  return ok(page(issues.map(shownIssue), asked));
}

function search(api: Api, { query }: Asked): Reply {
  const found = api.projects
    .filter(({ id }) => id === query.get('project_id'))
    .flatMap((project) => project.issues.map((issue) => ({ project, issue })))
    .filter(({ issue }) => String(issue.sequence_id) === query.get('search'));
  return ok({
    issues: found.map(({ project, issue }) => ({
      id: issue.id,
      name: issue.name,
      sequence_id: issue.sequence_id,
      project__identifier: project.identifier,
      project_id: project.id,
      workspace__slug: api.workspace,
    })),
  });
}

const shownProject = ({ id, name, identifier }: FakeProject) => ({ id, name, identifier });

function shownIssue({ comments: _, blockedBy: __, ...issue }: FakeIssue) {
  return { ...issue, description_stripped: stripTags(issue.description_html) };
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** As Plane does it: tags vanish without a trace, entities are decoded. */
const stripTags = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&([a-z]+|#39);/g, (whole, name) => ENTITIES[name] ?? whole)
    .trim();

/** Plane's pages: `cursor` is `<per page>:<page>:0`. */
function page(rows: readonly unknown[], { query }: Asked) {
  const size = Math.min(100, Number(query.get('per_page') ?? 20) || 20);
  const number = Number(query.get('cursor')?.split(':')[1] ?? 0);
  const results = rows.slice(number * size, (number + 1) * size);
  const more = (number + 1) * size < rows.length;
  return {
    grouped_by: null,
    sub_grouped_by: null,
    total_count: rows.length,
    next_cursor: `${size}:${number + 1}:0`,
    prev_cursor: `${size}:${number - 1}:1`,
    next_page_results: more,
    prev_page_results: number > 0,
    count: results.length,
    total_pages: Math.ceil(rows.length / size),
    total_results: rows.length,
    extra_stats: null,
    results,
  };
}
