import { createHash } from 'node:crypto';
import { idOf, isRow, present, type Row, textOf } from './wire.ts';

/** Headers of a request as Node gives them: lower-case names. */
export type WebhookHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Hex HMAC-SHA256 of the raw body, verified by the front door (PLANE-39). */
export const PLANE_SIGNATURE_HEADERS = ['x-plane-signature'] as const;

/** What a delivery says happened; plain JSON, so that it can be stored and carried by a job (PLANE-42). */
export interface PlaneDelivery {
  what: 'created' | 'updated' | 'deleted' | 'comment' | 'relation';
  repo: string;
  issue: string;
  /** True when the state of the issue changed; every other update only wakes (PLANE-44). */
  stateChanged: boolean;
  title: string;
  description: string;
  /** Who did it, where the payload says so; never used to tell own writes (PLANE-29). */
  actor: string | null;
}

export type ParsedDelivery = { event: PlaneDelivery } | { ignored: string };

/** Which of our projects a payload belongs to. */
export interface ProjectLookup {
  byProject(planeProjectId: string): string | null;
  /** Repository of a known issue (PLANE-43). */
  byIssue(issue: string): string | null;
}

/** The same for every attempt of one event: `X-Plane-Delivery` is new each time (PLANE-41). */
export function planeDeliveryId(raw: Buffer, payload: unknown): string {
  const event = isRow(payload) ? textOf(payload.event_id) : undefined;
  if (event !== undefined) return `plane:event:${event}`;
  return `plane${createHash('sha256').update('plane').update(raw).digest('hex')}`;
}

/** Event filter, then project filter (REC-35, PLANE-42, PLANE-43). Both dialects; never throws. */
export function parsePlaneWebhook(
  payload: unknown,
  headers: WebhookHeaders,
  projects: ProjectLookup,
): ParsedDelivery {
  if (!isRow(payload)) return { ignored: 'unsupported event' };
  const what = whatOf(payload, headers);
  const data = isRow(payload.data) ? payload.data : {};
  const issue = what === null ? undefined : issueOf(what, payload, data);
  if (what === null || issue === undefined) return { ignored: 'unsupported event' };
  const project = firstId(data.project, data.project_id);
  const repo = project === undefined ? projects.byIssue(issue) : projects.byProject(project);
  if (repo === null) return { ignored: project === undefined ? 'no project' : 'unknown project' };
  const activity = isRow(payload.activity) ? payload.activity : {};
  return {
    event: {
      what,
      repo,
      issue,
      stateChanged: what === 'updated' && isStateChange(payload, activity, data),
      title: textOf(data.name)?.trim() ?? '',
      description: textOf(data.description_stripped)?.trim() ?? '',
      actor: actorOf(activity, data),
    },
  };
}

const NAMES: ReadonlyMap<string, PlaneDelivery['what']> = new Map(
  Object.entries({
    'issue+created': 'created',
    'issue+create': 'created',
    workitemcreated: 'created',
    'issue+updated': 'updated',
    'issue+update': 'updated',
    workitemupdated: 'updated',
    'issue+deleted': 'deleted',
    'issue+delete': 'deleted',
    workitemdeleted: 'deleted',
    'issuecomment+created': 'comment',
    'issuecomment+create': 'comment',
    commentcreated: 'comment',
    workitemcommentcreated: 'comment',
    workitemrelationcreated: 'relation',
    workitemrelationdeleted: 'relation',
    workitemdependencycreated: 'relation',
    workitemdependencydeleted: 'relation',
  } as const),
);

/** `WebhookScope.ScopeChoices.WORK_ITEM_UPDATED` and `workitem.updated` are the same word. */
const folded = (name: unknown): string =>
  (textOf(name) ?? '')
    .replace(/^WebhookScope\.ScopeChoices\./i, '')
    .replace(/[_.]/g, '')
    .toLowerCase();

function whatOf(payload: Row, headers: WebhookHeaders): PlaneDelivery['what'] | null {
  const header = headers['x-plane-event'];
  const name = folded(payload.event) || folded(Array.isArray(header) ? header[0] : header);
  const action = folded(payload.action);
  const known = NAMES.get(action === '' ? name : `${name}+${action}`) ?? NAMES.get(name);
  if (known !== undefined) return known;
  // An event we do not know about an issue we may know: the issue is read again.
  return folded(payload.entity_type) === 'issue' ? 'updated' : null;
}

function issueOf(what: PlaneDelivery['what'], payload: Row, data: Row): string | undefined {
  if (what !== 'comment') return firstId(data.id, payload.entity_id);
  const comment = isRow(data.comment) ? data.comment : {};
  return firstId(data.issue, data.issue_id, comment.issue_id, payload.entity_id);
}

function firstId(...values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const id = idOf(value);
    if (id !== undefined) return id;
  }
  return undefined;
}

const STATE_FIELDS: ReadonlySet<string> = new Set(['state', 'state_id']);

/** PLANE-44. */
function isStateChange(payload: Row, activity: Row, data: Row): boolean {
  const field = textOf(activity.field);
  if (field !== undefined) return STATE_FIELDS.has(field);
  const previous = payload.previous_attributes;
  if (isRow(previous)) return Object.keys(previous).some((key) => STATE_FIELDS.has(key));
  return present(data.state) !== undefined || present(data.state_id) !== undefined;
}

function actorOf(activity: Row, data: Row): string | null {
  const { actor } = activity;
  const name = isRow(actor) ? textOf(actor.display_name) : undefined;
  return name ?? firstId(actor, data.updated_by) ?? null;
}
