import { describe, expect, it } from 'vitest';
import { GATE_REGISTRY, GIT_GATES } from '../../src/gates/index.ts';
import { GATE_RULES, GATES, STAGE_RULES } from '../../src/pipeline/stages.ts';

describe('the gate registry (PIPE-8, PIPE-62)', () => {
  it('holds exactly the named gates', () => {
    expect(Object.keys(GATE_REGISTRY).toSorted()).toEqual(GATES.toSorted());
  });

  it('REC-10 any host judges exactly the gates that need git only; the compiler gives them nothing else', () => {
    const byRule = GATES.filter((gate) => GATE_RULES[gate].needs === 'git');
    expect(Object.keys(GIT_GATES).toSorted()).toEqual(byRule.toSorted());
  });

  it('knows every gate a stage names', () => {
    const wired = Object.values(STAGE_RULES).flatMap((rule) => rule.gates);
    expect(wired.filter((gate) => !(gate in GATE_REGISTRY))).toEqual([]);
  });
});
