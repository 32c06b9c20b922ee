import type { CommandEvent, Event, RejectReason } from '../../pipeline/events.ts';
import type { IntakeProblem } from '../../pipeline/intake.ts';
import type { Blockers, StartRequest } from '../../pipeline/ports.ts';

/** What the engine must do about something that happened in Plane. */
export type Inbound =
  /** For `engine.apply`; a refusal of a command is answered with `answerRefusal` (PLANE-32). */
  | { kind: 'event'; event: Event; statusName: string | null }
  /** A new task (PIPE-22); `key` names the change, so that a repeat starts nothing. */
  | { kind: 'start'; key: string; request: StartRequest & { issueId: string } }
  /** QG-0 failed: no task; `answerIntake` writes the comment and the status (PLANE-37). */
  | { kind: 'intake-refused'; repo: string; issue: string; key: string; problems: readonly IntakeProblem[] }
  /** A command that no task could be asked about, or that came too late. */
  | {
      kind: 'refused';
      repo: string;
      issue: string;
      /** For the decision log; null where there is no task (PLANE-32). */
      event: CommandEvent | null;
      key: string;
      statusName: string;
      reason: RejectReason;
      at: number;
    }
  /** Labels, texts or relations may have changed: a waiting human gate is judged again (PLANE-44, PLANE-58). */
  | { kind: 'wake'; task: number; repo: string; issue: string; statusName: string | null }
  /** What blocks the issue of a task now (PLANE-59). */
  | { kind: 'blockers'; task: number; repo: string; issue: string; blockers: Blockers }
  /** First round of a project: issues in To Analyse that were there before us (PLANE-68). */
  | {
      kind: 'issues-found';
      repo: string;
      issues: readonly { id: string; title: string; seq: number | null }[];
    }
  | { kind: 'inert'; reason: 'own_echo' | 'duplicate' }
  /** It could not be read now; the polling decides (PLANE-28). */
  | { kind: 'deferred'; repo: string; issue: string; reason: string };

/**
 * What one delivery or one round came to. `commit` records what was observed and must run in the transaction
 * that applies the results: without it the same changes are found again.
 */
export interface Reading {
  results: readonly Inbound[];
  commit(): void;
}

export const nothing = (...results: Inbound[]): Reading => ({ results, commit: () => undefined });
