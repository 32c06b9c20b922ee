import { describe, expect, it } from 'vitest';
import { policyOf } from '../support/machine.ts';
import { at, Play, sha } from './play.ts';

describe('the worked examples (pipeline.md section 17)', () => {
  it('Happy path: from To Analyse to done with no bounce (PIPE-49 to PIPE-53)', () => {
    const play = new Play().command('start');
    expect(play.place).toBe('analysis#1 working');
    expect(play.of('run-stage')[0]?.steps).toEqual(['prepare', 'agent', 'gate.analysis_complete']);
    play.settle({ step: 'agent', evidence: { headSha: sha('a') } });
    expect([play.place, play.pings]).toEqual(['analysis#1 approval', ['approve']]);
    play.command('approve', { target: { stage: 'analysis', attempt: 1, sha: sha('a') } });
    const places = [play.place];
    for (const _ of 'abcdef'.slice(0, 5)) places.push(play.settle().place);
    expect(places).toEqual([
      'architecture#1 working',
      'development#1 working',
      'review#1 working',
      'testing#1 working',
      'deploy-staging#1 working',
      'deploy#1 confirm',
    ]);
    expect(play.of('release-lease')).toHaveLength(1);
    play.command('confirm-deploy', { target: { sha: sha('e') } });
    expect(play.place).toBe('deploy#1 deploying');
    expect(play.of('run-stage')[0]?.steps).toEqual([
      'merge',
      'deploy',
      'finalize-deploy',
      'gate.deploy_status',
    ]);
    expect(play.settle().place).toBe('done#1 ended');
    expect(play.task.bounces).toEqual([]);
    expect(play.of('start-watch')).toEqual([{ kind: 'start-watch', attempt: 1, sha: sha('d') }]);
  });

  it('Stale tap: card A is stale, card B counts once, a second tap is a duplicate (PIPE-15, PIPE-17)', () => {
    const play = new Play().command('start').settle({ step: 'agent', evidence: { headSha: sha('a') } });
    const cardA = { stage: 'analysis', attempt: 1, sha: sha('a') } as const;
    play.command('reject');
    expect(play.place).toBe('analysis#2 working');
    expect(play.command('approve', { target: cardA }).answer).toBe('stale_attempt');
    play.settle({ step: 'agent', evidence: { headSha: sha('b') } });
    const cardB = { stage: 'analysis', attempt: 2, sha: sha('b') } as const;
    expect(play.command('approve', { target: { ...cardB, sha: sha('a') } }).answer).toBe('stale_sha');
    expect(play.command('approve', { target: cardB }).answer).toBe('architecture#1 working');
    expect(play.command('approve', { target: cardB }).answer).toBe('duplicate');
    expect(play.command('approve', { target: { ...cardB, sha: 'bbbbbbb' } }).answer).toBe('duplicate');
    expect(play.command('approve', { target: { stage: 'analysis', attempt: 2 } }).answer).toBe('duplicate');
  });

  it('inc-21 Escalation: the fourth refusal asks a person, retry grants one bounce (PIPE-38 to PIPE-41)', () => {
    const play = at('development');
    const refuse = (step: string, fingerprint: string) =>
      play.settle({ step, outcome: 'failed', reason: `${step} refused`, evidence: { fingerprint } });
    refuse('gate.ci_green', '1');
    expect([play.place, play.task.bounces.length]).toEqual(['development#2 working', 1]);
    play.settle();
    refuse('gate.reviewer_verdict', '2');
    play.settle().settle();
    refuse('gate.tests_passed', '3');
    expect([play.place, play.task.bounces.length]).toEqual(['development#4 working', 3]);
    play.settle();
    expect(play.place).toBe('review#3 working');
    refuse('gate.reviewer_verdict', '4');
    expect(play.place).toBe('development#4 blocked rework-exhausted');
    expect([play.pings, play.of('run-stage')]).toEqual([['rework-exhausted'], []]);
    expect(String(play.of('ping')[0]?.params.list).split('\n')).toHaveLength(4);
    for (const fact of ['wake', 'repo-changed', 'lease-changed'] as const)
      expect(play.fact(fact, {}).answer).toBe('not_waiting');
    expect(play.fact('ci-changed', { sha: sha('c') }).answer).toBe('not_waiting');
    expect(play.command('regate').answer).toBe('not_waiting');
    play.command('retry');
    expect([play.place, play.task.bouncesGranted, play.task.bounces.length]).toEqual([
      'development#5 working',
      1,
      4,
    ]);
    expect(play.task.bounces.at(-1)?.cause).toBe('review');
  });
});

