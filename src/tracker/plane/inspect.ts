import { ROLES, STATUS_KEYS } from '../../pipeline/stages.ts';
import { foldLabel } from '../label-name.ts';
import type { TrackerRead } from '../port.ts';
import type { InitOptions, SetupProject } from './init.ts';
import { readLabels } from './labels.ts';
import { readStates } from './status-cache.ts';
import { resolveStatuses } from './status-map.ts';
import { CONTROL_KEYS } from './status-names.ts';
import { idOf, isRow, type PlaneLabel, type PlaneState, textOf } from './wire.ts';

/** One line of `doctor` about a project in Plane. */
export interface PlaneCheck {
  name: string;
  ok: boolean;
  detail: string;
  fix: string | null;
}

export interface InspectOptions extends InitOptions {
  webUrl: string;
  webhookSecretSet: boolean;
  /** Epoch ms of the last valid delivery; null = never. */
  lastDeliveryAt: number | null;
  issueUrl: string | null;
  relations: boolean | null;
}

/** Everything `doctor` says about one project (PLANE-71); reads only. */
export async function inspectPlane(options: InspectOptions): Promise<readonly PlaneCheck[]> {
  const { client, project } = options;
  const me = await client.read({ path: ['users', 'me'] });
  const checks = [
    me.kind === 'ok'
      ? good('token', `valid: ${nameOf(me.value)}`)
      : bad('token', me.reason, 'Set ORCH_PLANE_API_TOKEN to a valid personal API token of Plane.'),
  ];
  if (me.kind !== 'ok') return checks;
  const states = await readStates(client, project.planeProjectId);
  if (states.kind !== 'ok')
    return [
      ...checks,
      bad('project', states.reason, 'Check plane_project_id and that the token’s user is a member.'),
    ];
  const labels = await readLabels(client, project.planeProjectId);
  return [
    ...checks,
    good('project', `visible, ${states.value.length} states`),
    ...(await roleChecks(options)),
    ...statusChecks(project, states.value),
    ...labelChecks(options, labels),
    relationCheck(options.relations),
    ...webhookChecks(options),
  ];
}

const good = (name: string, detail: string): PlaneCheck => ({ name, ok: true, detail, fix: null });
const bad = (name: string, detail: string, fix: string): PlaneCheck => ({ name, ok: false, detail, fix });
const nameOf = (user: unknown): string =>
  isRow(user) ? (textOf(user.display_name) ?? idOf(user) ?? 'unknown') : 'unknown';

async function roleChecks({ client, project }: InspectOptions): Promise<PlaneCheck[]> {
  const checks: PlaneCheck[] = [];
  for (const role of [...ROLES, 'stream'].filter((name) => client.hasToken(name))) {
    const me = await client.read({ path: ['users', 'me'], as: role });
    const seen = await client.read({ path: client.projectPath(project.planeProjectId, 'states'), as: role });
    const name = `bot of role ${role}`;
    if (me.kind !== 'ok')
      checks.push(bad(name, me.reason, `Set ORCH_PLANE_BOT_${role.toUpperCase()} to a valid token.`));
    else if (seen.kind === 'ok') checks.push(good(name, nameOf(me.value)));
    else
      checks.push(
        bad(name, `is not a member of project ${project.repo}`, `Add ${nameOf(me.value)} to the project.`),
      );
  }
  return checks;
}

function statusChecks(project: SetupProject, states: readonly PlaneState[]): PlaneCheck[] {
  const map = resolveStatuses(states, project.stateNames);
  const fix = 'Create it with `orchestrator init plane`, or name it in state_names.';
  const found = STATUS_KEYS.map((key) => {
    const state = map.find(key);
    const name = `status ${key}`;
    if (state === null) return bad(name, 'missing', fix);
    return good(name, state.how === 'name' ? state.name : `alias of ${state.name}`);
  });
  const controls = CONTROL_KEYS.flatMap((key) => {
    const state = map.find(key);
    if (state?.how !== 'name')
      return key === 'to_analyse' ? [] : [bad(`control ${key}`, 'not available in Plane', fix)];
    const group = map.groupOf(state.id);
    const ends = key !== 'stop' && (group === 'completed' || group === 'cancelled');
    return ends ? [bad(`control ${key}`, `is in the group ${group}`, 'Move it to the group started.')] : [];
  });
  const twice = map.duplicates.map((name) =>
    bad('duplicate name', name, 'Rename all but one; the one with the lowest sequence counts.'),
  );
  return [...found, ...controls, ...twice];
}

function labelChecks({ labels }: InspectOptions, read: TrackerRead<readonly PlaneLabel[]>): PlaneCheck[] {
  return labels
    .filter((name) => name.trim() !== '')
    .map((name) => {
      if (read.kind !== 'ok') return bad(`label ${name}`, read.reason, 'Check the token’s rights.');
      const same = read.value.filter((label) => foldLabel(label.name) === foldLabel(name));
      if (same.length === 1) return good(`label ${name}`, 'exists');
      return same.length === 0
        ? bad(`label ${name}`, 'missing', 'Create it with `orchestrator init plane`.')
        : bad(
            `label ${name}`,
            `ambiguous: ${same.map((label) => label.name).join(', ')}`,
            'Delete all but one.',
          );
    });
}

function relationCheck(relations: boolean | null): PlaneCheck {
  if (relations === null) return good('relations', 'not asked yet');
  return relations
    ? good('relations', 'supported')
    : good('relations', 'this server offers none; declared dependencies still work');
}

function webhookChecks(options: InspectOptions): PlaneCheck[] {
  const { webhookSecretSet, lastDeliveryAt, issueUrl } = options;
  const secret = webhookSecretSet
    ? good('webhook secret', 'set')
    : bad('webhook secret', 'not set; polling covers it', 'Set ORCH_PLANE_WEBHOOK_SECRET.');
  const allowed =
    'Plane refuses private addresses unless WEBHOOK_ALLOWED_IPS or WEBHOOK_ALLOWED_HOSTS name them, and localhost always.';
  const delivery =
    lastDeliveryAt === null
      ? bad('last delivery', 'never; polling covers it', allowed)
      : good('last delivery', new Date(lastDeliveryAt).toISOString());
  const web =
    issueUrl === null
      ? bad(
          'web address',
          'no links: loopback or not set',
          'Set ORCH_PLANE_WEB_URL to the address people use.',
        )
      : good('web address', options.webUrl);
  return [secret, delivery, web];
}
