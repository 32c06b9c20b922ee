import type { Part } from '../core/part.ts';
import { growth } from './growth/part.ts';
import { intake } from './intake/part.ts';
import { pipeline } from './pipeline/part.ts';

/** Every part, in the order of the report. */
export const PARTS: readonly Part[] = [pipeline, intake, growth];
