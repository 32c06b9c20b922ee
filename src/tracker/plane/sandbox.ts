import { createHmac, randomUUID } from 'node:crypto';
import type { TrackerRead, TrackerWrite } from '../port.ts';
import { asWrite } from './comments.ts';
import type { PlaneProject } from './project.ts';
import { PLANE_SIGNATURE_HEADERS } from './webhook.ts';
import { idOf, isRow } from './wire.ts';

/*
 * What a staging instance does with its sandbox project beside the engine (SHIP-32): it plays the person who starts a
 * work item, so nothing here is recorded as a write of our own (PLANE-29).
 */

/** Whether the workspace lists the project for our token (B4). */
export async function isListed({ client, id }: PlaneProject): Promise<TrackerRead<boolean>> {
  const read = await client.list({ path: ['workspaces', client.workspace, 'projects'] });
  if (read.kind !== 'ok') return read;
  return { kind: 'ok', value: read.value.some((row) => isRow(row) && idOf(row.id) === id) };
}

/** Moves an issue to To Analyse as a person does, and signs the event Plane sends about it (C8). */
export async function startEvent(
  project: PlaneProject,
  { issue, secret }: { issue: string; secret: string },
): Promise<TrackerRead<{ headers: Record<string, string>; body: string }>> {
  const map = await project.states.get();
  if (map.kind !== 'ok') return map;
  const state = map.value.find('to_analyse');
  if (state === null) return { kind: 'permanent', reason: 'the sandbox project has no state To Analyse' };
  const path = await project.client.items(project.id, issue);
  if (path.kind !== 'ok') return path;
  const moved = await project.client.call({ method: 'PATCH', path: path.value, json: { state: state.id } });
  if (!moved.ok) return moved.failure;
  const row = isRow(moved.data) ? moved.data : {};
  const body = JSON.stringify({
    event: 'issue',
    action: 'updated',
    data: { ...row, id: issue, project: project.id, state: state.id },
    activity: { field: 'state', new_value: state.name, new_identifier: state.id },
  });
  return { kind: 'ok', value: { headers: signed(secret, body), body } };
}

const signed = (secret: string, body: string): Record<string, string> => ({
  'content-type': 'application/json',
  'x-plane-event': 'issue',
  'x-plane-delivery': randomUUID(),
  [PLANE_SIGNATURE_HEADERS[0]]: createHmac('sha256', secret).update(body).digest('hex'),
});

/** Deletes an issue of the sandbox project; one that is gone already counts as done. */
export async function deleteIssue(project: PlaneProject, issue: string): Promise<TrackerWrite> {
  const path = await project.client.items(project.id, issue);
  if (path.kind !== 'ok') return asWrite(path);
  const answer = await project.client.call({ method: 'DELETE', path: path.value });
  if (answer.ok || answer.failure.kind === 'not_found') return { kind: 'done' };
  return asWrite(answer.failure);
}
