import { planeSettingsOf } from '../../app/plane.ts';
import { AppError } from '../../errors.ts';
import { silentLogger } from '../../log.ts';
import type { Project } from '../../pipeline/project.ts';
import type { PlaneClient } from '../../tracker/plane/client.ts';
import { ensureHook, type HookSetup, hookInstructions, hookUrlOf } from '../../tracker/plane/hook-setup.ts';
import {
  applyInit,
  type Created,
  type InitOptions,
  type Missing,
  planInit,
} from '../../tracker/plane/init.ts';
import { openPlaneClient } from '../../tracker/plane/open.ts';
import { canAsk, createAsking } from '../asking.ts';
import type { Place } from '../checks/check.ts';
import { placeOf } from '../checks/place.ts';
import type { CliContext, Flags } from '../context.ts';
import { createPrinter, type Printer } from '../output/printer.ts';
import { loadSettings } from '../settings.ts';

export interface InitPlaneOptions {
  /** Creates without asking. */
  yes: boolean;
}

interface Board {
  repo: string;
  /** Why it could not be looked at; null where it could. */
  error: string | null;
  present: number;
  missing: readonly Missing[];
  done: readonly Created[];
}

/** `init plane` (PLANE-71): missing states and labels, the webhook; repeatable. 1 when something is left to do. */
export async function initPlane(
  context: CliContext,
  flags: Flags,
  { yes }: InitPlaneOptions,
): Promise<number> {
  const place = placeOf(context, loadSettings(context, flags));
  const { config, projects } = place.loaded;
  const mine = projects.filter(({ tracker }) => tracker === 'plane');
  if (mine.length === 0)
    throw new AppError('no-plane-project', 'Expected a project with `tracker: plane`, found none.', {
      fault: 'user',
      hint: 'Set plane_project_id in projects.json, with ORCH_PLANE_API_URL, ORCH_PLANE_API_TOKEN and ORCH_PLANE_WORKSPACE_SLUG.',
    });
  const printer = createPrinter(context);
  const client = clientOf(place);
  const boards: Board[] = [];
  for (const project of mine)
    boards.push(await setUp({ place, client, printer, context, yes, flags }, project));
  const url = hookUrlOf(config.server.publicUrl);
  const hook: HookSetup =
    url === null ? { kind: 'by-hand', reason: 'ORCH_PUBLIC_URL is not set' } : await ensureHook(client, url);
  const secretSet = config.tracker.planeWebhookSecret !== undefined;
  const lines = hookLines(hook, { url, secretSet });
  const ok = boards.every(({ error, missing, done }) => error === null && isComplete(missing, done));
  if (flags.json) printer.json({ ok, projects: boards, webhook: { ...hook, url, lines } });
  else printer.lines(['', ...lines]);
  return ok ? 0 : 1;
}

const isComplete = (missing: readonly Missing[], done: readonly Created[]): boolean =>
  done.length === missing.length && done.every(({ result }) => result !== 'failed');

const clientOf = ({ loaded, http, now }: Place): PlaneClient =>
  openPlaneClient(planeSettingsOf(loaded.config), {
    http,
    now,
    sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    log: silentLogger(),
  });

interface SettingUp {
  place: Place;
  client: PlaneClient;
  printer: Printer;
  context: CliContext;
  flags: Flags;
  yes: boolean;
}

async function setUp(means: SettingUp, project: Project): Promise<Board> {
  const { place, client, printer, flags } = means;
  const { labels } = place.loaded.config;
  const { repo, planeProjectId = '', stateNames } = project;
  const options: InitOptions = {
    client,
    project: { repo, planeProjectId, stateNames },
    labels: labels.autoLabelEnabled ? [labels.autoApproveLabel, labels.autoDeployLabel] : [],
  };
  const say = (...lines: string[]) => (flags.json ? undefined : printer.lines(lines));
  const plan = await planInit(options);
  if (plan.kind !== 'ok') {
    say(
      `✗ ${repo}: ${plan.reason}. Fix: check ORCH_PLANE_API_TOKEN, and that its user is a member of the project.`,
    );
    return { repo, error: plan.reason, present: 0, missing: [], done: [] };
  }
  const { missing, present } = plan.value;
  say(`${repo}: ${present} states and labels are there, ${missing.length} are missing`);
  say(...missing.map((one) => `  ${nameOf(one)}`));
  const done =
    missing.length > 0 && (await wanted(means, repo, missing)) ? await applyInit(options, missing) : [];
  say(
    ...done.map(
      ({ missing: one, result, reason }) =>
        `${MARKS[result]} ${repo}: ${nameOf(one)} ${result}${reason === null ? '' : `: ${reason}`}`,
    ),
  );
  return { repo, error: null, present, missing, done };
}

const MARKS = { created: '+', existed: '✓', failed: '✗' } as const;

const nameOf = (missing: Missing): string =>
  missing.what === 'state' ? `state "${missing.name}" (group ${missing.group})` : `label "${missing.name}"`;

/** Nothing is created unasked (PLANE-71). */
async function wanted(
  { context, printer, yes }: SettingUp,
  repo: string,
  missing: readonly Missing[],
): Promise<boolean> {
  if (yes) return true;
  if (canAsk(context)) return createAsking(context).confirm(`Create these ${missing.length} in ${repo}?`);
  printer.note(`Nothing was created in ${repo}: there is nobody to ask here. Run it again with --yes.`);
  return false;
}

function hookLines(hook: HookSetup, where: { url: string | null; secretSet: boolean }): readonly string[] {
  if (hook.kind === 'exists') return [`✓ webhook: ${where.url} exists`];
  if (hook.kind === 'by-hand') return [`! webhook: ${hook.reason}.`, ...hookInstructions(where)];
  const [, , , ...rest] = hookInstructions({ ...where, secretSet: false });
  const secret = hook.secret === null ? rest.slice(0, 1) : [`  ORCH_PLANE_WEBHOOK_SECRET=${hook.secret}`];
  return [
    `+ webhook: ${where.url} created. Put this into the environment file, then restart:`,
    ...secret,
    ...rest.slice(1),
  ];
}
