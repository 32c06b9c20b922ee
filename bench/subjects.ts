import { floorFlows } from './floors/flows.ts';
import { growthLevels } from './parts/growth/levels.ts';
import { intakeFloor, intakeProduct } from './parts/intake/round.ts';
import { pipelineRound } from './parts/pipeline/round.ts';

/** What can be measured, by name; each runs in a process of its own and returns plain data. */
export const SUBJECTS: Readonly<Record<string, (options: never) => Promise<unknown>>> = {
  'pipeline.product': pipelineRound,
  'pipeline.floor': floorFlows,
  'intake.product': intakeProduct,
  'intake.floor': intakeFloor,
  'growth.levels': growthLevels,
};
