import { describe, expect, it } from 'vitest';
import { renderCatches, type Tried } from '../../support/agent/catches.ts';
import { tryWitness, witnesses } from '../../support/agent/court.ts';

const tried: Tried[] = [];

describe.concurrent('lying agents', () => {
  it('are at least twenty-five', () => expect(witnesses('liars').length).toBeGreaterThanOrEqual(25));
  for (const witness of witnesses('liars')) {
    it(`"${witness.name}" is caught: ${witness.story}`, async () => {
      const verdict = await tryWitness(witness);
      tried.push({ witness, verdict });
      expect(verdict.caughtBy, verdict.reason).not.toBeNull();
    });
  }
});

describe.concurrent('honest agents that look suspicious', () => {
  it('are at least ten', () => expect(witnesses('honest').length).toBeGreaterThanOrEqual(10));
  for (const witness of witnesses('honest')) {
    it(`"${witness.name}" is not refused: ${witness.story}`, async () => {
      const verdict = await tryWitness(witness);
      tried.push({ witness, verdict });
      expect(verdict).toEqual({ caughtBy: null, reason: 'every gate passed' });
    });
  }
});

it('the table of catches in docs is current (npx vitest run --project e2e -u test/e2e/agents writes it)', async () => {
  await expect(renderCatches(tried)).toMatchFileSnapshot('../../../docs/reference/lying-agents.md');
});
