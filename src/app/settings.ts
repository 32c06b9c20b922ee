import type { BotSettings } from '../bot/settings.ts';
import { isLoopback, isLoopbackUrl } from '../config/loopback.ts';
import { inScope } from '../config/registry.ts';
import type { Config } from '../config/schema.ts';
import type { FinalizePolicy } from '../delivery/finalize.ts';
import { FINALIZE_PROBE_INTERVAL_MS } from '../delivery/finalize.ts';
import type { WatchPolicy } from '../delivery/monitor.ts';
import type { GateSettings, Switch } from '../gates/settings.ts';
import type { Project } from '../pipeline/project.ts';
import type { AutoLabelSettings } from '../tracker/auto-label.ts';

const S = 1000;
const H = 3600 * S;

const gateSwitch = (enabled: boolean, repos: '*' | readonly string[]): Switch =>
  repos === '*' ? { enabled } : { enabled, repos };

/** The settings the gates read (SET-5, SET-6), in milliseconds. */
export function gateSettingsOf({ gates, merge, scopes, forge, agents }: Config): GateSettings {
  return {
    ci: {
      pollMaxAttempts: gates.ciPollMaxAttempts,
      pollIntervalMs: gates.ciPollIntervalS * S,
      maxWaitMs: gates.ciMaxWaitS * S,
      missingMs: gates.ciMissingS * S,
      acceptWarning: gates.ciAcceptWarning,
    },
    staging: { verify: gates.stagingVerifyEnabled },
    security: {
      ...gateSwitch(gates.securityGateEnabled, scopes.securityGateRepos),
      failClosed: gates.securityDepAuditFailClosed,
      auditLevel: gates.securityDepAuditLevel,
      toolTimeoutMs: gates.securityToolTimeoutS * S,
    },
    merge: {
      ...gateSwitch(merge.gateEnabled, scopes.mergeGateRepos),
      rebaseAlways: merge.premergeRebaseAlways,
      retestTimeoutMs: merge.retestTimeoutS * S,
      retestMinRatio: merge.retestMinRatio,
      findingsMaxChars: agents.findingsMaxChars,
    },
    image: {
      ...gateSwitch(gates.imageFreshnessEnabled, scopes.imageFreshnessRepos),
      restage: gates.imageFreshnessRestage,
      buildTimeoutMs: gates.imageBuildTimeoutS * S,
    },
    checksTimeoutMs: forge.checksTimeoutS * S,
    artefactPaths: forge.artefactPaths,
  };
}

/** How long the finalizer waits for what (SHIP-123, SHIP-124). */
export const finalizePolicyOf = ({ deploy }: Config, project: Project): FinalizePolicy => ({
  timeoutMs: deploy.timeoutS * S,
  startTimeoutMs: deploy.hookStartTimeoutS * S,
  intervalMs: deploy.finalizeIntervalS * S,
  probeIntervalMs: Math.min(FINALIZE_PROBE_INTERVAL_MS, deploy.finalizeIntervalS * S),
  requireServedSha: deploy.requireServedSha || project.selfHosting,
});

/** Which labels lift the human gates, and where (PLANE-54, PLANE-55). */
export const labelSettingsOf = ({ labels, scopes }: Config): AutoLabelSettings => ({
  enabled: labels.autoLabelEnabled,
  inScope: (repo) => inScope(scopes.autoLabelRepos, repo),
  approveLabel: labels.autoApproveLabel,
  deployLabel: labels.autoDeployLabel,
});

/** The post-deploy watch (SHIP-152). */
export const watchPolicyOf = ({ postDeploy }: Config): WatchPolicy => ({
  windowMs: postDeploy.windowS * S,
  intervalMs: postDeploy.intervalS * S,
  failThreshold: postDeploy.failThreshold,
  fiveXxThreshold: postDeploy.http5xxThreshold,
  minRequests: postDeploy.minRequests,
});

/** The chat's own settings. */
export function botSettingsOf(config: Config): BotSettings {
  const { telegram, i18n, budgets } = config;
  return {
    lang: i18n.lang,
    tz: i18n.tz,
    chatId: telegram.chatId === undefined ? null : String(telegram.chatId),
    goneChat: null,
    boardUrl: boardUrlOf(config),
    allowedUsers: telegram.allowedUsers ?? [],
    timeoutMs: telegram.timeoutS * S,
    pairingTtlMs: telegram.pairingCodeTtlS * S,
    pairingMaxTries: telegram.pairingMaxTries,
    callbackTtlMs: telegram.callbackTtlH * H,
    confirmStepTtlMs: telegram.confirmStepTtlS * S,
    confirmTwoStep: telegram.confirmDeployTwoStep,
    staleCommandMs: telegram.chatStaleCommandS * S,
    leaveUnknown: telegram.chatLeaveUnknown,
    topics: telegram.chatTopics,
    groupPerMin: telegram.chatGroupPerMin,
    draftTtlMs: telegram.draftTtlS * S,
    cardMinIntervalMs: telegram.cardMinIntervalMs,
    activityIntervalMs: telegram.cardActivityIntervalS * S,
    activityIdleMs: telegram.activityIdleS * S,
    raiseUsd: budgets.raiseUsd ?? 5,
    quietHours: telegram.quietHours ?? null,
    digestTime: telegram.digestTime ?? 'off',
  };
}

/** From outside by the public address; on the local page by this machine's own, unless that is closed to it. */
function boardUrlOf({ server, telegram }: Config): string | null {
  const { publicUrl, httpHost, httpPort } = server;
  if (publicUrl !== undefined && !isLoopbackUrl(publicUrl)) return `${publicUrl}/board`;
  const isLocal = telegram.botToken === undefined && isLoopback(httpHost);
  return isLocal ? `http://127.0.0.1:${httpPort}/board` : null;
}