describe('staleness', () => {
  it('inc-40 a late result of attempt 1 changes nothing in attempt 2 (REC-4)', () => {
    const play = at('review').settle({ step: 'gate.reviewer_verdict', outcome: 'failed' });
    const { version } = play.task;
    const late = { stage: 'development', attempt: 1 } as const;
    play.fact('stage-settled', { steps: [] }, late);
    expect([play.answer, play.task.version]).toEqual(['stale_attempt', version]);
    play.fact('stage-settled', { steps: [] }, { ...late, attempt: 2, fence: play.task.fence - 1 });
    expect(play.answer).toBe('stale_attempt');
  });

  it('inc-31 two red CI contexts at once cause one rework (REC-17)', () => {
    const play = at('development');
    const target = { stage: 'development', attempt: 1, fence: play.task.fence } as const;
    const red = [{ step: 'gate.ci_green', outcome: 'failed', reason: 'red', evidence: {} }] as const;
    play.fact('stage-settled', { steps: red }, target).fact('stage-settled', { steps: red }, target);
    expect([play.answer, play.task.bounces.length]).toEqual(['stale_attempt', 1]);
  });

  it('inc-57 a merged pull request moves no stage (PIPE-5)', () => {
    for (const stage of ['development', 'review', 'testing', 'deploy-staging', 'deploy'] as const) {
      const play = at(stage);
      play.fact('pr-changed', { number: 9, merged: true, closed: true });
      expect(play.task.stage).toBe(stage);
    }
  });

  it('inc-65 main moved while asking: nothing is deployed, it is asked again (SHIP-84)', () => {
    const play = at('deploy');
    const push = (value: string) =>
      play.fact('push', { branch: 'main', sha: value, main: true, foreign: true });
    expect(push(sha('b')).place).toBe('deploy#1 confirm');
    expect(push(sha('9')).place).toBe('deploy#2 working');
    expect(play.of('run-stage')[0]?.steps).toEqual(['gate.branch_mergeable', 'gate.image_freshness']);
    play.settle({ step: 'gate.branch_mergeable', evidence: { testedSha: sha('8'), baseSha: sha('9') } });
    expect([play.place, play.pings]).toEqual(['deploy#2 confirm', ['confirm-again']]);
    expect(play.command('confirm-deploy', { target: { sha: sha('e') } }).answer).toBe('stale_sha');
  });
});

