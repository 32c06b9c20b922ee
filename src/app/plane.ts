import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { Db } from '../db/open.ts';
import { createPlaneStore } from '../db/plane-store.ts';
import { AppError } from '../errors.ts';
import type { HttpClient } from '../http-client.ts';
import type { Project } from '../pipeline/project.ts';
import { openPlane, type Plane } from '../tracker/plane/open.ts';
import type { Place } from './parts.ts';

export const pause = async (ms: number): Promise<void> => void (await delay(ms, undefined, { ref: false }));

/** The projects of the registry that live in Plane, each opened once. */
export interface PlaneRoom {
  projects(): readonly Project[];
  /** Throws AppError `config-invalid` without the Plane settings; the registry check refuses that before (REG-4). */
  open(repo: string): ReturnType<Plane['open']>;
}

/** Opens Plane with the first project that needs it; makes no call. */
export function createPlaneRoom(deps: {
  config: Config;
  db: Db;
  http: HttpClient;
  place: Place;
  projects: () => readonly Project[];
  project: (repo: string) => Project;
}): PlaneRoom {
  const { place, db, http } = deps;
  let plane: Plane | null = null;
  const opened = new Map<string, ReturnType<Plane['open']>>();
  return {
    projects: () => deps.projects().filter(({ tracker }) => tracker === 'plane'),
    open: (repo) => {
      const entry = deps.project(repo);
      const key = `${repo} ${entry.planeProjectId} ${JSON.stringify(entry.stateNames)}`;
      const store = createPlaneStore(db);
      plane ??= openPlane(planeSettingsOf(deps.config), { ...place, http, store, sleep: pause });
      const known = opened.get(key) ?? plane.open(entry);
      opened.set(key, known);
      return known;
    },
  };
}

/** Throws AppError `config-invalid` where one is missing. */
export function planeSettingsOf({ tracker, labels }: Config): Parameters<typeof openPlane>[0] {
  const { planeApiUrl, planeWorkspaceSlug, planeApiToken } = tracker;
  if (planeApiUrl === undefined || planeWorkspaceSlug === undefined || planeApiToken === undefined)
    throw new AppError('config-invalid', 'A project lives in Plane, but the Plane settings are missing.', {
      fault: 'user',
      hint: 'Set ORCH_PLANE_API_URL, ORCH_PLANE_WORKSPACE_SLUG and ORCH_PLANE_API_TOKEN.',
    });
  return {
    apiUrl: planeApiUrl,
    webUrl: tracker.planeWebUrl ?? planeApiUrl,
    workspace: planeWorkspaceSlug,
    token: planeApiToken,
    roleTokens: tracker.planeBot,
    style: tracker.planeApiStyle,
    timeoutS: tracker.planeTimeoutS,
    maxPages: tracker.planeMaxPages,
    statesTtlS: tracker.planeStatesTtlS,
    labelsTtlS: labels.autoLabelStatesTtlS,
    ratePerMin: tracker.trackerRatePerMin,
  };
}
