import { describe, expect, it } from 'vitest';
import { GATE_REGISTRY } from '../../src/gates/index.ts';
import { GATES, STAGE_RULES } from '../../src/pipeline/stages.ts';

describe('the gate registry (PIPE-8, PIPE-62)', () => {
  it('holds exactly the named gates', () => {
    expect(Object.keys(GATE_REGISTRY)).toEqual([...GATES]);
  });

  it('knows every gate a stage names', () => {
    const wired = Object.values(STAGE_RULES).flatMap((rule) => rule.gates);
    expect(wired.filter((gate) => !(gate in GATE_REGISTRY))).toEqual([]);
  });
});
