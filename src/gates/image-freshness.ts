import type { Gate } from './gate.ts';
import { cannotVerify } from './results.ts';

/** Placeholder until the gate is built; never passes. */
export const imageFreshness: Gate = async () => cannotVerify('cannot verify: this gate is not built yet');
