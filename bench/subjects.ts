import { floorFlows, floorNine } from './floors/flows.ts';
import { cardsRound } from './parts/cards/round.ts';
import { growthLevels } from './parts/growth/levels.ts';
import { hostsRound } from './parts/hosts/round.ts';
import { intakeFloor, intakeOverload, intakeProbot, intakeProduct } from './parts/intake/round.ts';
import { logFlood } from './parts/memory/flood.ts';
import { memoryAtRest, soak } from './parts/memory/round.ts';
import { nineSteps } from './parts/pipeline/nine.ts';
import { pipelineRound } from './parts/pipeline/round.ts';
import { reactionRound } from './parts/reaction/round.ts';

/** What can be measured, by name; each runs in a process of its own and returns plain data. */
export const SUBJECTS: Readonly<Record<string, (options: never) => Promise<unknown>>> = {
  'pipeline.product': pipelineRound,
  'pipeline.floor': floorFlows,
  'pipeline.nine': nineSteps,
  'pipeline.nine-floor': floorNine,
  'intake.product': intakeProduct,
  'intake.floor': intakeFloor,
  'intake.overload': intakeOverload,
  'intake.probot': intakeProbot,
  'cards.round': cardsRound,
  'reaction.round': reactionRound,
  'memory.rest': memoryAtRest,
  'memory.flood': logFlood,
  'memory.soak': soak,
  'growth.levels': growthLevels,
  'hosts.round': hostsRound,
};
