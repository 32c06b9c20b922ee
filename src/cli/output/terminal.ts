import type { CliContext, OutputStream } from '../context.ts';

/** Columns of a terminal; no limit for files and pipes. */
export const widthOfTerminal = ({ isTTY, columns }: OutputStream): number =>
  isTTY === true ? Math.max(20, columns ?? 80) : Number.POSITIVE_INFINITY;

/** True for a terminal that shows colours, unless NO_COLOR says otherwise. */
export const wantsColour = ({ isTTY }: OutputStream, env: CliContext['env']): boolean =>
  isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
