import { renderDeployLog } from '../delivery/deploy-log.ts';
import { decideDeploy, FINALIZE_START, type FinalizeState, needsProbe } from '../delivery/finalize.ts';
import { probeService, type ServiceProbe } from '../delivery/health.ts';
import { portOf } from '../delivery/hook-environment.ts';
import { ARTEFACTS } from '../pipeline/artefacts.ts';
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

/** Starts the detached hook; starting it twice runs it once (SHIP-122). */
export const createDeploy = (deps: DeliveryDeps) =>
  step(async (call) => {
    const { project, wid, landedSha } = call.input;
    const record = recordOf(deps, call);
    const sha = landedSha ?? record.sha;
    await deps
      .hooks(project)
      .start(deps.hookRun(project, { target: 'production', mode: 'deploy', deployId: record.id, wid, sha }));
    return passed('the deploy hook was started', { deployId: record.id });
  });

interface Verdict {
  status: 'SUCCESS' | 'FAILED';
  reason: string;
  rolledBack: boolean;
  rollbackSafe: boolean;
  hookExitCode: number | null;
  logTail: string;
  probe: ServiceProbe | null;
}

/** Turns what the hook left behind into report 14 (SHIP-93, SHIP-123, SHIP-124); holds no slot between looks. */
export const createFinalizeDeploy = (deps: DeliveryDeps) =>
  step(async (call) => {
    const { project } = call.input;
    if (project.deploy === 'none') return conclude(deps, call, await withoutDeploy());
    if (project.deploy === 'agent') return conclude(deps, call, await afterAgent(deps, call));
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

/** The deployer wrote 14 itself; the engine's own probe beats the file (SHIP-130). */
async function afterAgent(deps: DeliveryDeps, call: StepCall): Promise<Verdict> {
  const probe = await probeNow(deps, call);
  const ok = probe === null || (probe.healthy && probe.served.match !== 'other');
  return {
    ...(await withoutDeploy()),
    status: ok ? 'SUCCESS' : 'FAILED',
    reason: probe?.detail ?? 'no health URL is declared',
    probe,
  };
}

async function look(deps: DeliveryDeps, call: StepCall): Promise<Verdict | StepResultOf> {
  const { input, context } = call;
  const record = recordOf(deps, call);
  const sha = input.landedSha ?? record.sha;
  const policy = deps.settings.finalize(input.project);
  const sight = await deps.hooks(input.project).look({ deployId: record.id, sha });
  const facts = { now: deps.now(), initiatedAt: context.createdAt, sight };
  const probe = needsProbe(facts, policy) ? await probeNow(deps, call) : null;
  const state = (record.result?.finalize as FinalizeState | undefined) ?? FINALIZE_START;
  const decision = decideDeploy({ ...facts, probe }, state, policy);
  if (decision.do === 'look-again') {
    deps.deploys.update(record.id, { result: { finalize: decision.state } });
    throw new LookAgain(decision.afterMs);
  }
  if (decision.do === 'hold')
    return { outcome: 'hold', hold: decision.cause, reason: decision.reason, evidence: {} };
  const { status, reason, rolledBack, rollbackSafe, hookExitCode } = decision;
  return {
    status,
    reason,
    rolledBack,
    rollbackSafe,
    hookExitCode,
    logTail: sight.result?.log_tail ?? '',
    probe,
  };
}

async function conclude(deps: DeliveryDeps, call: StepCall, verdict: Verdict): Promise<StepResultOf> {
  const { input, context } = call;
  const record = recordOf(deps, call);
  const { project, wid, attempt, branch } = input;
  const { status, reason, rolledBack, rollbackSafe, hookExitCode, logTail, probe } = verdict;
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
    gates: [],
    logTail,
  });
  deps.keepReport({ task: input.taskId, name: ARTEFACTS['14'].path, attempt, content });
  const head = await commitReport(deps, input, {
    file: ARTEFACTS['14'].path,
    content,
    parent: input.headSha ?? input.testedSha ?? '',
  });
  const result = { status, reason, rolledBack, rollbackSafe, hookExitCode, landedSha };
  deps.deploys.update(record.id, { state: status, result, endedAt: deps.now() });
  const servedSha = probe?.served.match === 'same' ? landedSha : (probe?.served.exposed ?? undefined);
  return passed(reason, {
    headSha: head,
    servedSha,
    rolledBack,
    exitCode: hookExitCode ?? 0,
    deployStatus: status,
  });
}
