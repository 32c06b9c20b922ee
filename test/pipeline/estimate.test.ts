import { describe, expect, it } from 'vitest';
import { complexityOf } from '../../src/pipeline/complexity.ts';
import { estimateOf, type PastTask, pastTask } from '../../src/pipeline/estimate.ts';
import type { VerdictRecord } from '../../src/pipeline/view.ts';
import { NOON, runOf, usageOf, viewOf } from '../support/bot/views.ts';

const MINUTE = 60_000;
const analysed = (criteria: number, tests: number, outcome = 'passed'): VerdictRecord => ({
  ...{ stage: 'analysis', attempt: 1, generation: 1, step: 'gate.analysis_complete', reason: '', at: 0 },
  ...{ outcome, evidence: { criteria, tests } },
});
const past = (costUsd: number, minutes: number, complexity: PastTask['complexity'] = 'small'): PastTask => ({
  ...{ costUsd, workMs: minutes * MINUTE, complexity },
});

describe('the size of a task', () => {
  it.each([
    [[analysed(2, 4)], 'small'],
    [[analysed(3, 4)], 'medium'],
    [[analysed(9, 9)], 'medium'],
    [[analysed(9, 10)], 'large'],
    [[analysed(9, 10), analysed(1, 1)], 'small'],
    [[analysed(1, 1), analysed(9, 10, 'failed')], 'small'],
    [[], null],
    [[analysed(0, 0)], null],
  ] as const)('%j is %s', (verdicts, size) => expect(complexityOf(verdicts)).toBe(size));
});

describe('the estimate on the approve ping', () => {
  it('says nothing before three tasks were delivered', () => {
    expect(estimateOf([past(1, 10), past(2, 20)], 'small')).toBeNull();
  });

  it('is drawn from tasks of the same size where there are enough, else from all', () => {
    const small = [past(1, 10), past(2, 20), past(3, 30), past(4, 40), past(50, 500)];
    const large = [past(30, 300, 'large'), past(40, 400, 'large')];
    expect(estimateOf([...small, ...large], 'small')).toEqual({
      ...{ tasks: 5, sameSize: true },
      ...{ usd: { typical: 3, high: 4 }, ms: { typical: 30 * MINUTE, high: 40 * MINUTE } },
    });
    expect(estimateOf([...small, ...large], 'large')).toMatchObject({ tasks: 7, sameSize: false });
    expect(estimateOf([...small, ...large], null)).toMatchObject({ tasks: 7, sameSize: false });
  });

  it('counts what came after the approval, without the time the person took to confirm', () => {
    const { task } = viewOf({
      task: { stage: 'done', endedAt: NOON, confirm: { ms: 12 * MINUTE, since: null } },
    });
    const runs = [
      runOf('analysis', { startedAt: NOON - 90 * MINUTE }),
      runOf('architecture', { startedAt: NOON - 60 * MINUTE, usage: usageOf({ costUsd: 1 }) }),
      runOf('development', { startedAt: NOON - 50 * MINUTE, usage: usageOf({ costUsd: 2 }) }),
      runOf('review', { startedAt: null, usage: null }),
    ];
    expect(pastTask(task, runs, 'small')).toEqual(past(3, 48));
    expect(pastTask(task, runs.slice(0, 1), 'small')).toBeNull();
  });
});
