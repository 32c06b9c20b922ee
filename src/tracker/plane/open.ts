import type { HttpClient } from '../../http-client.ts';
import type { Logger } from '../../log.ts';
import type { Project } from '../../pipeline/project.ts';
import { createPlaneClient, type PlaneClient } from './client.ts';
import { createPlaneTracker, type PlaneTracker } from './plane-tracker.ts';
import { createPlaneProject, type PlaneProject } from './project.ts';
import type { PlaneStore } from './store.ts';

/** The Plane settings of one installation (tracker.md section 4), in the units of the settings. */
export interface PlaneSettings {
  /** `ORCH_PLANE_API_URL`. */
  apiUrl: string;
  /** `ORCH_PLANE_WEB_URL`, else the same. */
  webUrl: string;
  /** `ORCH_PLANE_WORKSPACE_SLUG`. */
  workspace: string;
  /** `ORCH_PLANE_API_TOKEN`. */
  token: string;
  /** `ORCH_PLANE_BOT_*` by role, and `stream`. */
  roleTokens: Readonly<Record<string, string | undefined>>;
  style: 'auto' | 'work-items' | 'issues';
  timeoutS: number;
  maxPages: number;
  statesTtlS: number;
  /** `ORCH_AUTO_LABEL_STATES_TTL_S`. */
  labelsTtlS: number;
  ratePerMin: number;
}

export interface PlaneDeps {
  http: HttpClient;
  store: PlaneStore;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  log: Logger;
}

/** One Plane workspace, opened for its projects: they share the request limit and the spelling of paths. */
export interface Plane {
  client: PlaneClient;
  /** Makes no call. The same project opened twice has two caches. */
  open(project: Pick<Project, 'repo' | 'prefix' | 'planeProjectId' | 'stateNames'>): {
    project: PlaneProject;
    tracker: PlaneTracker;
  };
}

/** The client of a workspace alone, for looking at it and setting it up; makes no call. */
export const openPlaneClient = (settings: PlaneSettings, deps: Omit<PlaneDeps, 'store'>): PlaneClient =>
  createPlaneClient({
    baseUrl: settings.apiUrl,
    workspace: settings.workspace,
    token: settings.token,
    roleTokens: settings.roleTokens,
    style: settings.style,
    timeoutMs: settings.timeoutS * 1000,
    maxPages: settings.maxPages,
    ratePerMin: settings.ratePerMin,
    ...deps,
  });

/** Opens Plane with the installation's settings. */
export function openPlane(settings: PlaneSettings, deps: PlaneDeps): Plane {
  const client = openPlaneClient(settings, deps);
  const ttl = { statesTtlMs: settings.statesTtlS * 1000, labelsTtlMs: settings.labelsTtlS * 1000 };
  return {
    client,
    open: (entry) => {
      const project = createPlaneProject({ ...deps, ...ttl, client, project: entry });
      return { project, tracker: createPlaneTracker({ project, webUrl: settings.webUrl }) };
    },
  };
}
