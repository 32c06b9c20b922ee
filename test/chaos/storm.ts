import { setTimeout as delay } from 'node:timers/promises';
import { createAims } from './aims.ts';
import type { Aim, FaultKind, Injected, Resource, Scene } from './fault.ts';
import type { Planned } from './plan.ts';

/** What became of a planned fault. */
export interface Happened {
  planned: Planned;
  /** Null: there was nothing to hit. */
  injected: Injected | null;
  /** Since the beginning of the storm. */
  atMs: number;
  /** The stage that a task entered at this very moment; null where no task entered one it was aimed at in time. */
  aim: Aim | null;
  /** Of the time in which nothing else was down; null while not noticed. */
  noticedMs: number | null;
}

export interface Storm {
  happened: readonly Happened[];
  /** Faults that were really injected. */
  injected(): number;
  /** Resolves when the plan is through and everything is healed. */
  over: Promise<void>;
  /** Called again and again: looks at boundaries and at what was noticed. */
  look(): Promise<void>;
  /** Faults whose notice is outstanding. */
  unnoticed(): Happened[];
}

/** Longer than two stages take; other faults go on meanwhile. */
const AIM_PATIENCE_MS = 6000;
const HIT_PATIENCE_MS = 2500;
const LAST_CALL_MS = 20_000;

export function startStorm(scene: Scene, plan: readonly Planned[]): Storm {
  const { house, witness } = scene;
  const startedAt = performance.now();
  /** Nobody looks for something to hit much longer than the storm was to last. */
  const lastCallAt = startedAt + (plan.at(-1)?.atMs ?? 0) + LAST_CALL_MS;
  const happened: Happened[] = [];
  const watched = new Map<Happened, number>();
  const chains = new Map<Resource, Promise<void>>();
  const aims = createAims();
  const waiting = new Set<{ wanted: ReadonlySet<Aim>; hit: (aim: Aim) => void }>();
  let down = 0;

  const aim = (kind: FaultKind): Promise<Aim | null> =>
    new Promise((resolve) => {
      const entry = { wanted: aims.wanted(kind), hit: (met: Aim) => end(met) };
      const timer = setTimeout(() => end(null), AIM_PATIENCE_MS);
      const end = (met: Aim | null) => {
        clearTimeout(timer);
        waiting.delete(entry);
        resolve(met);
      };
      waiting.add(entry);
    });

  /** An agent to kill may be a moment away. */
  const hit = async ({ kind }: Planned): Promise<Injected | null> => {
    const patience = performance.now() + (kind.patienceMs ?? HIT_PATIENCE_MS);
    const giveUpAt = Math.min(patience, lastCallAt);
    for (;;) {
      const injected = await kind.inject(scene);
      if (injected !== null || performance.now() > giveUpAt) return injected;
      await delay(50);
    }
  };

  const strike = async (planned: Planned): Promise<void> => {
    const { kind } = planned;
    const met = kind.aims.length === 0 ? null : await aim(kind);
    // What a killed agent left is kept at the forge before its end is told.
    const affects = ['redis', 'disk', 'gitea'].includes(kind.resource);
    if (affects) down += 1;
    try {
      const atMs = performance.now() - startedAt;
      const injected = await hit(planned);
      const one: Happened = { planned, injected, atMs, aim: met, noticedMs: null };
      happened.push(one);
      if (injected === null) return;
      if (met !== null) aims.met(kind, met);
      if (injected.noticed && kind.boundMs !== null) watched.set(one, 0);
      await delay(kind.holdMs);
      await injected.heal?.();
    } finally {
      if (affects) down -= 1;
    }
  };
  /** Faults of one resource come one after the other. */
  const queue = (planned: Planned): Promise<void> => {
    const { resource } = planned.kind;
    const next = (chains.get(resource) ?? Promise.resolve()).then(() => strike(planned));
    chains.set(
      resource,
      next.catch(() => undefined),
    );
    return next;
  };

  const over = (async () => {
    const all: Promise<void>[] = [];
    for (const planned of plan) {
      const waitMs = startedAt + planned.atMs - performance.now();
      if (waitMs > 0) await delay(waitMs);
      all.push(queue(planned));
    }
    await Promise.all(all);
  })();
  over.catch(() => undefined);

  let stages = new Map<number, string>();
  let lookedAt = performance.now();
  const seeBoundaries = () => {
    const rows = witness.rows<{ id: number; stage: string }>('select id, stage from tasks');
    if (rows.length === 0) return;
    const entered = new Set(
      rows.filter(({ id, stage }) => stages.get(id) !== stage).map(({ stage }) => stage),
    );
    stages = new Map(rows.map(({ id, stage }) => [id, stage]));
    for (const { wanted, hit } of [...waiting]) {
      const met = [...entered].find((stage) => wanted.has(stage as Aim));
      if (met !== undefined && entered.delete(met)) hit(met as Aim);
    }
  };
  return {
    happened,
    injected: () => happened.filter(({ injected }) => injected !== null).length,
    over,
    unnoticed: () => [...watched.keys()],
    async look() {
      seeBoundaries();
      const now = performance.now();
      const good = house.control.isUp() && down === 0;
      const stepMs = now - lookedAt;
      lookedAt = now;
      for (const [one, spentMs] of [...watched]) {
        const spent = good ? spentMs + stepMs : spentMs;
        watched.set(one, spent);
        if (!(await one.injected?.noticed?.())) continue;
        one.noticedMs = Math.round(spent);
        watched.delete(one);
      }
    },
  };
}
