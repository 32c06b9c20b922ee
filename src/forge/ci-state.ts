import type { CiState, CommitStatus, StatusState } from './port.ts';

/** Prefix of the contexts the engine sets itself (FORGE-42). */
const OWN_CONTEXT = 'orchestrator/';

/** Worst first; a state found in any newest status decides (FORGE-43). */
const ORDER: readonly StatusState[] = ['error', 'failure', 'pending', 'warning', 'success', 'skipped'];

/**
 * One state from the newest status per context (FORGE-43). `serverState` is what the forge itself computed; it is used
 * only where none of our own contexts had to be left out.
 */
export function combineStatuses(
  statuses: readonly CommitStatus[],
  options: { leaveOutOwn: boolean; serverState?: StatusState; readAt: number },
): CiState {
  const kept = options.leaveOutOwn ? statuses.filter((status) => !isOwn(status)) : [...statuses];
  const untouched = kept.length === statuses.length && kept.length > 0;
  const worst = ORDER.find((state) => kept.some((status) => status.state === state)) ?? 'pending';
  const state = untouched && options.serverState ? options.serverState : worst;
  return { state, total: kept.length, contexts: kept, readAt: options.readAt };
}

export const isOwn = (status: CommitStatus): boolean => status.context.startsWith(OWN_CONTEXT);

/** FORGE-42: at most 255 characters. */
export const statusDescription = (text: string): string =>
  text.length <= 255 ? text : `${text.slice(0, 254)}…`;
