import { AppError } from '../errors.ts';
import type { Forge } from '../forge/port.ts';
import { ARTEFACTS } from '../pipeline/artefacts.ts';
import type { Event } from '../pipeline/events.ts';
import type { Project } from '../pipeline/project.ts';
import { DELIVERY_STAGE, isTerminal } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import type { JobContext, Payload } from '../queues/catalog.ts';
import { LookAgain } from '../queues/catalog.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type CarryDeps, carryLogs, lateReports } from './carry-logs.ts';

export interface EndOfTaskDeps {
  task: (id: number) => TaskState | null;
  project: (repo: string) => Project;
  workspace: Workspace;
  forgeFor: (project: Project) => Forge;
  /** True while a process or a claimed job of the task may still write (REC-92 step 2). */
  atWork: (task: number) => Promise<boolean>;
  report: (event: Event) => void;
  now: () => number;
}

const LOOK_MS = 500;

/** Head to an archive ref, pull request closed, branch deleted; in this order (FORGE-93). Null: there was no branch. */
async function archiveBranch(deps: EndOfTaskDeps, task: TaskState, project: Project): Promise<string | null> {
  const { wid, branch, prNumber } = task;
  const archived = await deps.workspace.open(project).archiveBranch({ wid, branch });
  if (archived.kind === 'absent') return null;
  if (archived.kind === 'failed') {
    throw new AppError(
      'archive-unproven',
      `The branch ${branch} stays: its archive is not proven (${archived.reason}).`,
      {
        fault: 'environment',
        retry: true,
      },
    );
  }
  const kept = archived.kind === 'archived' ? archived.ref : archived.file;
  const forge = deps.forgeFor(project);
  if (prNumber !== null && task.stage !== 'done') await forge.closePr(prNumber, `Archived as ${kept}`);
  const deleted = await forge.deleteBranch(branch);
  if (deleted.kind !== 'ok') {
    throw new AppError(
      'branch-not-deleted',
      `The branch ${branch} was archived but not deleted: ${deleted.reason}.`,
      { retry: true },
    );
  }
  return kept;
}

/** Steps 2 to 5 of STOP; each is idempotent, the result is reported once (REC-92). */
export const createStopWork =
  (deps: EndOfTaskDeps) =>
  async (payload: Payload<'stop-work'>, context: JobContext): Promise<null> => {
    const task = deps.task(payload.task);
    if (task === null || isTerminal(task.stage)) return null;
    if (await deps.atWork(task.id)) throw new LookAgain(LOOK_MS);
    const project = deps.project(task.repo);
    const kept = task.prepared ? await stopBranch(deps, { task, project, by: payload.by }) : null;
    deps.report({
      kind: 'fact',
      name: 'stage-settled',
      key: `${context.jobId}:stopped`,
      at: deps.now(),
      target: { task: task.id },
      data: {
        steps: [{ step: 'stop', outcome: 'passed', reason: 'stopped', evidence: { archiveRef: kept } }],
      },
    });
    return null;
  };

async function stopBranch(
  deps: EndOfTaskDeps,
  { task, project, by }: { task: TaskState; project: Project; by: string },
): Promise<string | null> {
  const { wid, branch, stage, attempt, fence } = task;
  const ws = deps.workspace.open(project);
  const run = { wid, prefix: project.prefix, stage, attempt, runId: `stop-${fence}` };
  const wip = task.headSha
    ? await ws.archiveRun({ branch, run, why: { kind: 'stopped', actor: by }, recordedHead: task.headSha })
    : null;
  const kept = await archiveBranch(deps, task, project);
  await ws.removeWorktree({ branch, wid, busy: false });
  if (wip?.ref) return wip.ref;
  // The worker of a stopped run has put its unfinished work aside already: that is what people look for.
  return (kept && (await ws.newestLeftovers({ wid, kept }))) ?? kept;
}

/** After done, once the watch has ended: its log joins the branch, which is archived and removed (SHIP-134, PIPE-57). */
export const createFinishWork =
  (deps: EndOfTaskDeps, carry: CarryDeps) =>
  async ({ task: id }: Payload<'finish-work'>, context: JobContext): Promise<null> => {
    const task = deps.task(id);
    if (task === null || task.stage !== 'done' || task.watch?.state === 'WATCHING') return null;
    const project = deps.project(task.repo);
    carry.keepPostMortem(task);
    await commitWatchLog(deps, carry, task);
    await archiveBranch(deps, task, project);
    await carryLogs(carry, { task, project, context });
    return null;
  };

/** Best effort: the database keeps the report in any case. */
async function commitWatchLog(deps: EndOfTaskDeps, carry: CarryDeps, task: TaskState): Promise<void> {
  const file = ARTEFACTS['16'].path;
  const text = lateReports(carry, task.id)[file];
  const ws = deps.workspace.open(deps.project(task.repo));
  const { wid, branch, attempt } = task;
  const parent = text === undefined ? null : await ws.mirror.head(branch);
  if (text === undefined || parent === null) return;
  const subject = `docs: ${wid} ${file.replace(/\.md$/, '')}`;
  const run = { stage: DELIVERY_STAGE, attempt };
  await ws.commitFiles({ wid, branch, parent, files: { [file]: text }, subject, run });
}
