import { describe, expect, test } from 'vitest';
import { at, Play, sha } from './play.ts';

/** Kinds of the comments the last event caused, with their authors. */
const said = (play: Play): string[] =>
  play.of('post-comment').map(({ comment, author }) => `${comment} ${author}`);
const paramsOf = (play: Play, kind: string) =>
  play.of('post-comment').find(({ comment }) => comment === kind)?.params;
const failed = (step: string, reason: string, evidence = {}) =>
  ({ step, outcome: 'failed', reason, evidence }) as const;

describe('PLANE-50, PLANE-53 which comments a step causes', () => {
  test('the analyst’s run has exactly one comment: finished, questions or empty', () => {
    const finished = new Play().command('start').settle();
    expect(said(finished)).toEqual(['finished analyst']);
    const asks = new Play().command('start').settle({
      step: 'gate.analysis_complete',
      outcome: 'needs-input',
      reason: '',
      evidence: { text: 'Which?' },
    });
    expect(said(asks)).toEqual(['questions analyst']);
    const empty = new Play().command('start').settle(failed('gate.analysis_complete', 'nothing there'));
    expect(said(empty).filter((one) => one.endsWith('analyst'))).toEqual(['empty analyst']);
  });

  test('every other role has its one comment, then the stage change says what is launched', () => {
    const play = new Play().command('start').settle().command('approve', { surface: 'tracker' });
    expect(said(play)).toEqual(['stage stream']);
    expect(paramsOf(play, 'stage')).toEqual({ old: 'analysis', new: 'architecture', role: 'architect' });
    expect(said(play.settle())).toEqual(['finished architect', 'stage stream']);
    expect(said(play.settle())).toEqual(['finished developer', 'stage stream']);
    expect(said(play.settle())).toEqual(['finished reviewer', 'stage stream']);
    expect(said(play.settle())).toEqual(['finished tester', 'stage stream']);
    expect(said(play.settle())).toEqual(['finished deployer', 'stage stream', 'confirm deployer']);
    expect(paramsOf(play, 'stage')).toMatchObject({ new: 'deploy', role: null });
    play.command('confirm-deploy', { surface: 'tracker' });
    expect(said(play)).toEqual([]);
    expect(said(play.settle())).toEqual(['finished deployer', 'done deployer', 'summary deployer']);
  });

  test('what the project does without has no status comment', () => {
    const play = at('deploy', { project: { staging: 'none', deploy: 'none' } });
    expect(said(play)).toEqual(['stage stream', 'confirm deployer']);
    expect(said(play.command('confirm-deploy', { surface: 'tracker' }).settle())).toEqual([
      'done deployer',
      'summary deployer',
    ]);
  });

  test('a run that waits for CI has its comment once, whatever waits behind it', () => {
    const play = at('development').settle({ step: 'gate.ci_green', outcome: 'pending', reason: 'CI runs' });
    const [first] = play.of('post-comment');
    expect(first).toMatchObject({ comment: 'finished', stage: 'development', attempt: 1 });
    // The same stage, attempt and kind are one key: it is written once (TRK-6).
    expect(
      play
        .fact('ci-changed', { sha: sha('c') })
        .settle()
        .of('post-comment')[0],
    ).toEqual(first);
  });
});

describe('tracker.md 9.3 comments of returns and decisions', () => {
  test('a refusal says what failed and that the developer works again', () => {
    const play = at('review').settle(failed('gate.reviewer_verdict', 'P0: no test'));
    expect(said(play)).toEqual(['finished reviewer', 'gate-failed reviewer', 'rollback reviewer']);
    expect(paramsOf(play, 'gate-failed')).toEqual({ check: 'check_reviewer_verdict', reason: 'P0: no test' });
    expect(paramsOf(play, 'rollback')).toEqual({ cause: 'review', reason: 'P0: no test', n: 1, max: 3 });
  });

  test.each([
    [{}, 'merge'],
    [{ combined: true }, 'retest'],
  ])('the merge gate tells a conflict from a red combined tree', (evidence, cause) => {
    const play = at('deploy-staging').settle(failed('gate.branch_mergeable', 'no', evidence));
    expect(paramsOf(play, 'rollback')).toMatchObject({ cause });
  });

  test('an escalated refusal launches nobody and says so', () => {
    const play = at('review', { limits: { maxDeveloperRetries: 0 } });
    play.settle(failed('gate.reviewer_verdict', 'P0'));
    expect(said(play)).toEqual(['finished reviewer', 'gate-failed reviewer', 'blocked stream']);
    expect(said(play.command('retry'))).toEqual(['rollback developer']);
  });

  test('a conflict with the specification is the architect’s comment', () => {
    const play = at('architecture').settle(failed('gate.architecture_done', 'two rules exclude each other'));
    expect(said(play)).toEqual(['finished architect', 'conflict architect']);
    const last = at('architecture', { limits: { maxAnalysisReturns: 0 } });
    expect(said(last.settle(failed('gate.architecture_done', 'again')))).toEqual([
      'finished architect',
      'gate-failed architect',
      'blocked stream',
    ]);
  });

  test('staging or deploy that failed is told by the deployer; To developer relaunches in its name', () => {
    const play = at('deploy-staging').settle(failed('gate.staging_status', '3 of 9'));
    expect(said(play)).toEqual(['finished deployer', 'blocked stream', 'staging-failed deployer']);
    expect(said(play.command('fix'))).toEqual(['rollback deployer']);
  });

  test.each([
    ['chat', ['decided stream']],
    ['tracker', []],
    ['label', ['auto stream']],
  ] as const)('a deploy confirmed from %s is told where Plane did not see it', (surface, expected) => {
    const play = at('deploy').command('confirm-deploy', { surface });
    expect(said(play)).toEqual(expected);
    if (surface === 'chat')
      expect(paramsOf(play, 'decided')).toMatchObject({ what: 'confirmed', sha: sha('e') });
  });

  test('a confirmation that no longer holds is void: main moved, or its time is over', () => {
    const moved = at('deploy').fact('push', { branch: 'main', sha: sha('9'), main: true, foreign: true });
    expect(said(moved)).toEqual(['confirm-void deployer']);
    expect(paramsOf(moved, 'confirm-void')).toEqual({ reason: 'main has moved' });
    const late = at('deploy');
    while (late.task.activity.kind === 'confirm') late.timer();
    expect(paramsOf(late, 'confirm-void')).toEqual({ reason: 'the request has expired' });
  });

  test('a relaunch with words says that they are used; without words it says nothing', () => {
    const asks = () =>
      new Play()
        .command('start')
        .settle({ step: 'gate.analysis_complete', outcome: 'needs-input', reason: '' });
    expect(said(asks().command('relaunch', { text: 'Both carriers.' }))).toEqual(['relaunched analyst']);
    expect(said(asks().command('relaunch'))).toEqual([]);
  });

  test.each([
    ['DEGRADED', ['watch stream']],
    ['HEALTHY', []],
  ] as const)('a watch that ends %s', (state, expected) => {
    const play = at('done');
    const end = { state, ticks: 5, of: 5, failed: 0, observed: true, reason: '', rolledBack: null };
    expect(said(play.fact('watch-result', end))).toEqual(expected);
  });
});
