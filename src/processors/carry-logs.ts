import { stepMerge } from '../delivery/merge.ts';
import { AppError } from '../errors.ts';
import { ARTEFACTS, workItemDir } from '../pipeline/artefacts.ts';
import type { Project } from '../pipeline/project.ts';
import { DELIVERY_STAGE } from '../pipeline/stages.ts';
import type { TaskState } from '../pipeline/task.ts';
import { type JobContext, LookAgain } from '../queues/catalog.ts';
import type { DeliveryDeps } from './delivery-ports.ts';
import { mergePortsOf } from './merge.ts';
import { stampOf } from './stamp.ts';

export interface CarryDeps extends DeliveryDeps {
  /** Newest text of a report the database keeps, null when there is none. */
  keptReport: (task: number, name: string) => string | null;
  /** `ORCH_DEPLOY_LOG_TO_MAIN`. */
  logsToMain: boolean;
  /** Writes the post-mortem of a task that is done, kept with its reports. */
  keepPostMortem: (task: TaskState) => void;
  /** Why a documentation pull request was left for a person. */
  notCarried: (end: { task: TaskState; reason: string }) => void;
}

/** The merge lease may be busy or the repository frozen: nobody waits for these files. */
const BUSY_LOOK_MS = 5_000;

interface Carrying {
  task: TaskState;
  project: Project;
  files: Readonly<Record<string, string>>;
  context: JobContext;
}

/** Reports that arise after the merge, by file name (PIPE-57). */
export function lateReports(deps: Pick<CarryDeps, 'keptReport'>, task: number): Record<string, string> {
  const names = [ARTEFACTS['14'].path, ARTEFACTS['16'].path];
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = deps.keptReport(task, name);
      return text === null ? [] : [[name, text]];
    }),
  );
}

/**
 * Brings the deploy and watch logs to main by a documentation pull request of their own (FORGE-66), under the merge
 * lease and with the same proof as a change of code. Repeatable: what main has already is not brought again.
 */
export async function carryLogs(deps: CarryDeps, { task, project, context }: Omit<Carrying, 'files'>) {
  const files = lateReports(deps, task.id);
  if (!deps.logsToMain || Object.keys(files).length === 0) return;
  const { repo, id, attempt } = task;
  const taken = await deps.lease.acquire({ repo, taskId: id, attempt });
  if (taken.kind === 'busy') throw new LookAgain(BUSY_LOOK_MS);
  try {
    await underLease(deps, { task, project, files, context }, taken.fence);
  } finally {
    await deps.lease.release({ repo, fence: taken.fence });
  }
}

async function underLease(deps: CarryDeps, carrying: Carrying, fence: number): Promise<void> {
  const { task, project, files, context } = carrying;
  const { wid } = task;
  const { mirror } = deps.workspace.open(project);
  await mirror.fetch();
  const base = await mirror.head(project.baseBranch);
  if (base === null) return;
  if (await isOnMain(deps, carrying, base)) return;
  const tries = Number(context.reported?.tries ?? 0);
  await context.progress({ tries: tries + 1 });
  const branch = `deploy-log/${wid}-${stampOf(context.createdAt)}`;
  const head = await documentBranch(deps, carrying, { branch, base });
  const request = {
    testedSha: head,
    testedTree: await mirror.treeOf(head),
    baseSha: base,
    landedSha: null,
    verify: true,
    markersPath: deps.settings.markersPath,
  };
  const input = {
    ...{ project, branch, wid, repo: task.repo, title: `deploy log: ${Object.keys(files).join(', ')}` },
    ...{ testedSha: head, testedTree: request.testedTree, baseSha: base, confirmedBase: base },
  };
  const ports = mergePortsOf(deps, { input, fence, onMergeCall: async () => undefined });
  const step = await stepMerge(ports, request, tries);
  if (step.do === 'landed') return void (await deps.forgeFor(project).deleteBranch(branch));
  if (step.do === 'hold') return deps.notCarried({ task, reason: step.reason });
  throw new LookAgain(step.do === 'look-again' ? step.afterMs : BUSY_LOOK_MS);
}

async function isOnMain(deps: CarryDeps, { task, project, files }: Carrying, main: string): Promise<boolean> {
  const { mirror } = deps.workspace.open(project);
  for (const [name, text] of Object.entries(files)) {
    const found = await mirror.readFile(main, `${workItemDir(task.wid)}/${name}`);
    if (found !== text) return false;
  }
  return true;
}

/** A branch of an earlier look that main has left behind is made anew. */
async function documentBranch(
  deps: CarryDeps,
  { task, project, files }: Carrying,
  { branch, base }: { branch: string; base: string },
): Promise<string> {
  const ws = deps.workspace.open(project);
  const { wid, attempt } = task;
  const there = await ws.mirror.head(branch);
  if (there !== null) {
    const [commit] = await ws.mirror.log(null, there, 1);
    if (commit?.parents[0] === base) return there;
    await deps.forgeFor(project).deleteBranch(branch);
  }
  const run = { stage: DELIVERY_STAGE, attempt };
  const subject = `docs: ${wid} deploy log`;
  const made = await ws.commitFiles({ wid, branch, parent: base, files, subject, run });
  if ('head' in made) return made.head;
  const reason = made.kind === 'foreign-push' ? 'somebody else pushed to it' : made.reason;
  throw new AppError('logs-not-carried', `The branch ${branch} could not be made: ${reason}.`, {
    fault: 'environment',
    retry: true,
  });
}
