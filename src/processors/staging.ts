import { checkStaging, deployToStaging, type StagingDeps } from '../delivery/staging.ts';
import { renderStagingLog } from '../delivery/staging-log.ts';
import { AppError } from '../errors.ts';
import { candidateImage } from '../gates/image/candidate.ts';
import type { GatePorts } from '../gates/ports.ts';
import { ARTEFACTS } from '../pipeline/artefacts.ts';
import type { Project, ProjectStaging } from '../pipeline/project.ts';
import type { Evidence } from '../pipeline/verdict.ts';
import type { DeliveryDeps } from './delivery-ports.ts';
import { lackingHook } from './means.ts';
import { Unreachable } from './outage.ts';
import { passed, type StepCall, step } from './step.ts';
import type { StepInput } from './step-input.ts';

export interface StagingStepDeps extends DeliveryDeps {
  /** The means of the staging check of a project (SHIP-24). */
  stagingDeps: (project: Project, staging: ProjectStaging) => StagingDeps;
  portsFor: (project: Project, remember: (evidence: Evidence) => Promise<void>) => GatePorts;
}

/** The engine's own staging: hook with staging defaults, check, report 15 (SHIP-21, SHIP-26). */
export const createStaging = (deps: StagingStepDeps) =>
  step(async ({ input, payload, context }) => {
    const { project, wid } = input;
    const { staging } = project;
    const sha = input.headSha ?? '';
    if (typeof staging !== 'object') return passed(`Staging gate N/A for ${input.repo}`);
    const lacking = staging.mode === 'hook' ? lackingHook(project) : null;
    if (lacking) return lacking;
    const candidate = staging.mode === 'hook' ? await candidateOf(deps, { input, payload, context }) : null;
    if (candidate !== null && 'result' in candidate) return candidate.result;
    const deployId = `s${payload.task}-${payload.attempt}-${payload.generation}-${sha.slice(0, 12)}`;
    const { signal } = context;
    const deployed =
      staging.mode === 'hook'
        ? await deployToStaging(
            deps.hooks(project),
            await deps.hookRun(project, {
              target: 'staging',
              mode: 'deploy',
              deployId,
              wid,
              sha,
              baseSha: null,
              ...(candidate === null ? {} : { image: candidate.digest }),
            }),
            { timeoutMs: (staging.timeoutS ?? deps.settings.stagingTimeoutMs / 1000) * 1000, signal },
          )
        : { ok: true, detail: 'not deployed again', exitCode: 0, logTail: '' };
    const check = deployed.ok
      ? await checkStaging(deps.stagingDeps(project, staging), { sha, signal })
      : null;
    const ok = deployed.ok && check?.ok === true;
    const report = renderStagingLog({
      status: ok ? 'SUCCESS' : 'FAILED',
      reason: check?.detail ?? deployed.detail,
      at: deps.now(),
      baseUrl: staging.baseUrl,
      wid,
      attempt: input.attempt,
      branch: input.branch,
      sha,
      mode: 'full-real',
      checks: check?.checks ?? { passed: 0, total: 1 },
      waived: check?.waived ?? [],
      exitCode: check?.exitCode ?? deployed.exitCode,
      output: check?.output ?? deployed.logTail,
    });
    const head = await commitReport(deps, input, {
      file: ARTEFACTS['15'].path,
      content: report,
      parent: sha,
    });
    return passed(`staging ${ok ? 'succeeded' : 'failed'}: ${check?.detail ?? deployed.detail}`, {
      headSha: head,
    });
  });

/** Built before anything is staged: staging runs what production would run (SHIP-21). */
function candidateOf(deps: StagingStepDeps, { input, context }: StepCall) {
  const ports = deps.portsFor(input.project, async () => undefined);
  const gateInput = { ...input, gate: 'check_image_freshness', previous: null } as const;
  return candidateImage(gateInput, ports, { sha: input.headSha ?? '', signal: context.signal });
}

/** Commits an engine-owned report to the task branch (FORGE-86); the new head. */
export async function commitReport(
  deps: Pick<DeliveryDeps, 'workspace'>,
  input: StepInput,
  { file, content, parent }: { file: string; content: string; parent: string },
): Promise<string> {
  const { wid, branch, stage, attempt } = input;
  const subject = `docs: ${wid} ${file.replace(/\.md$/, '')}`;
  const committed = await deps.workspace
    .open(input.project)
    .commitFiles({ wid, branch, parent, files: { [file]: content }, subject, run: { stage, attempt } });
  if ('head' in committed) return committed.head;
  if (committed.kind === 'transient') throw new Unreachable(committed.reason);
  const reason = committed.kind === 'foreign-push' ? 'somebody else pushed to the branch' : committed.reason;
  throw new AppError('report-not-committed', `The report ${file} could not be committed: ${reason}.`, {
    fault: 'environment',
    retry: true,
  });
}
