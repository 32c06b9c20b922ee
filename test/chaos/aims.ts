import type { Aim, FaultKind } from './fault.ts';

/** Which stage boundaries each kind of fault has met; the one it has not met yet is what it waits for. */
export interface Aims {
  /** Boundaries still to be met by this kind; all of its own again once it has met each. */
  wanted(kind: FaultKind): ReadonlySet<Aim>;
  met(kind: FaultKind, aim: Aim): void;
}

export function createAims(): Aims {
  const left = new Map<string, Set<Aim>>();
  const wanted = (kind: FaultKind): Set<Aim> => {
    const known = left.get(kind.name);
    if (known !== undefined && known.size > 0) return known;
    const all = new Set(kind.aims);
    left.set(kind.name, all);
    return all;
  };
  return { wanted, met: (kind, aim) => void wanted(kind).delete(aim) };
}
