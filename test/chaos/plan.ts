import type { FaultKind } from './fault.ts';
import { createRandom } from './random.ts';

/** One entry of the plan. */
export interface Planned {
  n: number;
  kind: FaultKind;
  /** Since the beginning of the storm. */
  atMs: number;
}

/** The same seed gives the same plan. Kinds come by weight and none is left out for long. */
export function planOf(
  { seed, faults, stormMs }: { seed: number; faults: number; stormMs: number },
  kinds: readonly FaultKind[],
): Planned[] {
  const random = createRandom(seed * 7919 + 1);
  const deck = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));
  const drawn: FaultKind[] = [];
  while (drawn.length < faults) drawn.push(...random.shuffled(deck));
  // A short plan sees every kind before any comes twice.
  const once = faults < deck.length ? random.shuffled(kinds) : [];
  const chosen = [...once, ...drawn].slice(0, faults);
  return chosen.map((kind, index) => ({
    n: index + 1,
    kind,
    atMs: Math.round(((index + 0.5) * stormMs) / faults),
  }));
}
