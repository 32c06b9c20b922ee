import type { CheckHistory, CheckPass } from '../../gates/gate.ts';
import { gateStep } from '../../pipeline/plan.ts';
import type { House } from '../house.ts';

const LOOK_BACK = 20;
const KEPT = 5;

/** A green run of the check command inside a verdict's evidence, as the CI gate and the merge gate leave it. */
function passIn(evidence: Readonly<Record<string, unknown>>): CheckPass | null {
  const { run, retest } = evidence as { run?: object; retest?: object };
  const facts = retest ?? { ...evidence, ...run };
  const { sha, durationMs, tests, coverage, by } = facts as Record<string, unknown>;
  if (typeof sha !== 'string' || typeof durationMs !== 'number' || by === 'none') return null;
  const number = (value: unknown) => (typeof value === 'number' ? value : null);
  return { sha, durationMs, tests: number(tests), coverage: number(coverage) };
}

/** Earlier green runs of a repository's check command, newest first (SHIP-56, SHIP-58). */
export function checkHistoryOf({ verdicts }: Pick<House, 'verdicts'>, repo: string): CheckHistory {
  const of = (gate: 'check_ci_green' | 'check_branch_mergeable') =>
    verdicts.passes(repo, gateStep(gate), LOOK_BACK);
  const merged = of('check_branch_mergeable');
  const landed = merged.find((pass) => pass.landed);
  const passes = [...merged, ...of('check_ci_green')].flatMap(({ evidence }) => passIn(evidence) ?? []);
  const last = landed ? passIn(landed.evidence) : null;
  return {
    passes: passes.slice(0, KEPT),
    mainTests: last?.tests ?? null,
    mainCoverage: last?.coverage ?? null,
  };
}
