import type { Processors } from '../queues/catalog.ts';
import type { CarryDeps } from './carry-logs.ts';
import { type ChatPort, createDigest, createPing, createRefreshCard } from './chat-jobs.ts';
import { createDeploy, createFinalizeDeploy } from './deploy.ts';
import { duty } from './duty.ts';
import { createFinishWork, createStopWork, type EndOfTaskDeps } from './end-of-task.ts';
import { createEnsurePr } from './ensure-pr.ts';
import { createMerge } from './merge.ts';
import { createPrepare } from './prepare.ts';
import { createRevert, type RevertDeps } from './revert.ts';
import { createRollback, type RollbackDeps } from './rollback.ts';
import { createRunAgent, type RunAgentDeps } from './run-agent.ts';
import { createChecks, createRunGate, type RunGateDeps } from './run-gate.ts';
import { createSettleStage, type SettleDeps } from './settle-stage.ts';
import { createStaging, type StagingStepDeps } from './staging.ts';
import {
  createCreateIssue,
  createPostComment,
  createSetStatus,
  type TrackerJobDeps,
} from './tracker-jobs.ts';
import { createWatchDeploy, type WatchDeps } from './watch-deploy.ts';

/** Periodic duties; each is best effort and never throws out of its loop (REC-8). */
export interface Duties {
  dispatch: () => Promise<void>;
  reconcile: () => Promise<void>;
  reap: () => Promise<void>;
  prune: () => Promise<void>;
  backup: () => Promise<void>;
}

export interface ProcessorDeps {
  agent: RunAgentDeps;
  gate: RunGateDeps;
  checks: Parameters<typeof createChecks>[0];
  settle: SettleDeps;
  delivery: WatchDeps & StagingStepDeps & RollbackDeps & RevertDeps & CarryDeps;
  tracker: TrackerJobDeps;
  endOfTask: EndOfTaskDeps;
  chat: ChatPort;
  duties: Duties;
}

/** One processor per job of the catalog: a job without one does not compile. */
export function createProcessors(deps: ProcessorDeps): Processors {
  const { agent, gate, checks, settle, delivery, tracker, endOfTask, chat, duties } = deps;
  return {
    'settle-stage': createSettleStage(settle),
    'run-agent': createRunAgent(agent),
    prepare: createPrepare(delivery),
    'run-gate': createRunGate(gate),
    ...createChecks(checks),
    'ensure-pr': createEnsurePr(delivery),
    staging: createStaging(delivery),
    merge: createMerge(delivery),
    deploy: createDeploy(delivery),
    'finalize-deploy': createFinalizeDeploy(delivery),
    'watch-deploy': createWatchDeploy(delivery),
    rollback: createRollback(delivery),
    revert: createRevert(delivery),
    'stop-work': createStopWork(endOfTask),
    'finish-work': createFinishWork(endOfTask, delivery),
    'create-issue': createCreateIssue(tracker),
    'set-status': createSetStatus(tracker),
    'post-comment': createPostComment(tracker),
    'refresh-card': createRefreshCard(chat),
    ping: createPing(chat),
    digest: createDigest(chat),
    dispatch: duty(duties.dispatch),
    reconcile: duty(duties.reconcile),
    reap: duty(duties.reap),
    prune: duty(duties.prune),
    backup: duty(duties.backup),
  };
}
