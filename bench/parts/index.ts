import type { Part } from '../core/part.ts';
import { cards } from './cards/part.ts';
import { growth } from './growth/part.ts';
import { hosts } from './hosts/part.ts';
import { intake } from './intake/part.ts';
import { memory } from './memory/part.ts';
import { pipeline } from './pipeline/part.ts';
import { reaction } from './reaction/part.ts';

/** Every part, in the order of the report. */
export const PARTS: readonly Part[] = [pipeline, reaction, intake, growth, memory, cards, hosts];
