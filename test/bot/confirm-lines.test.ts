import { expect, test } from 'vitest';
import { confirmLines } from '../../src/bot/confirm-lines.ts';
import { createCatalog } from '../../src/bot/texts.ts';
import type { RunView, VerdictRecord } from '../../src/pipeline/view.ts';

const verdict = (step: string, evidence: Record<string, unknown> = {}): VerdictRecord => ({
  ...{ stage: 'deploy-staging', attempt: 1, generation: 1, step, outcome: 'passed', reason: '', at: 0 },
  evidence,
});
const say = (verdicts: VerdictRecord[], previousServedSha: string | null = null) =>
  confirmLines({ verdicts, previousServedSha } as unknown as RunView, createCatalog()('en', 'UTC'));

test('a confirm request tells the gates, every warning and what runs now (SHIP-80, SHIP-2)', () => {
  const lines = say(
    [
      verdict('agent'),
      verdict('gate.security_gate', {
        warnings: ['npm: the registry does not answer'],
        changesDeliveryRules: ['.gitleaks.toml', 'ops/deploy.sh'],
        migrations: ['db/migrations/7.sql'],
      }),
      verdict('gate.branch_mergeable', { untested: true }),
      verdict('gate.image_freshness', { off: 'ORCH_IMAGE_FRESHNESS_ENABLED' }),
    ],
    'a'.repeat(40),
  );
  expect(lines.map((line) => line.join(''))).toEqual([
    '✅ security_gate, branch_mergeable',
    '⚠️ changes delivery rules: .gitleaks.toml, ops/deploy.sh',
    '⚠️ brings migrations: db/migrations/7.sql',
    '⚠️ UNAVAILABLE: npm: the registry does not answer',
    '⚠️ untested',
    '⚠️ image_freshness off',
    'Running now: aaaaaaa',
  ]);
});

test('a gate that was asked again counts by its newest word only', () => {
  expect(say([verdict('gate.security_gate', { untested: true }), verdict('gate.security_gate')])).toEqual([
    ['✅ security_gate'],
  ]);
});
