import { renderDeployLog } from '../delivery/deploy-log.ts';
import { decideDeploy, FINALIZE_START, type FinalizeState, needsProbe } from '../delivery/finalize.ts';
import { probeService, type ServiceProbe } from '../delivery/health.ts';
import { portOf } from '../delivery/hook-environment.ts';
import { servesExpected } from '../delivery/served-sha.ts';
import { ARTEFACTS, artefactPath } from '../pipeline/artefacts.ts';
import { readFrontmatter } from '../pipeline/frontmatter.ts';
import { LookAgain } from '../queues/catalog.ts';
import { type DeliveryDeps, type DeployRecord, sourceTreeReader } from './delivery-ports.ts';
import { commitReport } from './staging.ts';
import { passed, type StepCall, type StepResultOf, step } from './step.ts';

const recordOf = (deps: DeliveryDeps, { payload }: StepCall): DeployRecord => {
  const record = deps.deploys.of(payload.task, payload.attempt);
  if (record === null)
    throw new Error(`no deploy was opened for task ${payload.task}, attempt ${payload.attempt}`);
  return record;
};

/** Keeps what is known of a deploy beside what was known before. */
const note = (deps: DeliveryDeps, { id, result }: DeployRecord, known: Record<string, unknown>): void =>
  deps.deploys.update(id, { result: { ...result, ...known } });

/** Starts the detached hook; starting it twice runs it once (SHIP-122). */
export const createDeploy = (deps: DeliveryDeps) =>
  step(async (call) => {
    const { project, wid, landedSha, confirmedBase, baseSha } = call.input;
    const record = recordOf(deps, call);
    const run = await deps.hookRun(project, {
      target: 'production',
      mode: 'deploy',
      deployId: record.id,
      wid,
      sha: landedSha ?? record.sha,
      baseSha: confirmedBase ?? baseSha,
      ...(record.imageDigest === null ? {} : { image: record.imageDigest }),
    });
    deps.deploys.begin(record.id);
    note(deps, record, { startedAt: deps.now() });
    await deps.hooks(project).start(run);
    return passed('the deploy hook was started', { deployId: record.id });
  });

interface Verdict {
  status: 'SUCCESS' | 'FAILED';
  reason: string;
  rolledBack: boolean;
  rollbackSafe: boolean;
  hookExitCode: number | null;
  logTail: string;
  rollbackReason: string;
  probe: ServiceProbe | null;
}

/** Turns what the hook left behind into report 14 (SHIP-93, SHIP-123, SHIP-124); holds no slot between looks. */
export const createFinalizeDeploy = (deps: DeliveryDeps) =>
  step(async (call) => {
    const { project } = call.input;
    // Where no hook of ours began it.
    deps.deploys.begin(recordOf(deps, call).id);
    if (project.deploy === 'none') return conclude(deps, call, await withoutDeploy());
    if (project.deploy === 'agent') return afterAgent(deps, call);
    const verdict = await look(deps, call);
    return 'outcome' in verdict ? verdict : conclude(deps, call, verdict);
  });

const withoutDeploy = async (): Promise<Verdict> => ({
  status: 'SUCCESS',
  reason: 'merged; nothing is deployed',
  rolledBack: false,
  rollbackSafe: true,
  hookExitCode: null,
  logTail: '',
  rollbackReason: '',
  probe: null,
});

async function probeNow(deps: DeliveryDeps, { input }: StepCall): Promise<ServiceProbe | null> {
  const { project, landedSha } = input;
  if (project.health === undefined) return null;
  return probeService(deps.http, {
    health: project.health,
    expectedSha: landedSha,
    sourceTreeOf: sourceTreeReader(deps, project),
  });
}

