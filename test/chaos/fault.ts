import type { House } from './house/house.ts';
import type { Random } from './random.ts';
import type { Witness } from './witness.ts';

export const AIMS = [
  'analysis',
  'architecture',
  'development',
  'review',
  'testing',
  'deploy-staging',
  'deploy',
  'done',
] as const;
/** Entering this stage is the moment a fault is aimed at. */
export type Aim = (typeof AIMS)[number];
/** Stages with an agent to kill, in this house. */
export const AGENT_AIMS: readonly Aim[] = AIMS.slice(0, AIMS.indexOf('deploy-staging'));

export interface Scene {
  house: House;
  witness: Witness;
  random: Random;
}

/** A fault that has been injected. */
export interface Injected {
  /** What exactly was hit. */
  what: string;
  /** Undoes it; called after `holdMs`. */
  heal?: () => void | Promise<void>;
  /** True once the system has acted on it; only where there is something to act on. */
  noticed?: () => boolean | Promise<boolean>;
}

/** What only one fault at a time may touch. */
export type Resource =
  | 'redis'
  | 'post'
  | 'plane'
  | 'gitea'
  | 'telegram'
  | 'control'
  | 'one'
  | 'two'
  | 'agents'
  | 'hook'
  | 'disk'
  | 'clock';

/** A kind of fault, as data. */
export interface FaultKind {
  name: string;
  how: string;
  heals: string;
  /** Share among all faults. */
  weight: number;
  resource: Resource;
  /** Aimed at the moment a task enters one of these stages, each in its turn; none: the clock alone decides. */
  aims: readonly Aim[];
  holdMs: number;
  /** While nothing else is down, the system must have acted within this; null: nothing has to be noticed. */
  boundMs: number | null;
  /** How long it looks for something to hit, where that comes seldom; else a moment. */
  patienceMs?: number;
  /** Null when there was nothing to hit. */
  inject: (scene: Scene) => Promise<Injected | null>;
  /** False where this machine cannot do it. */
  possible?: (house: House) => boolean;
}
