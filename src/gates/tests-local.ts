import { checkLimitMs, checkOf, checksRequest } from './checks.ts';
import type { GitGate } from './gate.ts';
import { cannotVerify, failed, missingMeans, notApplicable, passed } from './results.ts';

/** `check_tests_local`: the engine runs the project's check command at `head_sha` (PIPE-73); wired to no stage. */
export const testsLocal: GitGate = async (input, ports, signal) => {
  const check = checkOf(input.project);
  if (check === 'none') return notApplicable('CI gate', input.repo);
  if (check === 'missing') return missingMeans('tests', 'checks');
  if (!input.headSha) return cannotVerify(`cannot verify: no commit is recorded for ${input.wid}`);
  const request = checksRequest(input, check, {
    sha: input.headSha,
    limitMs: checkLimitMs(input, check),
    signal,
  });
  const run = await ports.workspace.runChecks(request);
  const evidence = { sha: run.sha, exitCode: run.exitCode, durationMs: run.durationMs, logPath: run.logPath };
  if (run.state === 'success') return passed(`Checks green: ${run.reason}`, evidence);
  return failed(`Checks ${run.state}: ${run.reason}`, { ...evidence, verbatim: run.tail });
};
