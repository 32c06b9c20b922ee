import { describe, expect, it } from 'vitest';
import { ARTEFACTS } from '../../src/pipeline/artefacts.ts';
import {
  CONTRACTS,
  contractPath,
  contractText,
  EXAMPLE_FACTS,
  sampleVerdict,
} from '../../src/pipeline/contract.ts';
import { staleReason } from '../../src/pipeline/freshness.ts';
import { readFrontmatter } from '../../src/pipeline/frontmatter.ts';

describe('the verdict contracts (PIPE-64)', () => {
  it.each(Object.entries(CONTRACTS))('inc-47 the sample of %s is read back with its key', (_name, rule) => {
    for (const token of rule.tokens) {
      const result = readFrontmatter('sample', sampleVerdict(rule, EXAMPLE_FACTS, token));
      expect(result).toMatchObject({ ok: true, fields: { [rule.key]: token, work_item: 'SHOP-014' } });
      const fresh = {
        file: 'sample',
        workItem: EXAMPLE_FACTS.wid,
        attempt: 1,
        commits: [EXAMPLE_FACTS.commit],
        changedInAttempt: true,
      };
      expect(result.ok && staleReason(result.fields, fresh)).toBeNull();
    }
  });

  it.each(Object.values(CONTRACTS))('writes only keys of the artefact table: $artefact', (rule) => {
    const result = readFrontmatter('sample', sampleVerdict(rule, EXAMPLE_FACTS));
    const known: readonly string[] = ARTEFACTS[rule.artefact].keys;
    expect(result.ok && Object.keys(result.fields).filter((key) => !known.includes(key))).toEqual([]);
    expect(rule.reads).toContain(rule.key);
  });

  it('prints the block a role must write, and nothing for the developer', () => {
    const text = contractText('reviewer', 'review', EXAMPLE_FACTS);
    expect(text).toContain(contractPath(CONTRACTS.review, EXAMPLE_FACTS.wid));
    expect(text).toContain(sampleVerdict(CONTRACTS.review, EXAMPLE_FACTS));
    expect(text).toContain('APPROVED, REQUEST_CHANGES');
    expect(contractText('developer', 'development', EXAMPLE_FACTS)).toBe('');
  });
});
