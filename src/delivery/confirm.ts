/** What an accepted confirmation was given for (SHIP-81). */
export interface ConfirmedFor {
  testedSha: string;
  baseSha: string;
}

/** Tips as they are now; null when they could not be read, which is never "unmoved" (SHIP-82). */
export interface Tips {
  main: string | null;
  branch: string | null;
  /** Commit by which this task landed earlier, null when it has not. */
  landed: string | null;
}

export type ConfirmationCheck =
  | { holds: true }
  | { holds: false; why: 'main-moved' | 'branch-moved' | 'unreadable' };

/**
 * Whether a confirmation still speaks about what would be deployed (SHIP-84). Main at this task's own landed commit
 * counts as unmoved: it is the repeat of a failed deploy. Expiry is judged where the confirmation is accepted. Pure.
 */
export function checkConfirmation(confirmed: ConfirmedFor, tips: Tips): ConfirmationCheck {
  if (tips.main === null) return { holds: false, why: 'unreadable' };
  if (tips.landed !== null && tips.main === tips.landed) return { holds: true };
  if (tips.main !== confirmed.baseSha) return { holds: false, why: 'main-moved' };
  if (tips.branch === null) return { holds: false, why: 'unreadable' };
  return tips.branch === confirmed.testedSha ? { holds: true } : { holds: false, why: 'branch-moved' };
}
