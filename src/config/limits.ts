import type { Limits } from '../pipeline/policy.ts';
import { inScope } from './registry.ts';
import type { Config } from './schema.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** The settings that the machine reads, in its own words and in milliseconds, for one repository. */
export function limitsOf(config: Config, repo: string): Limits {
  const { gates, redis, deploy, telegram, merge, reconcile, reaper } = config;
  return {
    maxDeveloperRetries: gates.maxDeveloperRetries,
    maxAnalysisReturns: gates.maxAnalysisReturns,
    verdictReruns: gates.verdictReruns,
    noProgressEscalate: gates.noProgressEscalate,
    noProgressMax: gates.noProgressMax,
    restartLoopMax: gates.restartLoopMax,
    jobMaxAttempts: redis.jobMaxAttempts,
    transientMaxAttempts: redis.transientMaxAttempts,
    transientBackoffBaseMs: redis.transientBackoffBaseS * SECOND,
    transientBackoffMaxMs: redis.transientBackoffMaxS * SECOND,
    confirmDeploy: deploy.confirmDeployEnabled,
    confirmTtlMs: deploy.confirmTtlH * HOUR,
    remindAfterMs: telegram.remindAfterH * HOUR,
    remindMax: telegram.remindMax,
    ciMaxWaitMs: gates.ciMaxWaitS * SECOND,
    ciMissingMs: gates.ciMissingS * SECOND,
    leaseWarnMs: merge.leaseWaitWarnS * SECOND,
    reconcileMs: reconcile.intervalS * SECOND,
    workMs: reaper.maxRunningS * SECOND,
    deployMs: deploy.timeoutS * SECOND,
    stopMs: config.stop.deadlineS * SECOND,
    limitAutoResume: config.agents.limitAutoResume,
    pingDone: telegram.pingDone,
    // The step of the button must be an amount; `off` leaves the default one.
    raiseUsd: config.budgets.raiseUsd ?? 5,
    watchEnabled: config.postDeploy.enabled && inScope(config.scopes.postDeployRepos, repo),
    degradedFreezes: config.serialDeps.serialGateFreezeEnabled,
  };
}
