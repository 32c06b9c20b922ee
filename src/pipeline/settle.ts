import { advance, announceEngineWork, announceRun, voidConfirmation } from './announce.ts';
import { deployFailed, hold } from './deploy-end.ts';
import type { StepResult } from './events.ts';
import { askConfirm, block, enterStage, launch, parkAt, relaunch } from './launch.ts';
import { comment, emit, type Move, patch, ping, wait } from './move.ts';
import { gateOfStep, humanGate, isWrittenBefore, remainingSteps, stageBefore, stepsOf } from './plan.ts';
import { bounce } from './rework.ts';
import { faulted, forgetFailure } from './runs.ts';
import { type BlockCause, GATE_RULES, type GateName, STAGE_RULES, type WorkStage } from './stages.ts';
import type { TaskState } from './task.ts';
import type { WaitFacts, WaitingKind } from './waiting.ts';

/** Facts of the evidence that become facts of the task, and the type each must have. */
const RECORDED = {
  branch: 'string',
  startSha: 'string',
  headSha: 'string',
  prNumber: 'number',
  baseSha: 'string',
  testedSha: 'string',
  testedTree: 'string',
  landedSha: 'string',
  landedTree: 'string',
  landedMatches: 'boolean',
  servedSha: 'string',
  prepared: 'boolean',
  imageDigest: 'string',
} as const;

/** Takes over what a step proved (PIPE-13, PIPE-48) and marks it passed. */
export function absorb(move: Move, result: StepResult): void {
  const facts = Object.entries(RECORDED).filter(([key, type]) => typeof result.evidence[key] === type);
  const known = Object.fromEntries(facts.map(([key]) => [key, result.evidence[key]])) as Partial<TaskState>;
  const { passed } = move.task;
  const done = result.outcome === 'passed' && !passed.includes(result.step);
  if (done) forgetFailure(move, result.step);
  patch(move, { ...known, ...(done ? { passed: [...passed, result.step] } : {}) });
}

/** All steps of a publication have ended: the first that did not pass decides (PIPE-9, PIPE-63). */
export function settled(move: Move, steps: readonly StepResult[]): void {
  for (const step of steps) absorb(move, step);
  announceRun(move);
  const refused = steps.find(({ outcome }) => outcome !== 'passed');
  if (refused)
    consequence(move, {
      ...refused,
      evidence: Object.assign({}, ...steps.map(({ evidence }) => evidence), refused.evidence),
    });
  else closeStage(move);
}

/** Every step passed: a person's gate, the next stage, or done. */
export function closeStage(move: Move): void {
  const { task, policy } = move;
  if (remainingSteps(task, policy.project).length > 0) return launch(move);
  const stage = task.stage as WorkStage;
  const rule = STAGE_RULES[stage];
  if (humanGate(stage)) return askApproval(move);
  if (rule.entry === 'confirm' && task.confirmation === null) return askConfirm(move);
  announceEngineWork(move);
  if (rule.next === 'done') return finish(move);
  advance(move, rule.next);
}

function askApproval(move: Move): void {
  const { task } = move;
  patch(move, { anchor: null });
  wait(move, 'approval', { facts: { sha: task.headSha ?? '' } });
  comment(move, 'finished', STAGE_RULES[task.stage as WorkStage].role);
  ping(move, 'approve', { params: { sha: task.headSha ?? '' } });
  if (task.auto.approve)
    emit(move, { kind: 'command', name: 'approve', label: 'autoApprove', sha: task.headSha });
}

