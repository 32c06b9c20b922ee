import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import type { Reach, SignedEvent, StagingApi } from '../../http/routes/staging.ts';
import type { Actor } from '../../pipeline/events.ts';
import type { Project } from '../../pipeline/project.ts';
import { isTerminal } from '../../pipeline/stages.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { deleteIssue, isListed, startEvent } from '../../tracker/plane/sandbox.ts';
import type { Parts } from '../parts.ts';

/** A STOP of the sandbox task may take this long; the check waits 15 s for an answer (SHIP-30). */
const STOP_MS = 12_000;
const STOP_LOOK_MS = 100;

type Deps = Pick<Parts, 'config' | 'house' | 'place' | 'plane' | 'projects' | 'rooms' | 'trackerFor'>;

interface Sandbox {
  deps: Deps;
  project: Project;
}

/** What a staging instance answers its check; undefined anywhere else: the routes do not exist (SHIP-32, SHIP-37). */
export function createStaging(deps: Deps): StagingApi | undefined {
  const [project] = deps.projects;
  if (!deps.config.server.staging || project === undefined) return undefined;
  const sandbox: Sandbox = { deps, project };
  const { repo, planeProjectId } = project;
  return {
    facts: async () => ({
      sandbox: { repo, project_id: planeProjectId ?? repo },
      forbidden_projects: forbiddenOf(deps),
      tracker: await trackerReach(sandbox),
      forge: await forgeReach(sandbox),
    }),
    branches: async () => {
      const { mirror } = deps.rooms.workspace.open(project);
      await mirror.fetch();
      return mirror.branches();
    },
    trackerState: async (wid) => {
      const issue = await issueOf(sandbox, wid);
      if (issue === null) return null;
      const read = await deps.trackerFor(repo).getIssue(issue);
      return read.kind === 'ok' ? (read.value.statusName ?? '') : null;
    },
    startEvent: (wid) => signedStart(sandbox, wid),
    remove: (wid, actor) => remove(sandbox, wid, actor),
  };
}

/** An empty list says nothing: with no forbidden project named, B6 cannot verify. */
function forbiddenOf({ config: { gates } }: Deps): readonly string[] | null {
  return gates.stagingForbiddenProjects.length === 0 ? null : gates.stagingForbiddenProjects;
}

/** A live task knows its issue; before and after it, its number leads there. Null: there is none. */
async function issueOf({ deps, project }: Sandbox, wid: string): Promise<string | null> {
  const task = deps.house.tasks.byWid(wid);
  if (task?.issueId && !isTerminal(task.stage)) return task.issueId;
  const [, prefix, digits] = /^(.+)-(\d+)$/.exec(wid) ?? [];
  if (prefix !== project.prefix) return null;
  if (project.tracker === 'local') return deps.house.issues.bySeq(project.repo, Number(digits))?.id ?? null;
  const found = await deps.plane.open(project.repo).project.find(Number(digits));
  return found.kind === 'ok' ? found.value : null;
}

async function trackerReach({ deps, project }: Sandbox): Promise<Reach> {
  if (project.tracker === 'local') return { ok: true, detail: 'the local tracker' };
  const listed = await isListed(deps.plane.open(project.repo).project);
  if (listed.kind !== 'ok') return { ok: false, detail: listed.reason };
  return listed.value
    ? { ok: true, detail: 'listed' }
    : { ok: false, detail: `Plane does not list ${project.planeProjectId}` };
}

async function forgeReach({ deps, project }: Sandbox): Promise<Reach> {
  const forge = deps.rooms.forgeFor(project);
  const may = await forge.mayPush();
  if (may.kind !== 'ok') return { ok: false, detail: may.reason };
  return may.value ? { ok: true, detail: 'push is granted' } : { ok: false, detail: 'push is not granted' };
}

async function signedStart(sandbox: Sandbox, wid: string): Promise<SignedEvent | null> {
  const { deps, project } = sandbox;
  const secret = deps.config.tracker.planeWebhookSecret;
  if (project.tracker === 'local' || secret === undefined)
    throw new AppError(
      'no-start-event',
      `Expected a sandbox project in Plane and a webhook secret, found ${
        secret === undefined ? 'no ORCH_PLANE_WEBHOOK_SECRET' : 'the local tracker'
      }.`,
      { fault: 'user', hint: 'Correct the settings of the staging instance.' },
    );
  const issue = await issueOf(sandbox, wid);
  if (issue === null) return null;
  const event = await startEvent(deps.plane.open(project.repo).project, { issue, secret });
  if (event.kind === 'ok') return event.value;
  throw new AppError('tracker-unreachable', `The work item could not be started: ${event.reason}.`, {
    fault: 'environment',
    retry: true,
  });
}

/** C10: the task ends as by STOP, its branch archived and removed; then the issue goes. */
async function remove(sandbox: Sandbox, wid: string, actor: Actor): Promise<boolean> {
  const { deps } = sandbox;
  const task = deps.house.tasks.byWid(wid);
  const issue = await issueOf(sandbox, wid);
  if (task !== null) await cancel(deps, task, actor);
  if (issue !== null) await removeIssue(sandbox, issue);
  return task !== null || issue !== null;
}

async function cancel({ house, place }: Deps, task: TaskState, actor: Actor): Promise<void> {
  const ended = (): boolean => {
    const now = house.tasks.get(task.id);
    return now === null || isTerminal(now.stage);
  };
  if (ended()) return;
  const command = { kind: 'command', name: 'stop', text: 'staging check' } as const;
  house.engine.apply({ ...command, key: randomUUID(), at: place.now(), actor, target: { task: task.id } });
  const giveUpAt = performance.now() + STOP_MS;
  while (!ended()) {
    if (performance.now() > giveUpAt)
      throw new AppError('still-stopping', `${task.wid} is still being stopped.`, {
        fault: 'environment',
        retry: true,
        hint: 'Ask again in a moment.',
      });
    await delay(STOP_LOOK_MS);
  }
}

async function removeIssue({ deps, project }: Sandbox, issue: string): Promise<void> {
  if (project.tracker === 'local') return deps.house.issues.remove(issue);
  const removed = await deleteIssue(deps.plane.open(project.repo).project, issue);
  if (removed.kind !== 'done')
    throw new AppError('issue-not-removed', `The work item was not removed: ${removed.reason}.`, {
      fault: 'environment',
      retry: true,
    });
}
