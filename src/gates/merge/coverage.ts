import { numberFindings } from '../../pipeline/findings.ts';
import type { GateResult } from '../../pipeline/verdict.ts';
import type { GateInput } from '../gate.ts';
import { cannotVerify, failed, refusal } from '../results.ts';

const NONE =
  'cannot verify: the check command names no coverage; let it print a summary, or set "coverage_gate": false';

/**
 * Where the project asks for it (`coverage_gate`), the combined tree may cover no less than what landed last. `found`
 * is the percentage its checks named, null where they named none. Null: nothing stands against the merge.
 */
export function coverageRefusal(found: number | null, input: GateInput): GateResult | null {
  if (!input.project.coverageGate) return null;
  if (found === null) return cannotVerify(NONE);
  const landed = input.checkHistory.mainCoverage;
  if (landed === null || found >= landed) return null;
  const text = `coverage fell from ${landed} % to ${found} %: test what this change adds`;
  return failed(text, refusal(numberFindings('MERGE', input.attempt, [text]), text));
}
