import type { Instant } from './events.ts';
import type { Role, Stage, StatusKey, WorkStage } from './stages.ts';

export type FreezeScope = 'intake' | 'delivery' | 'all';

/** Values for a text template; the surface escapes them. */
export type TextParams = Readonly<Record<string, string | number | boolean | null>>;

/** Kinds of separate messages that ask for attention (chat.md section 8). */
export const PING_KINDS = [
  'approve',
  'questions',
  'confirm',
  'confirm-again',
  'pr-review',
  'rework-exhausted',
  'agent-failed',
  'agent-retrying',
  'blocked',
  'agents-not-ready',
  'issue-deleted',
  'issues-found',
  'staging-failed',
  'deploy-failed',
  'deploy-failed-no-rollback',
  'deploy-failed-rollback-failed',
  'deploy-unknown',
  'hold',
  'hold-no-pr',
  'cannot-verify',
  'lease-late',
  'secrets-found',
  'ci-silent',
  'budget-80',
  'budget',
  'limit',
  'limit-manual',
  'dep-cycle',
  'dep-cancelled',
  'auto',
  'unblocked',
  'degraded',
  'rolled-back',
  'reverted',
  'not-observable',
  'tree-mismatch',
  'frozen',
  'unfrozen',
  'error',
  'not-stopped',
  'done',
  'reminder',
  'stopped',
] as const;
export type PingKind = (typeof PING_KINDS)[number];
export type Sound = 'silent' | 'sound' | 'critical';

/** Kinds of tracker comments (tracker.md section 9). */
export type CommentKind =
  | 'started'
  | 'finished'
  | 'relaunched'
  | 'questions'
  | 'empty'
  | 'stage'
  | 'gate-failed'
  | 'conflict'
  | 'rollback'
  | 'rejected'
  | 'staging-failed'
  | 'deploy-failed'
  | 'hold'
  | 'confirm'
  | 'confirm-void'
  | 'blocked'
  | 'stopped'
  | 'auto'
  | 'decided'
  | 'watch'
  | 'done'
  | 'summary'
  | 'ignored';

/**
 * Everything we may do. Effects on rows of our own (leases, freezes, dependencies) are applied in the
 * committing transaction; all others become outbox rows, idempotent by their key (REC-30, REC-31).
 */
export type Effect =
  | {
      kind: 'run-stage';
      stage: WorkStage;
      attempt: number;
      generation: number;
      fence: number;
      steps: readonly string[];
      /** The same session continues (AGENT-39). */
      resume: boolean;
      /** A person asked for it: goes first (REC-15). */
      urgent: boolean;
      /** Trace context of what caused it, added where it is stored; the machine never sets it (REC-143). */
      traceparent?: string;
    }
  | { kind: 'cancel-run'; fence: number; reason: string }
  | { kind: 'wake-gate'; stage: WorkStage; attempt: number; generation: number }
  /** The issue of a task that began while its tracker was away (PLANE-12). */
  | { kind: 'create-issue'; key: string; labels: readonly string[] }
  | { kind: 'set-status'; status: StatusKey }
  | {
      kind: 'post-comment';
      comment: CommentKind;
      stage: Stage;
      attempt: number;
      author: Role | 'stream';
      params: TextParams;
    }
  | { kind: 'refresh-card' }
  | { kind: 'ping'; ping: PingKind; sound: Sound; cause: string; params: TextParams }
  | { kind: 'stop-work'; fence: number; by: string; reason: string }
  | { kind: 'start-watch'; attempt: number; sha: string }
  | { kind: 'finish-work'; afterWatch: boolean }
  | { kind: 'start-revert'; by: string }
  | { kind: 'release-lease' }
  | { kind: 'freeze'; scope: FreezeScope; cause: string; reason: string; by: string }
  | { kind: 'lift-freeze'; cause: string }
  | { kind: 'depend'; on: string; remove: boolean }
  | { kind: 'wake-dependents'; cancelled: boolean }
  | { kind: 'command'; name: 'approve' | 'confirm-deploy'; label: string; sha: string | null }
  | { kind: 'open-deploy'; attempt: number; sha: string; by: string; imageDigest: string | null }
  | { kind: 'raise-day-budget'; usd: number; at: Instant };

export type EffectKind = Effect['kind'];
