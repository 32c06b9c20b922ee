/**
 * Fast intervals (the report names them): the machine is the same, its patience is shorter. What is not here has its
 * default.
 */
export const FAST: Readonly<Record<string, string>> = {
  ORCH_QUEUE_POLL_INTERVAL: '0.5',
  ORCH_JOB_LOCK_MS: '3000',
  ORCH_REDIS_RECOVERY_GRACE_S: '2',
  ORCH_RECONCILE_INTERVAL_S: '2',
  ORCH_RECONCILE_GRACE_S: '3',
  ORCH_RECONCILE_GRACE_OVERRIDES_JSON: '{"development":3,"deploy-staging":3,"deploy":3}',
  ORCH_REAPER_INTERVAL_S: '2',
  ORCH_REAPER_FINALIZE_GRACE_S: '60',
  ORCH_WORKER_LOST_S: '40',
  ORCH_TRANSIENT_BACKOFF_BASE_S: '1',
  ORCH_TRANSIENT_BACKOFF_MAX_S: '4',
  ORCH_TRANSIENT_MAX_ATTEMPTS: '30',
  ORCH_JOB_MAX_ATTEMPTS: '10',
  ORCH_RESTART_LOOP_MAX: '20',
  ORCH_RUNS_PER_TASK_DAY: '200',
  ORCH_BREAKER_COOLDOWN_S: '2',
  ORCH_CI_POLL_INTERVAL_S: '1',
  ORCH_MERGE_LEASE_TTL_S: '30',
  ORCH_DEPLOY_FINALIZE_INTERVAL_S: '1',
  ORCH_POST_DEPLOY_INTERVAL_S: '1',
  ORCH_POST_DEPLOY_WINDOW_S: '2',
  ORCH_STOP_DEADLINE_S: '30',
  ORCH_PREFLIGHT_TTL_S: '5',
  ORCH_MIN_FREE_DISK_MB: '4',
  ORCH_AGENT_KILL_GRACE_SECONDS: '2',
  ORCH_AGENT_RESULT_GRACE_S: '1',
  ORCH_AGENT_STARTS_PER_MIN: '1000',
  ORCH_PLANE_TIMEOUT_S: '1',
  ORCH_GITEA_TIMEOUT_S: '2',
  ORCH_TELEGRAM_TIMEOUT_S: '2',
  ORCH_TRACKER_RATE_PER_MIN: '100000',
  ORCH_CARD_MIN_INTERVAL_MS: '30',
  ORCH_CARD_ACTIVITY_INTERVAL_S: '3',
  ORCH_CHAT_GROUP_PER_MIN: '100000',
  ORCH_SHUTDOWN_GRACE_S: '2',
};

/** Other choices of this house, for people to tell it from a production one. */
export const CHOICES: Readonly<Record<string, string>> = {
  ORCH_CONFIRM_DEPLOY_TWO_STEP: 'false',
  // The check command ends within milliseconds: its duration says nothing.
  ORCH_RETEST_MIN_RATIO: '0',
  ORCH_AGENT_RUNNER: 'claude',
  ORCH_AGENT_ENV_PASSTHROUGH: 'CHAOS_LEDGER',
  ORCH_ENV_FILE: '/dev/null',
  ORCH_LOG_FORMAT: 'json',
  ORCH_DIGEST_TIME: 'off',
  ORCH_BACKUP_INTERVAL_H: '0',
};
