import { createHmac, randomUUID } from 'node:crypto';
import type { FakeIssue, FakeProject } from './state.ts';

export type Dialect = 'v1' | 'v2';

/** One webhook request as it goes over the wire. */
export interface Sent {
  body: string;
  headers: Record<string, string>;
}

export interface Change {
  action: 'created' | 'updated' | 'deleted';
  project: FakeProject;
  issue: FakeIssue;
  /** Changed fields with their old values. */
  before: Readonly<Record<string, unknown>>;
  by: { id: string; name: string };
}

export interface Hook {
  /** Null: deliveries are only collected. */
  url: string | null;
  secret: string;
  dialect: Dialect;
  /** Payloads carry id, project and the changed fields only. */
  partial: boolean;
}

/** What the network does to deliveries. */
export interface Weather {
  lose: boolean;
  /** Every delivery this often. */
  copies: number;
  /** Kept back until `release`: everything, or what this is true of. */
  hold: boolean | ((change: Change) => boolean);
}

/** Deliveries of one change: one per changed field in v1, one in all in v2. */
export function deliveriesOf(hook: Hook, change: Change): Sent[] {
  if (hook.dialect === 'v2') return [sign(hook, v2(hook, change), `workitem.${change.action}`)];
  const fields = change.action === 'updated' ? Object.keys(change.before) : [null];
  return fields.map((field) => sign(hook, v1(hook, change, field), 'issue'));
}

/** The signature is over the bytes as they are sent; every attempt has a new delivery id. */
export function sign({ secret }: Pick<Hook, 'secret'>, payload: unknown, event: string): Sent {
  const body = JSON.stringify(payload);
  return { body, headers: { ...signed(secret, body), 'x-plane-event': event } };
}

const signed = (secret: string, body: string) => ({
  'content-type': 'application/json',
  'x-plane-delivery': randomUUID(),
  'x-plane-signature': createHmac('sha256', secret).update(body).digest('hex'),
});

/** The same event again, as Plane repeats it: same body, new delivery id. */
export const again = (sent: Sent): Sent => ({
  ...sent,
  headers: { ...sent.headers, 'x-plane-delivery': randomUUID() },
});

function v1(hook: Hook, { action, project, issue, before, by }: Change, field: string | null) {
  const activity =
    field === null
      ? { field: null, old_value: null, new_value: null, actor: actorOf(by) }
      : {
          field,
          old_value: before[field] ?? null,
          new_value: fieldOf(issue, field),
          old_identifier: before[field] ?? null,
          new_identifier: fieldOf(issue, field),
          actor: actorOf(by),
        };
  const data =
    action === 'deleted' ? { id: issue.id } : dataOf(hook, { project, issue, fields: Object.keys(before) });
  return { event: 'issue', action, webhook_id: HOOK_ID, workspace_id: WORKSPACE_ID, data, activity };
}

function v2(hook: Hook, { action, project, issue, before }: Change) {
  return {
    version: 'v2',
    delivery_id: randomUUID(),
    event_id: randomUUID(),
    entity_id: issue.id,
    entity_type: 'issue',
    // As the published samples have it.
    event: `WebhookScope.ScopeChoices.WORK_ITEM_${action.toUpperCase()}`,
    webhook_id: HOOK_ID,
    workspace_id: WORKSPACE_ID,
    data:
      action === 'deleted' ? { id: issue.id } : dataOf(hook, { project, issue, fields: Object.keys(before) }),
    previous_attributes: action === 'updated' ? before : null,
  };
}

const HOOK_ID = '5d0ae3c9-0000-4000-8000-000000000001';
const WORKSPACE_ID = '5d0ae3c9-0000-4000-8000-000000000002';
const actorOf = ({ id, name }: { id: string; name: string }) => ({ id, display_name: name });
const fieldOf = (issue: FakeIssue, field: string) => (issue as unknown as Record<string, unknown>)[field];

function dataOf(
  hook: Hook,
  { project, issue, fields }: { project: FakeProject; issue: FakeIssue; fields: readonly string[] },
) {
  if (hook.partial)
    return {
      id: issue.id,
      project: project.id,
      ...Object.fromEntries(fields.map((field) => [field, fieldOf(issue, field)])),
    };
  const { id, name, sequence_id, description_html, priority, labels, updated_at } = issue;
  return {
    id,
    name,
    sequence_id,
    description_html,
    priority,
    labels,
    updated_at,
    point: 'None',
    project: project.id,
    state: project.states.find((state) => state.id === issue.state),
  };
}