function finish(move: Move): void {
  const { task, at, policy } = move;
  const watched =
    policy.limits.watchEnabled && policy.project.deploy !== 'none' && policy.project.health !== undefined;
  const stop = task.stop?.deferred ? { ...task.stop, deferred: false } : task.stop;
  patch(move, {
    stage: 'done',
    endedAt: at,
    stageSince: at,
    stop,
    fence: task.fence + 1,
    watch: watched
      ? { state: 'WATCHING', ticks: 0, of: 0, failed: 0, observed: false, reason: '', rolledBack: null }
      : null,
    activity: { kind: 'ended', since: at },
  });
  comment(move, 'done', 'deployer', { sha: task.landedSha, served: task.servedSha });
  comment(move, 'summary', 'deployer');
  if (task.stop?.deferred) {
    const text = `already live: ${task.landedSha?.slice(0, 7) ?? ''}; use /rollback`;
    ping(move, 'error', { cause: 'stop-too-late', params: { text } });
  }
  if (policy.limits.pingDone) ping(move, 'done', { params: { sha: task.landedSha } });
  if (watched) emit(move, { kind: 'start-watch', attempt: task.attempt, sha: task.landedSha ?? '' });
  else if (policy.project.deploy !== 'none')
    ping(move, 'not-observable', { params: { reason: 'no health URL is declared' } });
  emit(
    move,
    { kind: 'release-lease' },
    { kind: 'lift-freeze', cause: `deploy-failed ${task.wid}` },
    { kind: 'finish-work', afterWatch: watched },
    { kind: 'wake-dependents', cancelled: false },
  );
}

function consequence(move: Move, result: StepResult): void {
  const gate = gateOfStep(result.step) ?? gateNamed(result);
  switch (result.outcome) {
    case 'hold':
      return hold(move, result);
    case 'faulted':
      return faulted(move, {
        step: result.step,
        reason: result.reason,
        n: Number(result.evidence.attempts ?? 1),
      });
    case 'pending':
      return parkPending(move, result, gate);
    case 'needs-input':
      return askAnswers(move, result);
    case 'failed':
      return gate === null
        ? faulted(move, { step: result.step, reason: result.reason, n: 1 })
        : failed(move, gate, result);
    case 'no-verdict':
    case 'stale':
      return unusable(move, result, gate);
    case 'cannot-verify':
      return cannotVerify(move, result);
    case 'passed':
    case 'not-run':
      return;
    default:
      return result.outcome satisfies never;
  }
}

const PARKING: ReadonlySet<string> = new Set<WaitingKind>([
  'ci',
  'lease',
  'pr-review',
  'frozen',
  'window',
  'deploying',
]);

function parkPending(move: Move, result: StepResult, gate: GateName | null): void {
  const named = result.evidence.wait;
  const kind = PARKING.has(String(named))
    ? (named as WaitingKind)
    : ((gate && GATE_RULES[gate].pending) ?? 'lease');
  const facts = (result.evidence.facts ?? {}) as WaitFacts;
  if (kind !== 'lease' && kind !== 'ci') emit(move, { kind: 'release-lease' });
  wait(move, kind, { reason: result.reason, facts });
  if (kind === 'pr-review') ping(move, 'pr-review', { params: { n: move.task.prNumber } });
}

function askAnswers(move: Move, result: StepResult): void {
  patch(move, { anchor: null });
  const n = Number(result.evidence.questions ?? 1);
  const text = String(result.evidence.text ?? result.reason);
  wait(move, 'answers', { reason: result.reason, facts: { n } });
  comment(move, 'questions', STAGE_RULES[move.task.stage as WorkStage].role, { n, text });
  ping(move, 'questions', { params: { n, text } });
}

/** A step or a gate may say that its failure is that of another gate (SHIP-21, SHIP-72). */
const gateNamed = ({ evidence }: StepResult): GateName | null =>
  typeof evidence.handleAs === 'string' && evidence.handleAs in GATE_RULES
    ? (evidence.handleAs as GateName)
    : null;

/** Possible secrets of a security report; vulnerable dependencies alone are none (SHIP-47). */
function secretsIn({ evidence, reason }: StepResult): number {
  const report = evidence.report as { secrets?: unknown } | undefined;
  return report?.secrets === 'FAIL' ? Number.parseInt(reason, 10) || 1 : 0;
}

