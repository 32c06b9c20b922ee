import type { CiState, ForgeRead } from '../../forge/port.ts';
import type { ChecksResult } from '../../workspace/checks.ts';
import { checkLimitMs, checkOf, checksRequest } from '../checks.ts';
import type { GateInput } from '../gate.ts';
import type { GatePorts } from '../ports.ts';
import type { Reading } from './judge.ts';

/** The context under which the engine reports its own runs (FORGE-42). */
export const ENGINE_CONTEXT = 'orchestrator/checks';

/**
 * CI by the engine: a result recorded for this SHA counts, otherwise the check command is run and recorded
 * (FORGE-41, FORGE-42). A `pending` or `error` left behind by an earlier run is no result, and a deliberate
 * second evaluation (`regate`) runs again. A status that cannot be written does not change the result. The run itself
 * may be another host's: then the gate comes back when its result is there.
 */
export async function readEngineCi(
  input: GateInput,
  ports: GatePorts,
  signal: AbortSignal,
): Promise<Reading> {
  const sha = input.headSha ?? '';
  const check = checkOf(input.project);
  if (typeof check === 'string') throw new Error('engine CI without a check command');
  const known = await ports.forge.ciState(sha);
  if (isResult(known, input.generation)) return { read: known };
  if (!isQueued(known))
    await ports.forge.setStatus(sha, { context: ENGINE_CONTEXT, state: 'pending', description: 'running' });
  const limitMs = checkLimitMs(input, check);
  const run = await ports.checks(checksRequest(input, check, { sha, limitMs, signal }));
  signal.throwIfAborted();
  await ports.forge.setStatus(sha, status(run));
  return { read: { kind: 'ok', value: stateOf(run, ports.now()) }, run };
}

function isResult(known: ForgeRead<CiState>, generation: number): boolean {
  if (known.kind !== 'ok' || known.value.total === 0) return false;
  if (known.value.state === 'success') return true;
  return known.value.state === 'failure' && generation === 1;
}

/** The forge has been told that a result is on its way. */
const isQueued = (known: ForgeRead<CiState>): boolean =>
  known.kind === 'ok' && known.value.total > 0 && known.value.state === 'pending';

const status = (run: ChecksResult) => ({
  context: ENGINE_CONTEXT,
  state: run.state,
  description: run.reason.slice(0, 255),
});

const stateOf = (run: ChecksResult, readAt: number): CiState => ({
  state: run.state,
  total: 1,
  contexts: [status(run)],
  readAt,
});
