import type { Logger } from '../../log.ts';
import type { TrackerRead } from '../port.ts';
import type { PlaneClient } from './client.ts';
import { resolveStatuses, type StatusMap } from './status-map.ts';
import type { PlaneStore } from './store.ts';
import { type PlaneState, toPlaneState } from './wire.ts';

export interface StatusCache {
  /** The map of this project; a failed refresh serves the last good one (PLANE-22). */
  get(): Promise<TrackerRead<StatusMap>>;
  /** The map that knows this state id: an unknown one refreshes at once, at most every 30 s. */
  knowing(stateId: string): Promise<TrackerRead<StatusMap>>;
  /** The last good map without any call; null when there never was one. */
  last(): StatusMap | null;
  /** Forgets what was read (`tracker refresh`). */
  drop(): void;
}

export interface StatusCacheDeps {
  client: PlaneClient;
  store: PlaneStore;
  project: { repo: string; planeProjectId: string; stateNames: Readonly<Record<string, string>> };
  /** 0 keeps a map for the life of the process. */
  ttlMs: number;
  now: () => number;
  log: Logger;
}

const FORCED_EVERY_MS = 30_000;

export function createStatusCache(deps: StatusCacheDeps): StatusCache {
  const { project, store, now } = deps;
  const key = `plane.states.${project.repo}.${project.planeProjectId}`;
  const resolve = (states: readonly PlaneState[]) => resolveStatuses(states, project.stateNames);
  const stored = (): StatusMap | null => {
    const states = parseStates(store.value(key));
    return states === null ? null : resolve(states);
  };
  let good: StatusMap | null = null;
  let readAt: number | null = null;
  let forcedAt = Number.NEGATIVE_INFINITY;

  const refresh = async (): Promise<TrackerRead<StatusMap>> => {
    const read = await readStates(deps.client, project.planeProjectId);
    if (read.kind !== 'ok') {
      const last = good ?? stored();
      if (last === null) return read;
      deps.log.warn({ repo: project.repo, reason: read.reason }, 'tracker states are stale');
      return { kind: 'ok', value: last };
    }
    store.putValue(key, JSON.stringify(read.value));
    good = resolve(read.value);
    readAt = now();
    return { kind: 'ok', value: good };
  };
  const get = async (): Promise<TrackerRead<StatusMap>> => {
    const fresh = readAt !== null && (deps.ttlMs === 0 || now() - readAt < deps.ttlMs);
    return good !== null && fresh ? { kind: 'ok', value: good } : refresh();
  };
  return {
    get,
    knowing: async (stateId) => {
      const read = await get();
      if (read.kind !== 'ok' || read.value.state(stateId) !== null) return read;
      if (now() - forcedAt < FORCED_EVERY_MS) return read;
      forcedAt = now();
      return refresh();
    },
    last: () => good ?? stored(),
    drop: () => {
      readAt = null;
    },
  };
}

/** Call 3. Rows that are no states are left out; a list without a single state is no answer. */
export async function readStates(client: PlaneClient, project: string): Promise<TrackerRead<PlaneState[]>> {
  const read = await client.list({ path: client.projectPath(project, 'states') });
  if (read.kind !== 'ok') return read;
  const states = read.value.flatMap((row) => toPlaneState(row) ?? []);
  if (states.length > 0) return { kind: 'ok', value: states };
  return { kind: 'permanent', reason: 'the project has no states' };
}

function parseStates(text: string | null): PlaneState[] | null {
  try {
    const states = JSON.parse(text ?? 'null') as PlaneState[] | null;
    return Array.isArray(states) ? states : null;
  } catch {
    return null;
  }
}
