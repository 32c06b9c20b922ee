import { foldLabel } from '../label-name.ts';
import type { TrackerRead } from '../port.ts';
import type { PlaneClient } from './client.ts';
import { type PlaneLabel, toPlaneLabel } from './wire.ts';

export interface LabelCache {
  /** All labels of the project, not older than the TTL. A failed refresh fails: never a stale answer (PLANE-57). */
  get(force?: 'now'): Promise<TrackerRead<readonly PlaneLabel[]>>;
}

export function createLabelCache(deps: {
  client: PlaneClient;
  planeProjectId: string;
  /** `ORCH_AUTO_LABEL_STATES_TTL_S`. */
  ttlMs: number;
  now: () => number;
}): LabelCache {
  let cached: { labels: readonly PlaneLabel[]; at: number } | null = null;
  return {
    get: async (force) => {
      if (cached !== null && force === undefined && deps.now() - cached.at < deps.ttlMs)
        return { kind: 'ok', value: cached.labels };
      const read = await readLabels(deps.client, deps.planeProjectId);
      if (read.kind !== 'ok') return read;
      cached = { labels: read.value, at: deps.now() };
      return read;
    },
  };
}

/** Call 5. */
export async function readLabels(client: PlaneClient, project: string): Promise<TrackerRead<PlaneLabel[]>> {
  const read = await client.list({ path: client.projectPath(project, 'labels') });
  if (read.kind !== 'ok') return read;
  return { kind: 'ok', value: read.value.flatMap((row) => toPlaneLabel(row) ?? []) };
}

/** Whether an issue with these label ids carries this label; any doubt is `unknown` (PLANE-57). */
export async function carriesLabel(
  cache: LabelCache,
  ids: readonly string[],
  name: string,
): Promise<'yes' | 'no' | 'unknown'> {
  let read = await cache.get();
  const knowsAll = (labels: readonly PlaneLabel[]) =>
    ids.every((id) => labels.some((label) => label.id === id));
  if (read.kind === 'ok' && !knowsAll(read.value)) read = await cache.get('now');
  if (read.kind !== 'ok' || !knowsAll(read.value)) return 'unknown';
  const same = read.value.filter((label) => foldLabel(label.name) === foldLabel(name));
  if (same.length > 1) return 'unknown';
  return same.some((label) => ids.includes(label.id)) ? 'yes' : 'no';
}
