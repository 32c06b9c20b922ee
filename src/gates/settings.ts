/** The settings gates read, each gate only its own keys (PIPE-63). Times in milliseconds. */
export interface GateSettings {
  ci: CiSettings;
  staging: StagingSettings;
  security: SecuritySettings;
  merge: MergeSettings;
  image: ImageSettings;
  /** `ORCH_ARTEFACT_PATHS`: left out of a source tree, so that reports make no image stale. */
  artefactPaths: readonly string[];
  /** Limit of a check command where the project states none (`ORCH_CHECKS_TIMEOUT_S`). */
  checksTimeoutMs: number;
}

export interface CiSettings {
  /** `ORCH_CI_POLL_MAX_ATTEMPTS`. */
  pollMaxAttempts: number;
  pollIntervalMs: number;
  /** Pending longer than this after the first read: cause `ci-timeout`. */
  maxWaitMs: number;
  /** No status at all for this long: cause `ci-silent`. */
  missingMs: number;
  acceptWarning: boolean;
}

export interface StagingSettings {
  /** `ORCH_STAGING_VERIFY_ENABLED`: the engine repeats the check itself. */
  verify: boolean;
}

/** A kill-switch and its scope; `repos` undefined or with `*` means every project (SET-5, SET-6). */
export interface Switch {
  enabled: boolean;
  repos?: readonly string[];
}

export const AUDIT_LEVELS = ['low', 'moderate', 'high', 'critical'] as const;
export type AuditLevel = (typeof AUDIT_LEVELS)[number];

export interface SecuritySettings extends Switch {
  /** An unreachable vulnerability feed fails the gate. */
  failClosed: boolean;
  /** Lowest severity that counts. */
  auditLevel: AuditLevel;
  /** Per tool. */
  toolTimeoutMs: number;
}

export interface MergeSettings extends Switch {
  rebaseAlways: boolean;
  retestTimeoutMs: number;
  /** A re-test shorter than this share of the median pass is implausible (SHIP-58). */
  retestMinRatio: number;
  /** Cap of the conflict text, characters. */
  findingsMaxChars: number;
}

export interface ImageSettings extends Switch {
  /** Staging again when the source tree changed (`ORCH_IMAGE_FRESHNESS_RESTAGE`). */
  restage: boolean;
  buildTimeoutMs: number;
}
