import { describe, expect, it } from 'vitest';
import type { StepResult } from '../../src/pipeline/events.ts';
import { gateStep } from '../../src/pipeline/plan.ts';
import { GATE_RULES, GATES, STAGE_RULES, type WorkStage } from '../../src/pipeline/stages.ts';
import { at, type Play, sha } from './play.ts';

type Case = [gate: string, outcome: StepResult['outcome'], place: string, ...pings: string[]];

/** What each outcome of each gate leads to (PIPE-37, PIPE-62, PIPE-63). */
const TABLE: Partial<Record<WorkStage, Case[]>> = {
  analysis: [
    ['analysis_complete', 'passed', 'analysis#1 approval', 'approve'],
    ['analysis_complete', 'needs-input', 'analysis#1 answers', 'questions'],
    ['analysis_complete', 'failed', 'analysis#1 blocked analysis-empty', 'blocked'],
    ['analysis_complete', 'stale', 'analysis#2 working'],
  ],
  architecture: [
    ['architecture_done', 'passed', 'development#1 working'],
    ['architecture_done', 'failed', 'analysis#2 working'],
    ['architecture_done', 'no-verdict', 'architecture#2 working'],
  ],
  development: [
    ['ci_green', 'failed', 'development#2 working'],
    ['ci_green', 'pending', 'development#1 ci'],
    ['ci_green', 'cannot-verify', 'development#1 blocked cannot-verify', 'cannot-verify'],
    ['ci_green', 'faulted', 'development#1 blocked step-faulted', 'blocked'],
  ],
  review: [
    ['reviewer_verdict', 'failed', 'development#2 working'],
    ['reviewer_verdict', 'no-verdict', 'review#2 working'],
  ],
  testing: [
    ['tests_passed', 'failed', 'development#2 working'],
    ['tests_passed', 'stale', 'testing#2 working'],
  ],
  'deploy-staging': [
    ['staging_status', 'failed', 'development#1 blocked staging-failed', 'staging-failed'],
    ['staging_status', 'no-verdict', 'deploy-staging#2 working'],
    ['security_gate', 'failed', 'development#2 working'],
    ['security_gate', 'no-verdict', 'deploy-staging#1 blocked cannot-verify', 'cannot-verify'],
    ['branch_mergeable', 'failed', 'development#2 working'],
    ['branch_mergeable', 'pending', 'deploy-staging#1 lease'],
    ['image_freshness', 'failed', 'development#2 working'],
    ['image_freshness', 'passed', 'deploy#1 confirm', 'confirm'],
  ],
};

