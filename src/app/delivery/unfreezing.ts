import type { House } from '../house.ts';

/** Lifts every freeze of a repository at once and says which there were, each by its own cause (SHIP-161, SHIP-163). */
export function liftFreezes(
  { gates }: Pick<House, 'gates'>,
  { repo, by, at }: { repo: string; by: string; at: number },
): { lifted: number; detail: string } {
  const before = gates.freezes(repo);
  const lifted = gates.unfreeze({ repo, by, at });
  const which = before.map(
    ({ scope, reason, by: who }) => `${scope} by ${who}: ${reason || 'no reason given'}`,
  );
  const count = before.length > 1 ? ` (${before.length} freezes lifted)` : '';
  return { lifted, detail: `${repo} unfrozen${count}: ${which.join('; ')}` };
}
