import { describe, expect, it } from 'vitest';
import type { CommandArgs, TaskCommand } from '../../src/pipeline/events.ts';
import type { Surroundings } from '../../src/pipeline/policy.ts';
import { at, HOUR, Play, sha } from './play.ts';

const dep = [{ wid: 'SHOP-000', stage: 'testing' }] as const;
const held = (around: Partial<Surroundings>) => new Play({ around }).command('start');

/** One play in every state that a person can meet. */
const STATES: Readonly<Record<string, () => Play>> = {
  working: () => at('development'),
  approval: () => at('analysis').settle(),
  answers: () => at('analysis').settle({ step: 'gate.analysis_complete', outcome: 'needs-input' }),
  blocked: () => at('analysis').settle({ step: 'gate.analysis_complete', outcome: 'failed' }),
  'staging-failed': () => at('deploy-staging').settle({ step: 'gate.staging_status', outcome: 'failed' }),
  confirm: () => at('deploy'),
  hold: () =>
    at('deploy').command('confirm-deploy').settle({ step: 'merge', outcome: 'hold', hold: 'merge-refused' }),
  deploying: () => at('deploy').command('confirm-deploy'),
  ci: () => at('development').settle({ step: 'gate.ci_green', outcome: 'pending' }),
  lease: () => at('deploy-staging').settle({ step: 'gate.branch_mergeable', outcome: 'pending' }),
  dependency: () => held({ dependsOn: dep }),
  serial: () => held({ serialBehind: 'SHOP-000' }),
  limit: () => at('development').agent({ class: 'limit', resumeAt: 5 * HOUR }),
  budget: () => at('development').agent({ class: 'budget', reason: 'task cap' }),
  backoff: () => at('development').agent({ class: 'transient' }),
  runtime: () => at('development').agent({ class: 'auth' }),
  stopping: () => at('development').command('stop'),
  done: () => at('deploy').command('confirm-deploy').settle(),
};

const ARGS: Partial<Record<TaskCommand, CommandArgs>> = {
  auto: { auto: 'approve', on: true },
  depend: { dependency: { on: 'SHOP-000', remove: false } },
  'not-before': { at: 9 * HOUR },
};

/** Where an accepted command leads in which state; every other state refuses with `otherwise` (PIPE-15, PIPE-29). */
const TABLE: Partial<Record<TaskCommand, { otherwise: string } & Record<string, string>>> = {
  start: {
    otherwise: 'relaunch_only_at_analysis',
    approval: 'analysis#2 working',
    answers: 'analysis#2 working',
    blocked: 'analysis#2 working',
    dependency: 'analysis#2 dependency',
    serial: 'analysis#2 serial',
  },
  approve: { otherwise: 'nothing_to_approve', approval: 'architecture#1 working' },
  reject: {
    otherwise: '',
    working: 'architecture#2 working',
    approval: 'analysis#2 working',
    answers: 'analysis#2 working',
    blocked: 'analysis#2 working',
    'staging-failed': 'architecture#2 working',
    confirm: 'deploy-staging#2 working',
    hold: 'deploy-staging#2 working',
    deploying: 'critical_window',
    ci: 'architecture#2 working',
    lease: 'testing#2 working',
    dependency: 'analysis#2 dependency',
    serial: 'analysis#2 serial',
    limit: 'architecture#2 working',
    budget: 'architecture#2 working',
    backoff: 'architecture#2 working',
    runtime: 'architecture#2 working',
    stopping: 'not_rejectable_now',
  },
  answer: { otherwise: 'not_waiting', approval: 'analysis#2 working', answers: 'analysis#2 working' },
  'confirm-deploy': {
    otherwise: 'nothing_to_confirm',
    confirm: 'deploy#1 deploying',
    hold: 'duplicate',
    deploying: 'duplicate',
  },
  retry: {
    otherwise: 'not_waiting',
    blocked: 'analysis#2 working',
    'staging-failed': 'deploy-staging#2 working',
    hold: 'deploy#2 deploying',
  },
  fix: { otherwise: 'not_waiting', 'staging-failed': 'development#2 working' },
  regate: {
    otherwise: 'not_waiting',
    working: 'job_active',
    deploying: 'job_active',
    stopping: 'job_active',
    ci: 'development#1 working',
    lease: 'deploy-staging#1 working',
    blocked: 'analysis#1 working',
  },
  override: {
    otherwise: 'not_waiting',
    blocked: 'analysis#1 approval',
    'staging-failed': 'deploy-staging#1 working',
  },
  'resume-now': {
    otherwise: 'not_waiting',
    limit: 'development#1 working',
    backoff: 'development#1 working',
    runtime: 'development#1 working',
  },
  'not-before': { otherwise: 'not_waiting', limit: 'development#1 limit' },
};