describe('consequences of the gates (PIPE-37, PIPE-63)', () => {
  const cases = Object.entries(TABLE).flatMap(([stage, rows]) =>
    rows.map(
      ([gate, outcome, place, ...pings]) => [stage as WorkStage, gate, outcome, place, pings] as const,
    ),
  );
  it.each(cases)('%s: %s %s → %s', (stage, gate, outcome, place, pings) => {
    const play = at(stage).settle({ step: `gate.${gate}`, outcome });
    expect([play.place, play.pings]).toEqual([place, pings]);
  });

  it('wires each registered gate to at most one stage (PIPE-62)', () => {
    const wired = Object.values(STAGE_RULES).flatMap(({ gates }) => gates);
    expect(new Set(wired).size).toBe(wired.length);
    expect(GATES.filter((gate) => !wired.includes(gate))).toEqual(['check_tests_local']);
    expect(GATES.every((gate) => gateStep(gate) === `gate.${GATE_RULES[gate].step}`)).toBe(true);
  });

  it('asks an author once more, then a person (PIPE-42)', () => {
    const bad = { step: 'gate.reviewer_verdict', outcome: 'no-verdict' } as const;
    const play = at('review').settle(bad);
    expect(play.place).toBe('review#2 working');
    expect(play.settle(bad).place).toBe('review#2 blocked no-verdict');
    expect(play.task.bounces).toEqual([]);
    play
      .command('retry')
      .settle({ ...bad, outcome: 'failed' })
      .settle()
      .settle(bad);
    expect(play.place).toBe('review#5 working');
  });

  it('an unusable report of the engine itself is cannot-verify (PIPE-42)', () => {
    const staging = { mode: 'hook', baseUrl: 'http://localhost:1' } as never;
    const play = at('deploy-staging', { project: { staging } });
    play.settle({ step: 'gate.staging_status', outcome: 'no-verdict' });
    expect(play.place).toBe('deploy-staging#1 blocked cannot-verify');
    const deploy = at('deploy').command('confirm-deploy');
    expect(deploy.settle({ step: 'gate.deploy_status', outcome: 'no-verdict' }).place).toBe(
      'deploy#1 blocked cannot-verify',
    );
  });

  it('a failed restage is a staging failure (SHIP-72, SHIP-26)', () => {
    const evidence = { handleAs: 'check_staging_status' };
    const play = at('deploy-staging').settle({ step: 'gate.image_freshness', outcome: 'failed', evidence });
    expect([play.place, play.task.bounces]).toEqual(['development#1 blocked staging-failed', []]);
  });

  it('a candidate image that cannot be built is a failure of the image, not of staging (SHIP-21, SHIP-73)', () => {
    const evidence = { handleAs: 'check_image_freshness' };
    const staging = { mode: 'hook', baseUrl: 'http://localhost:1' } as never;
    const play = at('deploy-staging', { project: { staging } });
    play.settle({ step: 'staging', outcome: 'failed', evidence });
    expect([play.place, play.task.bounces]).toMatchObject(['development#2 working', [{ cause: 'image' }]]);
  });

  it('only secrets ring the bell of secrets', () => {
    const security = (secrets: string, reason: string): Play =>
      at('deploy-staging').settle({
        step: 'gate.security_gate',
        outcome: 'failed',
        reason,
        evidence: { report: { secrets } },
      });
    expect(security('PASS', '2 vulnerable dependencies').pings).toEqual([]);
    const found = security('FAIL', '3 possible secrets');
    expect([found.pings, found.of('ping')[0]?.params.n]).toEqual([['secrets-found'], 3]);
  });

  it('a conflict returns to analysis twice, then asks (PIPE-37)', () => {
    const play = at('architecture');
    for (const attempt of [2, 3]) {
      expect(play.settle({ step: 'gate.architecture_done', outcome: 'failed' }).place).toBe(
        `analysis#${attempt} working`,
      );
      play.settle().command('approve');
    }
    play.settle({ step: 'gate.architecture_done', outcome: 'failed' });
    expect(play.place).toBe('architecture#3 blocked analysis-returns');
  });

  it('inc-15 the same findings twice in a row escalate early (PIPE-40)', () => {
    const red = { step: 'gate.ci_green', outcome: 'failed', evidence: { fingerprint: 'f' } } as const;
    const play = at('development').settle(red);
    expect(play.settle(red).place).toBe('development#2 blocked no-progress');
    expect(play.command('retry').task).toMatchObject({ bouncesGranted: 1, attempt: 3 });
  });

  it('a rework that leaves the code as it was escalates; an entry after a reject does not (PIPE-40)', () => {
    const play = at('development').settle({ step: 'gate.ci_green', outcome: 'failed' });
    expect(play.agent({ codeChanged: false }).place).toBe('development#2 blocked no-progress');
    const rejected = at('development').settle({ step: 'gate.ci_green', outcome: 'failed' });
    rejected.command('reject').settle();
    expect(rejected.place).toBe('development#3 working');
    expect(rejected.agent({ codeChanged: false }).place).toBe('development#3 working');
  });

  it('what was proven about an older commit does not outlive it (SHIP-84)', () => {
    const play = at('deploy').command('reject');
    expect([play.place, play.task.testedSha]).toEqual(['deploy-staging#2 working', null]);
    expect(at('deploy').task.testedSha).toBe(sha('e'));
  });
});
