import { AIMS, type Aim, type FaultKind } from './fault.ts';
import { createRandom } from './random.ts';

/** One entry of the plan. */
export interface Planned {
  n: number;
  kind: FaultKind;
  /** The boundary it waits for; null: the clock alone decides. */
  aim: Aim | null;
  /** Since the beginning of the storm. */
  atMs: number;
}

/**
 * The same seed gives the same plan. Kinds come by weight and none is left out for long; those that are aimed take the
 * boundaries in turn, so that each kind meets every stage as soon as it comes often enough.
 */
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
  const turns = new Map<string, number>();
  return chosen.map((kind, index) => {
    const turn = turns.get(kind.name) ?? random.below(AIMS.length);
    turns.set(kind.name, turn + 1);
    const aim = kind.aimed ? (AIMS[turn % AIMS.length] ?? null) : null;
    return { n: index + 1, kind, aim, atMs: Math.round(((index + 0.5) * stormMs) / faults) };
  });
}