/** The deployer wrote 14 itself; the engine's own failed probe beats the file, its good one does not (SHIP-130). */
async function afterAgent(deps: DeliveryDeps, call: StepCall): Promise<StepResultOf> {
  const { project, wid, headSha, taskId, attempt } = call.input;
  const probe = await probeNow(deps, call);
  const ok = probe?.healthy === true && servesExpected(probe.served, deps.settings.finalize(project));
  if (!ok) {
    const reason = `the service says ${probe?.detail ?? 'nothing: no health URL is declared'}`;
    return conclude(deps, call, { ...(await withoutDeploy()), status: 'FAILED', reason, probe });
  }
  const { mirror } = deps.workspace.open(project);
  const content = headSha === null ? null : await mirror.readFile(headSha, artefactPath(wid, '14'));
  const read = readFrontmatter('14-deploy-log.md', content);
  const succeeded = read.ok && read.fields.deploy_status?.toUpperCase() === 'SUCCESS';
  if (content !== null) deps.keepReport({ task: taskId, name: ARTEFACTS['14'].path, attempt, content });
  const record = recordOf(deps, call);
  const { landedSha } = call.input;
  deps.deploys.update(record.id, {
    state: succeeded ? 'SUCCESS' : 'FAILED',
    result: { ...record.result, landedSha },
    endedAt: deps.now(),
  });
  return passed(probe.detail, servedFacts(probe, landedSha));
}

/** What the service serves, by its full name where that is known. */
const servedFacts = (probe: ServiceProbe | null, landedSha: string | null) => ({
  servedSha: probe?.served.match === 'same' ? landedSha : (probe?.served.exposed ?? undefined),
});

async function look(deps: DeliveryDeps, call: StepCall): Promise<Verdict | StepResultOf> {
  const { input, context } = call;
  const record = recordOf(deps, call);
  const initiatedAt = Number(record.result?.startedAt ?? context.createdAt);
  const sha = input.landedSha ?? record.sha;
  const policy = deps.settings.finalize(input.project);
  const sight = await deps.hooks(input.project).look({ deployId: record.id, sha });
  if (sight.ignored !== null)
    deps.warn({ deployId: record.id, reason: sight.ignored }, 'a hook result was ignored');
  const facts = { now: deps.now(), initiatedAt, sight };
  const probe = needsProbe(facts, policy) ? await probeNow(deps, call) : null;
  const state = (record.result?.finalize as FinalizeState | undefined) ?? FINALIZE_START;
  const decision = decideDeploy({ ...facts, probe }, state, policy);
  if (decision.do === 'look-again') {
    note(deps, record, { finalize: decision.state });
    throw new LookAgain(decision.afterMs);
  }
  if (decision.do === 'hold') {
    // "Check again" counts its probes anew (PIPE-29).
    note(deps, record, { finalize: FINALIZE_START });
    return { outcome: 'hold', hold: decision.cause, reason: decision.reason, evidence: {} };
  }
  const { status, reason, rolledBack, rollbackSafe, hookExitCode } = decision;
  return {
    status,
    reason,
    rolledBack,
    rollbackSafe,
    hookExitCode,
    logTail: sight.result?.log_tail ?? '',
    rollbackReason: sight.result?.rollback_reason ?? '',
    probe,
  };
}

async function conclude(deps: DeliveryDeps, call: StepCall, verdict: Verdict): Promise<StepResultOf> {
  const { input, context } = call;
  const record = recordOf(deps, call);
  const { project, wid, attempt, branch } = input;
  const { status, reason, rolledBack, rollbackSafe, rollbackReason, hookExitCode, logTail, probe } = verdict;
  const landedSha = input.landedSha ?? '';
  const content = renderDeployLog({
    status,
    reason,
    at: deps.now(),
    wid,
    attempt,
    branch,
    testedSha: input.testedSha ?? '',
    landedSha,
    landedTree: String(context.before.find(({ step }) => step === 'merge')?.evidence.landedTree ?? ''),
    served: probe?.served ?? null,
    service: project.service,
    port: project.health ? portOf(project.health.url) : null,
    mode: project.deploy ?? 'none',
    hookExitCode,
    rolledBack,
    rollbackSafe,
    confirmedBy: record.confirmedBy,
    deployId: record.id,
    gates: input.gates,
    logTail,
  });
  deps.keepReport({ task: input.taskId, name: ARTEFACTS['14'].path, attempt, content });
  const head = await commitReport(deps, input, {
    file: ARTEFACTS['14'].path,
    content,
    parent: input.headSha ?? input.testedSha ?? '',
  });
  const result = {
    ...record.result,
    status,
    reason,
    rolledBack,
    rollbackSafe,
    rollbackReason,
    hookExitCode,
    landedSha,
  };
  deps.deploys.update(record.id, { state: status, result, endedAt: deps.now() });
  return passed(reason, {
    headSha: head,
    ...servedFacts(probe, landedSha),
    rolledBack,
    exitCode: hookExitCode ?? 0,
    deployStatus: status,
  });
}