describe('every command in every state (PIPE-15, PIPE-29)', () => {
  const cases = Object.entries(TABLE).flatMap(([name, row]) =>
    Object.keys(STATES).map((state) => {
      const expected = state === 'done' ? 'terminal' : (row[state] ?? row.otherwise);
      return [name as TaskCommand, state, expected] as const;
    }),
  );
  it.each(cases)('%s while %s: %s', (name, state, expected) => {
    const play = STATES[state]?.() as Play;
    const { task } = play;
    const args = ARGS[name];
    play.command(name, { text: 'because', ...(args ? { args } : {}) });
    expect(play.answer).toBe(expected);
    if (!play.last.ok) expect([play.task, play.last.message === '']).toEqual([task, false]);
  });

  const always: TaskCommand[] = ['note', 'auto', 'depend', 'stop', 'raise-budget'];
  it.each(always)('%s is accepted in every state that is not terminal', (name) => {
    for (const [state, play] of Object.entries(STATES)) {
      const args = ARGS[name];
      const { answer } = play().command(name, { text: 'words', ...(args ? { args } : {}) });
      const refusal = { done: 'terminal', stopping: name === 'stop' ? 'duplicate' : '' }[state];
      if (refusal) expect([state, answer]).toEqual([state, refusal]);
      else expect(answer, state).toContain('#');
    }
  });
});

describe('details of the commands', () => {
  it('inc-64 an approval of another stage is a recorded no-op (PIPE-30, inc-64)', () => {
    const play = at('deploy').command('approve', { target: { sha: sha('1') } });
    expect([play.answer, play.place]).toEqual(['nothing_to_approve', 'deploy#1 confirm']);
  });

  it('inc-65 an expired confirmation is refused, and asked again by the timer (PIPE-49, inc-65)', () => {
    const play = at('deploy');
    play.at += 73 * HOUR;
    expect(play.command('confirm-deploy').answer).toBe('expired');
    play.fact('timer', {});
    expect(play.settle().place).toBe('deploy#2 confirm');
    expect(play.pings).toEqual(['confirm-again']);
  });

  it('confirming while frozen is refused, also where freezes cannot be read (SHIP-82)', () => {
    for (const around of [
      { freezes: [{ scope: 'delivery', cause: 'x', reason: 'r', by: 'Ada', since: 1 }] as const },
      { freezesUnreadable: true },
    ]) {
      const play = at('deploy');
      play.policy = { ...play.policy, around: { ...play.policy.around, ...around } };
      expect(play.command('confirm-deploy').answer).toBe('frozen');
    }
  });

  it('an override needs an owner, a reason and the gate that refused (PIPE-29)', () => {
    const blocked = () => STATES['staging-failed']?.() as Play;
    expect(blocked().command('override', { text: 'x', role: 'operator' }).answer).toBe('not_allowed');
    expect(blocked().command('override').answer).toBe('not_waiting');
    const other = { gate: 'check_image_freshness' } as const;
    expect(blocked().command('override', { text: 'x', args: other }).answer).toBe('not_waiting');
    const play = blocked().command('override', { text: 'known flake' });
    expect(play.of('run-stage')[0]?.steps).toEqual([
      'gate.security_gate',
      'gate.branch_mergeable',
      'gate.image_freshness',
    ]);
    const safety = at('deploy-staging').settle({ step: 'gate.security_gate', outcome: 'cannot-verify' });
    expect(safety.command('override', { text: 'x' }).answer).toBe('not_allowed');
    const failed = at('review').agent({ class: 'crash' }).timer().agent({ class: 'crash' });
    expect(failed.place).toBe('review#1 blocked agent-failed');
    expect(failed.command('override', { text: 'x', args: { gate: 'check_reviewer_verdict' } }).answer).toBe(
      'not_waiting',
    );
  });

  const stagingFailed = (): Play =>
    at('deploy-staging').settle({ step: 'gate.staging_status', outcome: 'failed' });

  it('fix uses a bounce, and grants it only at the limit (PIPE-38)', () => {
    const play = stagingFailed().command('fix');
    expect([play.task.bounces.length, play.task.bouncesGranted]).toEqual([1, 0]);
    const poor = at('deploy-staging', { limits: { maxDeveloperRetries: 0 } });
    poor.settle({ step: 'gate.staging_status', outcome: 'failed' }).command('fix');
    expect([poor.task.bounces.length, poor.task.bouncesGranted]).toEqual([1, 1]);
  });

  it('a reject reason is kept up to 4,000 characters and never costs a bounce (PIPE-31, PIPE-32)', () => {
    const play = at('architecture').command('reject', { text: 'x'.repeat(5_000) });
    expect(play.task.words.at(-1)?.text).toHaveLength(4_000);
    expect(at('review').command('reject').task.words.at(-1)?.text).toBe('rejected without a comment');
    expect(at('review').command('reject').task.bounces).toEqual([]);
  });

  it('inc-19 not-before moves the resume and can be moved back to the reset', () => {
    const play = at('development', { limits: { limitAutoResume: false } });
    play.agent({ class: 'limit', resumeAt: 5 * HOUR });
    play.command('not-before', { args: { at: 9 * HOUR } });
    expect(play.task.activity).toMatchObject({ deadline: 9 * HOUR });
    play.command('not-before', { args: { at: 6 * HOUR } });
    expect(play.task.activity).toMatchObject({ deadline: 6 * HOUR });
    expect(play.timer().place).toBe('development#1 working');
  });

  it('automatic decisions take the same path as a person (PIPE-36)', () => {
    const play = new Play({}, { auto: { approve: true, deploy: true } }).command('start').settle();
    expect(play.of('command')).toEqual([
      { kind: 'command', name: 'approve', label: 'autoApprove', sha: sha('c') },
    ]);
    play.command('approve', { surface: 'label', target: { sha: sha('c') } });
    expect([play.place, play.pings]).toEqual(['architecture#1 working', ['auto']]);
  });
});
