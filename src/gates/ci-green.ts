import type { GateResult } from '../pipeline/verdict.ts';
import { checkOf } from './checks.ts';
import { readEngineCi } from './ci/engine.ts';
import { judgeRead, type Reading } from './ci/judge.ts';
import type { Gate, GateInput } from './gate.ts';
import type { GatePorts } from './ports.ts';
import { cannotVerify, missingMeans, notApplicable } from './results.ts';

/**
 * `check_ci_green`: the CI state of exactly `head_sha` (PIPE-70). One call is one read; `pending` carries
 * `{ read, of, retryInMs }`, and without `retryInMs` the fast reads are used up.
 */
export const ciGreen: Gate = async (input, ports, signal) => {
  const absent = absentCi(input);
  if (absent) return absent;
  if (!input.headSha) return cannotVerify(`cannot verify: no commit is recorded for ${input.wid}`);
  const read =
    input.project.ci === 'engine'
      ? await readEngineCi(input, ports, signal)
      : await readForgeCi(input, ports);
  return judgeRead(read, input, ports.now());
};

/** `ci: none` and `checks: none` are declared absences; `ci: engine` without a command cannot verify (FORGE-41). */
function absentCi(input: GateInput): GateResult | null {
  const { ci, checks } = input.project;
  if (ci === 'none' || (ci === 'engine' && checks === 'none')) return notApplicable('CI gate', input.repo);
  if (ci === 'engine' && checkOf(input.project) === 'missing') return missingMeans('CI', 'checks');
  return null;
}

async function readForgeCi(input: GateInput, ports: GatePorts): Promise<Reading> {
  return { read: await ports.forge.ciState(input.headSha ?? '') };
}
