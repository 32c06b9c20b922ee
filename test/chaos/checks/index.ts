import type { Check } from './check.ts';
import { DOUBLES } from './doubles.ts';
import { GATES_HELD } from './gates.ts';
import { LEFTOVERS } from './leftovers.ts';
import { NOTHING_LOST } from './lost.ts';

/** Every question that is asked when the faults are over. */
export const CHECKS: readonly Check[] = [...NOTHING_LOST, ...DOUBLES, ...GATES_HELD, ...LEFTOVERS];
