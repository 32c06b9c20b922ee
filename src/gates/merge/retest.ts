import { numberFindings } from '../../pipeline/findings.ts';
import type { Evidence, GateResult } from '../../pipeline/verdict.ts';
import type { ChecksResult } from '../../workspace/checks.ts';
import { checkOf, checksRequest } from '../checks.ts';
import { ENGINE_CONTEXT } from '../ci/engine.ts';
import { withoutDurations } from '../ci/judge.ts';
import type { GateInput } from '../gate.ts';
import type { GatePorts } from '../ports.ts';
import { cannotVerify, failed, refusal } from '../results.ts';
import { coverageRefusal } from './coverage.ts';
import { implausibility } from './plausible.ts';
import { removedTests } from './removed-tests.ts';

/** A green re-test of one SHA, or why there is none; `result` ends the gate. */
export type Retest = { evidence: RetestEvidence } | { result: GateResult };

export interface RetestEvidence {
  sha: string;
  /** `run` now, `known` from engine-run evidence for the same SHA (SHIP-56), `none` where no command is declared. */
  by: 'run' | 'known' | 'none';
  durationMs: number | null;
  tests: number | null;
  /** Percent; null where the output tells none. */
  coverage: number | null;
}

/** Step 4 of SHIP-55: the check command on the combined tree. `unchanged`: the rebase left HEAD as it was. */
export async function retest(
  head: string,
  input: GateInput,
  { ports, signal }: { ports: GatePorts; signal: AbortSignal },
): Promise<Retest> {
  const check = checkOf(input.project);
  if (typeof check === 'string')
    return covered({ sha: head, by: 'none', durationMs: null, tests: null, coverage: null }, input);
  const known = knownPass(head, input);
  if (known) return covered(known, input);
  const limitMs = input.settings.merge.retestTimeoutMs;
  const run = await ports.workspace.runChecks(checksRequest(input, check, { sha: head, limitMs, signal }));
  signal.throwIfAborted();
  if (input.project.ci === 'engine') {
    const description = run.reason.slice(0, 255);
    await ports.forge.setStatus(head, { context: ENGINE_CONTEXT, state: run.state, description });
  }
  if (run.state !== 'success') return { result: red(run, input) };
  const doubt = implausibility(run, {
    history: input.checkHistory,
    minRatio: input.settings.merge.retestMinRatio,
    removedTests: await removedTests(input, ports, head),
  });
  if (doubt) return { result: cannotVerify(doubt, { implausible: true, run: facts(run) }) };
  const { durationMs, tests = null, coverage = null } = run;
  return covered({ sha: head, by: 'run', durationMs, tests, coverage }, input);
}

/** A green re-test, unless it covers less than what landed last. */
function covered(evidence: RetestEvidence, input: GateInput): Retest {
  const result = coverageRefusal(evidence.coverage ?? null, input);
  return result ? { result } : { evidence };
}

/** SHIP-56: engine-run evidence for exactly this SHA, from CI or from before this gate parked. */
function knownPass(head: string, input: GateInput): RetestEvidence | null {
  const before = input.previous?.retest as RetestEvidence | undefined;
  if (before?.sha === head) return { ...before, by: 'known' };
  const pass = head === input.headSha ? input.checkHistory.passes.find(({ sha }) => sha === head) : undefined;
  return pass ? { ...pass, by: 'known' } : null;
}

function red(run: ChecksResult, input: GateInput): GateResult {
  const text = `${run.command}: ${run.reason}\n${run.tail}`;
  const findings = numberFindings('MERGE', input.attempt, [text]);
  const found = refusal(withoutDurations(findings), text);
  const evidence = { ...found, findings, run: facts(run), combined: true };
  return failed(`re-test of the combined tree: ${run.reason}`, evidence);
}

const facts = (run: ChecksResult): Evidence => ({
  sha: run.sha,
  command: run.command,
  exitCode: run.exitCode,
  durationMs: run.durationMs,
  tests: run.tests ?? null,
  coverage: run.coverage ?? null,
  logPath: run.logPath,
});