describe('deploying', () => {
  it('a STOP in the critical window waits for the honest end (PIPE-51, REC-91)', () => {
    const deploying = () => at('deploy').command('confirm-deploy').command('stop', { text: 'wrong' });
    const live = deploying();
    expect(live.place).toBe('deploy#1 deploying');
    expect(live.command('stop').answer).toBe('duplicate');
    expect(live.command('reject').answer).toBe('critical_window');
    live.settle();
    expect(live.place).toBe('done#1 ended');
    expect(live.of('ping').map(({ params }) => params.text)).toContain(
      'already live: ddddddd; use /rollback',
    );

    const failed = deploying().settle({ step: 'gate.deploy_status', outcome: 'failed' });
    expect([failed.place, failed.of('freeze').length]).toEqual(['development#1 stopping', 1]);
    const held = deploying().timer();
    expect(held.place).toBe('deploy#1 stopping');
    const conflict = deploying().settle({ step: 'merge', outcome: 'stale' });
    expect([conflict.place, conflict.of('run-stage')]).toEqual(['deploy#2 stopping', []]);
    const done = conflict.fact('stage-settled', {
      steps: [{ step: 'stop', outcome: 'passed', reason: '', evidence: { archiveRef: 'refs/x' } }],
    });
    expect([done.place, done.task.archiveRef]).toEqual(['cancelled#2 ended', 'refs/x']);
  });

  it('HOLD keeps the confirmation; tree-mismatch waits for the unfreeze (SHIP-107)', () => {
    const play = at('deploy').command('confirm-deploy');
    play.settle({ step: 'merge', outcome: 'hold', hold: 'tree-mismatch', reason: 'differs' });
    expect([play.place, play.of('freeze')[0]?.scope]).toEqual(['deploy#1 hold tree-mismatch', 'all']);
    const freeze = {
      scope: 'all',
      cause: 'tree-mismatch #1',
      reason: 'differs',
      by: 'system',
      since: 1,
    } as const;
    play.policy = { ...play.policy, around: { ...play.policy.around, freezes: [freeze] } };
    expect(play.command('retry').answer).toBe('frozen');
    play.policy = { ...play.policy, around: { ...play.policy.around, freezes: [] } };
    expect(play.command('retry').answer).toBe('deploy#2 deploying');
    expect(play.of('run-stage')[0]?.steps[0]).toBe('merge');
  });

  it('a failed deploy returns, freezes the others, and is asked again before it is repeated (SHIP-135)', () => {
    const play = at('deploy').command('confirm-deploy');
    play.settle({
      step: 'gate.deploy_status',
      outcome: 'failed',
      evidence: { exitCode: 1, rolledBack: true },
    });
    expect([play.place, play.pings]).toEqual(['development#1 blocked deploy-failed', ['deploy-failed']]);
    expect(play.of('freeze')[0]?.cause).toBe('deploy-failed SHOP-001');
    expect(play.command('retry').answer).toBe('deploy#2 confirm');
  });

  it('Check again after staging repeats as often as it is asked, without an agent (SHIP-26)', () => {
    const play = at('deploy-staging');
    for (const attempt of [2, 3, 4]) {
      play.settle({ step: 'gate.staging_status', outcome: 'failed' });
      expect(play.place).toBe('development#1 blocked staging-failed');
      expect(play.command('retry').answer).toBe(`deploy-staging#${attempt} working`);
      expect(play.of('run-stage')[0]?.steps[0]).toBe('staging');
    }
    expect(play.task.bounces).toEqual([]);
  });

  it('inc-58 one delivery is the ordered list: merge, deploy, its end, the verdict (PIPE-50)', () => {
    const play = at('deploy').command('confirm-deploy');
    expect(play.of('run-stage').map(({ steps }) => steps)).toEqual([
      ['merge', 'deploy', 'finalize-deploy', 'gate.deploy_status'],
    ]);
    expect(play.task.activity.kind).toBe('deploying');
    play.settle({ step: 'merge', evidence: { landedSha: sha('f'), landedMatches: true } });
    expect(play.task.landedSha).toBe(sha('f'));
  });

  it('inc-74 a reject at the confirmation leads to a stage with an owner and a job (PIPE-31)', () => {
    const staging = { mode: 'agent', baseUrl: 'http://localhost:1' } as never;
    const play = at('deploy', { project: { staging } }).command('reject', { text: 'not like this' });
    expect(play.place).toBe('deploy-staging#2 working');
    expect(play.of('run-stage').map(({ stage, steps }) => [stage, steps[0]])).toEqual([
      ['deploy-staging', 'agent'],
    ]);
  });

  it('inc-77 a reviewer who never agrees is stopped at the cap, and a merge by hand starts no round (PIPE-38)', () => {
    const play = at('review');
    const refuse = (n: number) =>
      play.settle({ step: 'gate.reviewer_verdict', outcome: 'failed', evidence: { fingerprint: `f${n}` } });
    const isStopped = () => play.task.activity.kind === 'blocked';
    for (let round = 1; round < 9 && !isStopped(); round += 1) {
      refuse(round);
      if (isStopped()) break;
      play.settle({ step: 'agent', evidence: { headSha: sha('abcdef'[round] ?? 'a'), codeChanged: true } });
    }
    expect(play.place).toBe('development#4 blocked rework-exhausted');
    expect(play.task.activity).toMatchObject({ cause: 'rework-exhausted' });
    const { version } = play.task;
    play.fact('pr-changed', { state: 'merged', number: 12 } as never);
    expect([play.of('run-stage'), play.task.attempt, play.task.version - version]).toEqual([[], 4, 0]);
  });

  it('inc-111 a cancelled predecessor lets its dependents start and says so once (REC-105)', () => {
    const play = new Play({ around: { dependsOn: [{ wid: 'SHOP-000', stage: 'review' }] } }).command('start');
    expect(play.task.activity.kind).toBe('dependency');
    play.policy = policyOf();
    play.fact('deps-changed', { ended: 'SHOP-000', cancelled: true } as never);
    expect([play.task.activity.kind, play.pings]).toEqual(['working', ['dep-cancelled']]);
    expect(play.of('ping')[0]?.params).toMatchObject({ dep: 'SHOP-000' });
  });

  it('nothing holds a task back between merge and verdict (PIPE-50)', () => {
    const play = at('deploy').command('confirm-deploy');
    const merged = { step: 'merge', outcome: 'passed', reason: '', evidence: {} } as const;
    play.fact('deploy-result', { step: 'merge', result: merged });
    const freeze = { scope: 'all', cause: 'person:Ada', reason: 'x', by: 'Ada', since: 1 } as const;
    play.policy = {
      ...play.policy,
      around: { ...play.policy.around, freezes: [freeze], windowOpensAt: 9e12 },
    };
    expect(play.fact('run-lost', { reason: 'worker' }).answer).toBe('deploy#1 deploying');
    expect(play.of('run-stage')[0]?.steps).toEqual(['deploy', 'finalize-deploy', 'gate.deploy_status']);
  });

  it('regate at deploy-unknown judges again and never deploys (PIPE-29)', () => {
    const play = at('deploy').command('confirm-deploy');
    play.settle({ step: 'deploy', outcome: 'hold', hold: 'deploy-unknown' });
    expect(play.command('regate').answer).toBe('deploy#1 deploying');
    expect(play.of('run-stage')[0]?.steps).toEqual(['finalize-deploy', 'gate.deploy_status']);
  });
});
