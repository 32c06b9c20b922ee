import { describe, expect, it } from 'vitest';
import { FINALIZE_START, type FinalizeFacts, type FinalizePolicy } from '../../src/delivery/finalize.ts';
import {
  decideRollback,
  mayRollBackAlone,
  offerRollback,
  type RollbackCandidate,
} from '../../src/delivery/rollback.ts';

const candidate: RollbackCandidate = {
  deployId: 'd2',
  wid: 'SHOP-2',
  latest: true,
  rolledBack: false,
  busy: false,
  previousSha: 'abc',
  rollbackSafe: true,
  rollbackReason: '',
};

describe('who may be rolled back (SHIP-171)', () => {
  it.each<[Partial<RollbackCandidate>, string]>([
    [{ latest: false }, 'a newer deploy of this service exists'],
    [{ previousSha: null }, 'no previous release is recorded'],
    [{ rolledBack: true }, 'it was already rolled back'],
    [{ busy: true }, 'a deploy of this service is running'],
  ])('%j: %s', (changes, reason) => {
    expect(offerRollback({ ...candidate, ...changes })).toEqual({ allowed: false, reason });
  });

  it('nothing deployed: nothing to roll back', () => {
    expect(offerRollback(null)).toMatchObject({ allowed: false });
  });

  it('the latest deploy with a recorded release is offered', () => {
    expect(offerRollback(candidate)).toEqual({ allowed: true, previousSha: 'abc', typeWid: false });
  });

  it("an unsafe one shows the hook's reason and wants the wid typed", () => {
    expect(
      offerRollback({ ...candidate, rollbackSafe: false, rollbackReason: 'drops a column' }),
    ).toMatchObject({
      allowed: true,
      typeWid: true,
      warning: 'drops a column',
    });
  });
});

describe('inc-70 the watch rolls back by itself only where it may (SHIP-157)', () => {
  const rollback = { action: 'ROLLBACK', selfHosting: false } as const;
  it.each<
    [string, Partial<RollbackCandidate>, { action: 'ALERT_ONLY' | 'ROLLBACK'; selfHosting: boolean }, boolean]
  >([
    ['configured', {}, rollback, true],
    ['alert only', {}, { ...rollback, action: 'ALERT_ONLY' }, false],
    ['its own service', {}, { ...rollback, selfHosting: true }, false],
    ['called unsafe', { rollbackSafe: false }, rollback, false],
    ['once done', { rolledBack: true }, rollback, false],
    ['nothing recorded', { previousSha: null }, rollback, false],
  ])('%s', (_, changes, project, allowed) => {
    expect(mayRollBackAlone({ ...candidate, ...changes }, project).allowed).toBe(allowed);
  });
});

describe('how a rollback ends (SHIP-172)', () => {
  const policy: FinalizePolicy = {
    timeoutMs: 1_800_000,
    startTimeoutMs: 60_000,
    intervalMs: 10_000,
    probeIntervalMs: 6_000,
    requireServedSha: false,
  };
  const facts = (exitCode: number | null, healthy: boolean): FinalizeFacts => ({
    now: 0,
    initiatedAt: 0,
    sight: {
      started: { deploy_id: 'r1', pid: 1, boot_id: '', started_at: '' },
      wrapperAlive: false,
      ignored: null,
      result:
        exitCode === null
          ? null
          : {
              deploy_id: 'r1',
              sha: 'abc',
              mode: 'rollback',
              exit_code: exitCode,
              started_at: '',
              finished_at: '',
              rolled_back: exitCode === 0,
              rollback_safe: true,
              rollback_reason: '',
              release: '',
              log_tail: '',
            },
    },
    probe: { healthy, served: { match: 'same', exposed: 'abc' }, detail: 'seen' },
  });
  const settle = (given: FinalizeFacts) => {
    let state = FINALIZE_START;
    for (;;) {
      const decision = decideRollback(given, state, policy);
      if (decision.do === 'settle') return decision;
      state = decision.state;
    }
  };

  it.each([
    [0, true, 'rolled-back'],
    [0, false, 'failed'],
    [1, true, 'unchanged'],
    [2, false, 'failed'],
    [137, true, 'failed'],
    [null, true, 'rolled-back'],
    [null, false, 'failed'],
  ])('exit %j, healthy %s: %s', (exitCode, healthy, result) => {
    expect(settle(facts(exitCode, healthy))).toMatchObject({ result, hookExitCode: exitCode });
  });
});
