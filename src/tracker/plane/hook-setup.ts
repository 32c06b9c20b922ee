import type { PlaneClient } from './client.ts';
import { idOf, isRow, textOf } from './wire.ts';

/** What became of the webhook in Plane. */
export type HookSetup =
  | { kind: 'exists' }
  /** `secret` null: Plane keeps it to itself. */
  | { kind: 'created'; secret: string | null }
  /** Why a person has to enter it. */
  | { kind: 'by-hand'; reason: string };

/** The events we read (PLANE-42). */
const SCOPES = [
  'workitem.created',
  'workitem.updated',
  'workitem.deleted',
  'workitem.comment.created',
  'workitem.relation.created',
  'workitem.relation.deleted',
] as const;

const same = (a: string, b: string): boolean => a.replace(/\/+$/, '') === b.replace(/\/+$/, '');

/**
 * Creates the workspace's webhook where the server offers that (Plane's API v2; the community edition has none) and
 * none with this address exists. Asking again changes nothing (PLANE-71).
 */
export async function ensureHook(client: PlaneClient, url: string): Promise<HookSetup> {
  const path = ['workspaces', client.workspace, 'webhooks'];
  const list = await client.list({ api: 'v2', path });
  if (list.kind === 'not_found')
    return { kind: 'by-hand', reason: 'this server offers no webhooks in its API' };
  if (list.kind !== 'ok') return { kind: 'by-hand', reason: list.reason };
  const ours = list.value.filter(isRow).find((hook) => same(textOf(hook.url) ?? '', url));
  if (ours !== undefined)
    return ours.is_active === false
      ? { kind: 'by-hand', reason: 'it exists, but Plane has switched it off' }
      : { kind: 'exists' };
  const json = {
    name: 'Orchestrator',
    url,
    is_active: true,
    content_type: 'application/json',
    scopes: SCOPES,
  };
  const made = await client.call({ api: 'v2', method: 'POST', path, json });
  if (!made.ok) return { kind: 'by-hand', reason: made.failure.reason };
  return {
    kind: 'created',
    secret: secretOf(made.data) ?? (await newSecret(client, [...path], idOf(made.data))),
  };
}

const secretOf = (data: unknown): string | null =>
  isRow(data) ? (textOf(data.secret_key) ?? textOf(data.secret) ?? null) : null;

/** Plane shows a secret only when it makes one. */
async function newSecret(
  client: PlaneClient,
  path: string[],
  id: string | undefined,
): Promise<string | null> {
  if (id === undefined) return null;
  const made = await client.call({ api: 'v2', method: 'POST', path: [...path, id, 'regenerate'] });
  return made.ok ? secretOf(made.data) : null;
}

/** The address Plane calls; null while nobody has said how we are reached. */
export const hookUrlOf = (publicUrl: string | undefined): string | null =>
  publicUrl === undefined ? null : `${publicUrl.replace(/\/+$/, '')}/webhook/plane`;

/** The exact values to enter in Plane by hand, and what its administrator must allow (PLANE-71). */
export function hookInstructions(hook: { url: string | null; secretSet: boolean }): readonly string[] {
  const url =
    hook.url ?? '<ORCH_PUBLIC_URL>/webhook/plane (set ORCH_PUBLIC_URL to the address Plane can reach)';
  return [
    'In Plane: Workspace settings → Webhooks → Add webhook.',
    `  URL: ${url}`,
    '  Events: Work items (Issues) and Work item comments (Issue comments).',
    hook.secretSet
      ? '  Secret: ORCH_PLANE_WEBHOOK_SECRET is set; it must equal the one Plane shows.'
      : '  Secret: set ORCH_PLANE_WEBHOOK_SECRET to the one Plane shows. Until then polling covers it.',
    ADMINISTRATOR,
  ];
}

const ADMINISTRATOR =
  'A private address must be named by the Plane administrator in WEBHOOK_ALLOWED_IPS or WEBHOOK_ALLOWED_HOSTS; localhost is always refused.';
