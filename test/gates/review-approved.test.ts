import { describe, expect, it } from 'vitest';
import type { ForgeRead, Review } from '../../src/forge/port.ts';
import type { GatePorts } from '../../src/gates/ports.ts';
import { outOfForce } from '../../src/gates/results.ts';
import { reviewApproved } from '../../src/gates/review-approved.ts';
import { exampleInput, exampleProject } from './support/world.ts';

const HEAD = 'a'.repeat(40);
const review = (user: string, state: Review['state'], over: Partial<Review> = {}): Review => ({
  user,
  state,
  commit: HEAD,
  stale: false,
  dismissed: false,
  body: '',
  submittedAt: 1,
  ...over,
});
const judge = (answer: ForgeRead<Review[]> | { kind: 'unsupported' }, prNumber: number | null = 9) => {
  const ports = { forge: { reviews: async () => answer } } as unknown as GatePorts;
  const input = exampleInput(exampleProject('/nowhere'), { headSha: HEAD, prNumber, attempt: 2 });
  return reviewApproved(input, ports, new AbortController().signal);
};

describe('check_review_approved (PIPE-72)', () => {
  const table: [string, Review[], string][] = [
    ['nobody', [], 'pending'],
    ['one approval', [review('ann', 'APPROVED')], 'passed'],
    ['our own token', [review('Orchestrator', 'APPROVED')], 'pending'],
    ['an approval of another commit', [review('ann', 'APPROVED', { commit: 'b'.repeat(40) })], 'pending'],
    ['a stale approval', [review('ann', 'APPROVED', { stale: true })], 'pending'],
    ['a dismissed refusal', [review('ann', 'REQUEST_CHANGES', { dismissed: true })], 'pending'],
    [
      'one refusal beside an approval',
      [review('ann', 'APPROVED'), review('bob', 'REQUEST_CHANGES')],
      'failed',
    ],
    [
      'a refusal taken back by the same person',
      [review('ann', 'APPROVED', { submittedAt: 5 }), review('ann', 'REQUEST_CHANGES', { submittedAt: 2 })],
      'passed',
    ],
    [
      'a plain comment after a refusal',
      [review('ann', 'REQUEST_CHANGES', { submittedAt: 2 }), review('ann', 'COMMENT', { submittedAt: 5 })],
      'failed',
    ],
  ];
  it.each(table)('%s', async (_what, reviews, outcome) => {
    expect(await judge({ kind: 'ok', value: reviews })).toMatchObject({ outcome });
  });

  it("hands the review's text to the developer", async () => {
    const { evidence } = await judge({
      kind: 'ok',
      value: [review('ann', 'REQUEST_CHANGES', { body: 'too slow' })],
    });
    expect(evidence.findings).toEqual([{ id: 'PR-2-1', text: 'ann: too slow' }]);
  });

  it('cannot verify without a pull request or where the forge knows no reviews', async () => {
    expect(await judge({ kind: 'ok', value: [] }, null)).toMatchObject({ outcome: 'cannot-verify' });
    expect(await judge({ kind: 'unsupported' })).toMatchObject({ outcome: 'cannot-verify' });
    expect(await judge({ kind: 'transient', reason: 'HTTP 502' })).toMatchObject({ outcome: 'pending' });
  });
});

describe('switches and scopes (SET-5, SET-6)', () => {
  const table: [string, { enabled: boolean; repos?: string[] }, string | null][] = [
    ['on for all', { enabled: true }, null],
    ['on for all by star', { enabled: true, repos: ['*'] }, null],
    ['on for this one, other case', { enabled: true, repos: ['SHOP'] }, null],
    ['narrowed to another', { enabled: true, repos: ['crm'] }, 'not in scope (ORCH_MERGE_GATE_REPOS)'],
    ['off, whatever the scope', { enabled: false, repos: ['shop'] }, 'off (ORCH_MERGE_GATE_ENABLED)'],
  ];
  it.each(table)('%s', (_what, rule, reason) => {
    expect(outOfForce(rule, 'ORCH_MERGE_GATE', 'shop')?.reason ?? null).toBe(reason);
  });
});
