import { describe, expect, it } from 'vitest';
import {
  decideDeploy,
  FINALIZE_PROBE_INTERVAL_MS,
  FINALIZE_START,
  type FinalizeDecision,
  type FinalizeFacts,
  type FinalizePolicy,
  type FinalizeState,
  needsProbe,
} from '../../src/delivery/finalize.ts';
import type { ServiceProbe } from '../../src/delivery/health.ts';
import type { HookResult, HookStarted } from '../../src/delivery/hook-result.ts';
import type { HookSight } from '../../src/delivery/hook-runner.ts';
import type { ServedMatch } from '../../src/delivery/served-sha.ts';

const policy: FinalizePolicy = {
  timeoutMs: 1_800_000,
  startTimeoutMs: 60_000,
  intervalMs: 10_000,
  probeIntervalMs: FINALIZE_PROBE_INTERVAL_MS,
  requireServedSha: false,
};
const started: HookStarted = { deploy_id: 'd1', pid: 1, boot_id: 'b', started_at: 't' };
const nothing: HookSight = { started: null, wrapperAlive: false, result: null, ignored: null };
const running: HookSight = { ...nothing, started, wrapperAlive: true };
const lost: HookSight = { ...nothing, started };

const ended = (exitCode: number, more: Partial<HookResult> = {}): HookSight => ({
  ...lost,
  result: {
    deploy_id: 'd1',
    sha: 'a',
    mode: 'deploy',
    exit_code: exitCode,
    started_at: 't',
    finished_at: 't',
    rolled_back: false,
    rollback_safe: true,
    rollback_reason: '',
    release: '',
    log_tail: '',
    ...more,
  },
});
const probe = (healthy: boolean, match: ServedMatch): ServiceProbe => ({
  healthy,
  served: { match, exposed: match === 'not-exposed' ? null : 'abcdef0' },
  detail: `${healthy ? 'healthy' : 'down'}, ${match}`,
});

/** Looks again and again, as the delayed job does, until there is a decision. */
function settle(facts: Partial<FinalizeFacts>, rules: Partial<FinalizePolicy> = {}) {
  const used = { ...policy, ...rules };
  let state: FinalizeState = FINALIZE_START;
  for (let looks = 1; looks <= 50; looks += 1) {
    const all: FinalizeFacts = { now: 0, initiatedAt: 0, sight: running, probe: null, ...facts };
    const decision = decideDeploy(needsProbe(all, used) ? all : { ...all, probe: null }, state, used);
    if (decision.do !== 'look-again') return { ...decision, looks };
    state = decision.state;
  }
  throw new Error('never decided');
}
const outcome = (decision: FinalizeDecision) =>
  decision.do === 'settle' ? `${decision.status}${decision.critical ? ' critical' : ''}` : decision.do;

describe('hook exit × health × served commit (SHIP-124, acceptance 6)', () => {
  const served = ['same', 'same-source', 'other', 'not-exposed'] as const;
  const expected = (code: number, healthy: boolean, match: ServedMatch): string => {
    if (code === 0) return healthy && match !== 'other' ? 'SUCCESS' : 'FAILED';
    if (code === 1) return 'FAILED';
    if (code === 2) return 'FAILED critical';
    return healthy ? 'FAILED' : 'FAILED critical';
  };
  const rows = [0, 1, 2, 137].flatMap((code) =>
    [true, false].flatMap((healthy) => served.map((match) => ({ code, healthy, match }))),
  );
  it.each(rows)('exit $code, healthy $healthy, serves $match', ({ code, healthy, match }) => {
    const decision = settle({ sight: ended(code), probe: probe(healthy, match) });
    expect(outcome(decision)).toBe(expected(code, healthy, match));
    expect(decision).toMatchObject({ hookExitCode: code, evidence: 'hook-result' });
  });
});

it('a service that disagrees with exit 0 gets ten looks of 6 s before it is FAILED', () => {
  const decision = settle({ sight: ended(0), probe: probe(true, 'other') });
  expect(decision).toMatchObject({ looks: 10, reason: 'hook said 0, service says healthy, other' });
  expect(
    decideDeploy(
      { now: 0, initiatedAt: 0, sight: ended(0), probe: probe(false, 'same') },
      FINALIZE_START,
      policy,
    ),
  ).toMatchObject({ do: 'look-again', afterMs: 6_000 });
});

it('a commit that is not exposed is a failure where it is required (SHIP-182)', () => {
  const facts = { sight: ended(0), probe: probe(true, 'not-exposed') };
  expect(outcome(settle(facts))).toBe('SUCCESS');
  expect(settle(facts, { requireServedSha: true })).toMatchObject({
    status: 'FAILED',
    reason: 'hook said 0, service says its commit is not exposed',
  });
});

it('exit 1 reports whether the hook rolled back, and asks nobody', () => {
  expect(settle({ sight: ended(1, { rolled_back: true }) })).toMatchObject({
    rolledBack: true,
    reason: 'hook ended with 1: deploy failed, rolled back',
    looks: 1,
  });
  expect(settle({ sight: ended(1) })).toMatchObject({
    rolledBack: false,
    reason: 'hook ended with 1: deploy failed, rollback skipped',
  });
});

describe('no result (SHIP-124)', () => {
  it('wrapper alive before the deadline: look again, without a probe', () => {
    const facts = { now: 1_799_999, initiatedAt: 0, sight: running };
    expect(needsProbe(facts, policy)).toBe(false);
    expect(decideDeploy({ ...facts, probe: null }, FINALIZE_START, policy)).toEqual({
      do: 'look-again',
      afterMs: 10_000,
      state: FINALIZE_START,
    });
  });

  const cases = [
    { name: 'wrapper dead', sight: lost, now: 1_000 },
    { name: 'deadline passed', sight: running, now: 1_800_000 },
  ];
  it.each(cases)('$name, three healthy probes of the landed commit: SUCCESS by served SHA', (facts) => {
    expect(settle({ ...facts, probe: probe(true, 'same') })).toMatchObject({
      status: 'SUCCESS',
      evidence: 'served-sha',
      hookExitCode: null,
      looks: 3,
    });
  });
  it.each(
    cases.flatMap((facts) => [
      { ...facts, seen: probe(true, 'other') },
      { ...facts, seen: probe(true, 'not-exposed') },
      { ...facts, seen: probe(false, 'same') },
    ]),
  )('$name, service $seen.detail: HOLD', ({ seen, ...facts }) => {
    expect(settle({ ...facts, probe: seen })).toMatchObject({ do: 'hold', cause: 'deploy-unknown' });
  });

  it('healthy probes count only in a row', () => {
    let state = FINALIZE_START;
    for (const healthy of [true, true, false, true, true]) {
      const facts = { now: 0, initiatedAt: 0, sight: lost, probe: probe(healthy, 'same') };
      const decision = decideDeploy(facts, state, policy);
      if (decision.do !== 'look-again') throw new Error(`decided too early: ${decision.do}`);
      state = decision.state;
    }
    expect(state.goodProbes).toBe(2);
  });

  it('never started: patient for 60 s, then HOLD with the reason', () => {
    const at = (now: number) =>
      decideDeploy({ now, initiatedAt: 0, sight: nothing, probe: null }, FINALIZE_START, policy);
    expect(at(59_999).do).toBe('look-again');
    expect(at(60_000)).toEqual({
      do: 'hold',
      cause: 'deploy-unknown',
      reason: 'hook did not start: nothing within 60 s',
    });
  });
});
