import type { PingKind } from './effects.ts';
import type { Instant, TaskCommand } from './events.ts';
import { comment, emit, type Move, patch, ping, setActivity, wait } from './move.ts';
import { remainingSteps } from './plan.ts';
import type { Freeze, Policy } from './policy.ts';
import { type BlockCause, STAGE_RULES, type WorkStage } from './stages.ts';
import type { TaskState } from './task.ts';
import type { WaitFacts } from './waiting.ts';

export interface LaunchOptions {
  /** Continue the session of the last run (AGENT-39). Default false. */
  resume?: boolean;
  /** A person asked for it: goes first (REC-15). Default false. */
  urgent?: boolean;
  /** The engine checks staging itself, without the agent (SHIP-26). Default false. */
  skipAgent?: boolean;
}

/** The freeze that stops this kind of work for the task, if one does (SHIP-160, SHIP-161). */
export function freezeOn(move: Move, what: 'intake' | 'delivery'): Freeze | undefined {
  const { around } = move.policy;
  if (around.freezesUnreadable) {
    return {
      scope: 'all',
      cause: 'unreadable',
      reason: 'the freeze state cannot be read',
      by: 'system',
      since: move.at,
    };
  }
  return around.freezes.find(
    ({ scope, cause }) => (scope === what || scope === 'all') && !cause.endsWith(` ${move.task.wid}`),
  );
}

/** True between the merge and the verdict: nothing may hold the task back there, only its own proof (PIPE-51). */
const merged = ({ confirmation, passed }: Move['task']): boolean =>
  confirmation !== null && passed.includes('merge');

/** Parks the task where the repository or another task holds it back; false when nothing does. */
function heldBack(move: Move, steps: readonly string[]): boolean {
  const { task, policy } = move;
  const { around } = policy;
  if (merged(task)) return false;
  const delivers = STAGE_RULES[task.stage as WorkStage].entry === 'confirm' && task.confirmation !== null;
  const [first, ...others] = around.dependsOn;
  // A dependency declared later counts at the next start, it never interrupts (REC-101).
  if (first && (task.generation === 0 || delivers)) {
    wait(move, 'dependency', { facts: { dep: first.wid, stage: first.stage, more: others.length } });
    return true;
  }
  const intake = !task.prepared;
  if (intake && around.serialBehind !== null) {
    wait(move, 'serial', { facts: { repo: task.repo, wid0: around.serialBehind } });
    return true;
  }
  const freeze = intake ? freezeOn(move, 'intake') : delivers ? freezeOn(move, 'delivery') : undefined;
  if (freeze) {
    wait(move, 'frozen', { facts: { repo: task.repo, since: freeze.since, reason: freeze.reason } });
    return true;
  }
  if (around.paused && (intake || steps.includes('agent'))) {
    wait(move, 'paused', { facts: { by: around.paused.by, since: around.paused.since } });
    return true;
  }
  if (delivers && around.windowOpensAt !== null) {
    wait(move, 'window', { deadline: around.windowOpensAt, facts: { time: around.windowOpensAt } });
    return true;
  }
  const { breaker } = around;
  if (steps.includes('agent') && breaker && breaker.until > move.at) {
    wait(move, 'breaker', { deadline: breaker.until, facts: { time: breaker.until, n: breaker.errors } });
    return true;
  }
  const { count, max } = around.runsToday;
  if (steps.includes('agent') && count >= max) {
    block(move, 'runaway', `${count} agent runs in 24 h`, { n: count, day: 1 });
    return true;
  }
  return false;
}

/** True while the surroundings would park the task again; changes nothing (REC-71 guards 7 and 8). */
export function isHeldBack(task: TaskState, policy: Policy, at: Instant): boolean {
  return heldBack({ task, policy, at, effects: [] }, remainingSteps(task, policy.project));
}

/** Publishes the steps of the present attempt that have not passed; parks where the surroundings forbid it. */
export function launch(move: Move, options: LaunchOptions = {}): void {
  const steps = remainingSteps(move.task, move.policy.project);
  if (heldBack(move, steps)) return;
  const { stage, attempt, generation, fence, run, confirmation } = move.task;
  const work = stage as WorkStage;
  patch(move, {
    generation: generation + 1,
    fence: fence + 1,
    run: steps.includes('agent') ? run + 1 : run,
  });
  if (confirmation !== null && STAGE_RULES[work].entry === 'confirm') {
    const { sha, by } = confirmation;
    emit(move, { kind: 'open-deploy', attempt, sha, by, imageDigest: move.task.imageDigest });
    wait(move, 'deploying', {
      live: true,
      facts: { sha: move.task.testedSha ?? '', phase: steps[0] ?? 'settle' },
    });
  } else {
    const deadline = move.at + move.policy.limits.workMs;
    setActivity(move, { kind: 'working', step: steps[0] ?? 'settle', since: move.at, deadline });
  }
  emit(move, {
    kind: 'run-stage',
    stage: work,
    attempt,
    generation: move.task.generation,
    fence: move.task.fence,
    steps,
    resume: options.resume ?? false,
    urgent: options.urgent ?? false,
  });
}