function failed(move: Move, gate: GateName, result: StepResult): void {
  const consequences = GATE_RULES[gateNamed(result) ?? gate].failed;
  if (consequences === null) return cannotVerify(move, result);
  const fingerprint = typeof result.evidence.fingerprint === 'string' ? result.evidence.fingerprint : null;
  switch (consequences.do) {
    case 'bounce':
      return bounce(move, {
        cause: consequences.cause,
        reason: result.reason,
        fingerprint,
        gate,
        secrets: secretsIn(result),
        combined: result.evidence.combined === true,
      });
    case 'return':
      return returnTo(move, consequences.to, { gate, reason: result.reason });
    case 'block':
      return blockAt(move, consequences, { gate, result });
    default:
      return consequences satisfies never;
  }
}

function returnTo(move: Move, stage: WorkStage, { gate, reason }: { gate: GateName; reason: string }): void {
  const returns = move.task.analysisReturns;
  const owner = STAGE_RULES[move.task.stage as WorkStage].role;
  if (returns >= move.policy.limits.maxAnalysisReturns) {
    comment(move, 'gate-failed', owner, { check: gate, reason });
    return block(move, 'analysis-returns', reason, { n: returns, gate });
  }
  comment(move, 'conflict', owner, { reason });
  patch(move, { analysisReturns: returns + 1 });
  enterStage(move, stage);
}

function blockAt(
  move: Move,
  { cause, at }: { cause: BlockCause; at?: WorkStage },
  { gate, result }: { gate: GateName; result: StepResult },
): void {
  const failedStage = move.task.stage as WorkStage;
  if (at !== undefined) {
    parkAt(move, at);
    patch(move, { failedStage });
  }
  block(move, cause, result.reason, { gate, ...(at === undefined ? {} : { failed: failedStage }) });
  if (cause === 'analysis-empty') comment(move, 'empty', STAGE_RULES[failedStage].role);
  if (cause === 'staging-failed') comment(move, 'staging-failed', 'deployer', { reason: result.reason });
  if (cause === 'deploy-failed') deployFailed(move, result);
}

/** A verdict nobody can use: its author writes it again, once (PIPE-42); a stale confirmation is asked again (SHIP-84). */
function unusable(move: Move, result: StepResult, gate: GateName | null): void {
  const { task, policy } = move;
  if (gate === null && task.confirmation !== null) {
    emit(move, { kind: 'release-lease' });
    return voidConfirmation(move, result.reason);
  }
  const byAgent = stepsOf(task, policy.project).includes('agent');
  const stage = task.stage as WorkStage;
  if (gate !== null && isWrittenBefore(stage, task, policy.project))
    return returnTo(move, stageBefore(stage, task, policy.project), { gate, reason: result.reason });
  if (gate === null || GATE_RULES[gate].engineAuthored || !byAgent) return cannotVerify(move, result);
  const { verdictReruns } = task;
  const facts = { file: String(result.evidence.file ?? gate), reason: result.reason, gate };
  if (verdictReruns >= move.policy.limits.verdictReruns)
    return block(move, 'no-verdict', result.reason, facts);
  emit(move, { kind: 'release-lease' });
  patch(move, { verdictReruns: verdictReruns + 1 });
  relaunch(move);
}

/** What a person can do about it, as a word the surfaces know; a gate may say it in its own (`evidence.how`). */
function cureOf({ evidence }: StepResult): string {
  if (typeof evidence.how === 'string') return evidence.how;
  if (typeof evidence.missing === 'string') return 'declare';
  if (evidence.foreignPush === true) return 'look-at-branch';
  return evidence.transient === true || evidence.unreachable === true ? 'wait-and-retry' : 'remove-and-retry';
}

function cannotVerify(move: Move, result: StepResult): void {
  const cause = result.evidence.cause;
  const named = cause === 'ci-silent' || cause === 'ci-timeout' ? cause : 'cannot-verify';
  const sha = move.task.headSha ?? '';
  // The words of the cause say it already.
  const reason = result.reason.replace(/^cannot verify: /, '');
  block(move, named, reason, {
    ...(named === 'cannot-verify' ? { how: cureOf(result) } : {}),
    gate: gateOfStep(result.step) ?? result.step,
    sha,
    n: Number(result.evidence.minutes ?? 0),
  });
}
