/** What a gate or a step reports (PIPE-63). Only `passed` passes. */
export const OUTCOMES = [
  'passed',
  'failed',
  'needs-input',
  'pending',
  'no-verdict',
  'stale',
  'cannot-verify',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** JSON facts the engine observed itself, stored with the verdict. */
export type Evidence = Readonly<Record<string, unknown>>;

/** A gate never throws: an internal error is `cannot-verify` with the message. */
export interface GateResult {
  outcome: Outcome;
  /** One line for people. */
  reason: string;
  evidence: Evidence;
}