/** A new attempt of the present stage (PIPE-12). */
export function relaunch(move: Move, options: LaunchOptions = {}): void {
  beginAttempt(move, move.task.stage as WorkStage);
  launch(move, options);
}

/** Enters a stage anew and starts its work, or asks for the confirmation it begins with. */
export function enterStage(move: Move, stage: WorkStage, options: LaunchOptions = {}): void {
  patch(move, { verdictReruns: 0, stageSince: move.at });
  beginAttempt(move, stage);
  patch(move, { skipAgent: options.skipAgent ?? false });
  if (STAGE_RULES[stage].entry === 'confirm' && move.task.confirmation === null) askConfirm(move);
  else launch(move, options);
}

/** What an earlier pass proved about another commit must not outlive it. */
const UNTESTED = { baseSha: null, testedSha: null, testedTree: null, imageDigest: null } as const;

function beginAttempt(move: Move, stage: WorkStage): void {
  const attempt = (move.task.attempts[stage] ?? 0) + 1;
  patch(move, {
    stage,
    attempt,
    attempts: { ...move.task.attempts, [stage]: attempt },
    run: 0,
    generation: 0,
    fence: move.task.fence + 1,
    passed: [],
    anchor: null,
    skipAgent: false,
    failedStage: null,
    raisedUsd: { ...move.task.raisedUsd, attempt: 0 },
    ...(STAGE_RULES[stage].gates.includes('check_branch_mergeable') ? UNTESTED : {}),
    failedRuns: 0,
    transientRuns: 0,
    interruptions: [],
    startSha: move.task.headSha,
  });
}

/** Decisions that are asked anew each time the task is parked, though the attempt's number stays. */
const AGAIN: readonly TaskCommand[] = ['retry', 'fix'];

/** Moves to a stage without starting anything there: a person decides (PIPE-37, PIPE-39). */
export function parkAt(move: Move, stage: WorkStage): void {
  const attempt = move.task.attempts[stage] ?? 1;
  const place = `${stage}.${attempt}`;
  patch(move, {
    stage,
    attempt,
    attempts: { ...move.task.attempts, [stage]: attempt },
    passed: [],
    accepted: move.task.accepted.filter((key) => !AGAIN.some((name) => key.startsWith(`${name}.${place}.`))),
    anchor: null,
    confirmation: null,
  });
}

/** Waits for the deploy confirmation bound to `tested_sha` (PIPE-49, SHIP-80). */
export function askConfirm(move: Move): void {
  const { task, at, policy } = move;
  const { limits, project } = policy;
  const sha = task.testedSha ?? task.headSha ?? '';
  const again = task.reask;
  patch(move, { reask: null, confirmation: null });
  emit(move, { kind: 'release-lease' });
  if (!project.confirmDeploy || !limits.confirmDeploy) {
    patch(move, { confirmation: { sha, baseSha: task.baseSha, by: 'policy', at } });
    launch(move);
    return;
  }
  const expiresAt = at + limits.confirmTtlMs;
  patch(move, { anchor: null });
  wait(move, 'confirm', {
    expiresAt,
    deadline: Math.min(at + limits.remindAfterMs, expiresAt),
    facts: { sha, time: expiresAt, service: project.service, deploy: project.deploy ?? 'none' },
  });
  const params = {
    sha,
    time: expiresAt,
    service: project.service,
    why: again,
    deploy: project.deploy ?? 'none',
  };
  ping(move, again === null ? 'confirm' : 'confirm-again', {
    cause: `confirm.${task.attempt}.${sha}`,
    params,
  });
  comment(move, 'confirm', 'deployer', params);
  if (task.auto.deploy) emit(move, { kind: 'command', name: 'confirm-deploy', label: 'autoDeploy', sha });
}

/** Causes with a ping of their own; all others use `blocked` (PING-6), `deploy-failed` pings where it is judged. */
const OWN_PING: ReadonlySet<string> = new Set([
  'rework-exhausted',
  'cannot-verify',
  'staging-failed',
  'ci-silent',
  'dep-cycle',
  'agent-failed',
]);

/** Waits for a person with a cause; exactly one ping per entry (PIPE-46). */
export function block(move: Move, cause: BlockCause, reason: string, facts: WaitFacts = {}): void {
  patch(move, { anchor: null });
  emit(move, { kind: 'release-lease' });
  wait(move, 'blocked', { cause, reason, facts });
  comment(move, 'blocked', 'stream', { cause, reason, ...facts });
  if (cause === 'deploy-failed' || facts.quiet === 1) return;
  const { stage, attempt, generation } = move.task;
  ping(move, OWN_PING.has(cause) ? (cause as PingKind) : 'blocked', {
    cause: `blocked.${stage}.${attempt}.${generation}.${cause}`,
    params: { cause, reason, ...facts },
  });
}
