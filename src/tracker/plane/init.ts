import { STATUS_KEYS, type StatusKey } from '../../pipeline/stages.ts';
import { foldLabel } from '../label-name.ts';
import type { TrackerRead } from '../port.ts';
import type { PlaneClient } from './client.ts';
import { readLabels } from './labels.ts';
import { readStates } from './status-cache.ts';
import { resolveStatuses } from './status-map.ts';
import { STATUS_RULES } from './status-names.ts';
import type { StateGroup } from './wire.ts';

export interface SetupProject {
  repo: string;
  planeProjectId: string;
  stateNames: Readonly<Record<string, string>>;
}

export interface InitOptions {
  client: PlaneClient;
  project: SetupProject;
  /** Labels to exist: `ORCH_AUTO_APPROVE_LABEL`, `ORCH_AUTO_DEPLOY_LABEL`. */
  labels: readonly string[];
}

/** One thing `init plane` creates. */
export type Missing =
  | { what: 'state'; key: StatusKey; name: string; group: StateGroup }
  | { what: 'label'; name: string };

export interface InitPlan {
  missing: readonly Missing[];
  /** How many of our states and labels exist already. */
  present: number;
}

const COLORS: Readonly<Record<StateGroup, string>> = {
  backlog: '#a3a3a3',
  unstarted: '#3a3a3a',
  started: '#f59e0b',
  completed: '#16a34a',
  cancelled: '#ef4444',
};
const LABEL_COLOR = '#6366f1';

/** What a project lacks; makes no change. Safe to ask again at any time. */
export async function planInit(options: InitOptions): Promise<TrackerRead<InitPlan>> {
  const { client, project } = options;
  const states = await readStates(client, project.planeProjectId);
  if (states.kind !== 'ok') return states;
  const labels = await readLabels(client, project.planeProjectId);
  if (labels.kind !== 'ok') return labels;
  const map = resolveStatuses(states.value, project.stateNames);
  const wanted = STATUS_KEYS.map((key) => ({ key, ...nameAndGroup(project, key) }));
  const missing: Missing[] = [
    ...wanted
      .filter(({ key }) => map.find(key)?.how !== 'name')
      .map((state) => ({ what: 'state' as const, ...state })),
    ...options.labels
      .filter((name) => name.trim() !== '')
      .filter((name) => !labels.value.some((label) => foldLabel(label.name) === foldLabel(name)))
      .map((name) => ({ what: 'label' as const, name })),
  ];
  const present = STATUS_KEYS.length + options.labels.length - missing.length;
  return { kind: 'ok', value: { missing, present } };
}

const nameAndGroup = ({ stateNames }: SetupProject, key: StatusKey) => ({
  name: stateNames[key] ?? STATUS_RULES[key].name,
  group: STATUS_RULES[key].group,
});

/** What became of one missing thing. `existed`: somebody was faster, which is just as good. */
export interface Created {
  missing: Missing;
  result: 'created' | 'existed' | 'failed';
  reason: string | null;
}

/** Creates what `planInit` found, one by one; a failure does not stop the rest (PLANE-71). */
export async function applyInit(options: InitOptions, missing: readonly Missing[]): Promise<Created[]> {
  const { client, project } = options;
  const done: Created[] = [];
  for (const one of missing) {
    const path = client.projectPath(project.planeProjectId, one.what === 'state' ? 'states' : 'labels');
    const json =
      one.what === 'state'
        ? { name: one.name, group: one.group, color: COLORS[one.group] }
        : { name: one.name, color: LABEL_COLOR };
    const answer = await client.call({ method: 'POST', path, json });
    if (answer.ok) done.push({ missing: one, result: 'created', reason: null });
    else if (answer.status === 409) done.push({ missing: one, result: 'existed', reason: null });
    else done.push({ missing: one, result: 'failed', reason: answer.failure.reason });
  }
  return done;
}
