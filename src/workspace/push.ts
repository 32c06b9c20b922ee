/** One push (FORGE-90): exactly one full refspec, from a SHA. */
export interface PushRequest {
  wid: string;
  sha: string;
  /** Full target, `refs/heads/…` or `refs/archive/…`. */
  ref: string;
  /** Expected remote head for `--force-with-lease` (FORGE-91); only for the task's own branch. */
  lease?: string;
  /** FORGE-92: called immediately before the push; false stops it. */
  fenceHolds?: () => Promise<boolean>;
}

export type PushOutcome =
  | { kind: 'pushed' | 'up-to-date' }
  /** Somebody else moved the ref; nothing was overwritten. */
  | { kind: 'foreign-push'; expected: string | null; found: string | null }
  | { kind: 'fence-lost' }
  /** The forge or FORGE-90 said no. */
  | { kind: 'refused'; reason: string }
  | { kind: 'transient'; reason: string };
