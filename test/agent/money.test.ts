import { describe, expect, it } from 'vitest';
import { admit, type Breaker, closedBreaker, record } from '../../src/agent/breaker.ts';
import { effectiveCaps, fullestCap, runCap } from '../../src/agent/budget.ts';
import type { AgentOutcome } from '../../src/agent/port.ts';

describe('what a run may cost (AGENT-46, AGENT-47)', () => {
  const caps = { attemptUsd: 10, taskUsd: 50, dayUsd: 100 };
  const spent = { attempt: 0, task: 0, day: 0, dayReserved: 0 };
  const raised = { attempt: 0, task: 0, day: 0 };
  const base = { caps, spent, raised, minRunUsd: 0.5 };

  it('is the least of what is left of attempt, task and day', () => {
    expect(runCap(base)).toEqual({ start: true, capUsd: 10, cap: 'attempt' });
    expect(runCap({ ...base, spent: { ...spent, task: 47 } })).toEqual({
      start: true,
      capUsd: 3,
      cap: 'task',
    });
  });
  it('leaves of the day what other runs have reserved', () => {
    expect(runCap({ ...base, spent: { ...spent, day: 90, dayReserved: 8 } })).toEqual({
      start: true,
      capUsd: 2,
      cap: 'day',
    });
  });
  it('forbids a run that would be too small, and names the cap', () => {
    expect(runCap({ ...base, spent: { ...spent, attempt: 9.6 } })).toEqual({
      start: false,
      cap: 'attempt',
      leftUsd: expect.closeTo(0.4),
    });
    expect(runCap({ ...base, spent: { ...spent, attempt: 12 } })).toEqual({
      start: false,
      cap: 'attempt',
      leftUsd: 0,
    });
  });
  it('starts again after a raise of the named cap', () => {
    expect(runCap({ ...base, spent: { ...spent, attempt: 9.6 }, raised: { ...raised, attempt: 5 } })).toEqual(
      { start: true, capUsd: 5.4, cap: 'attempt' },
    );
  });
  it('has no limit where all caps are off', () => {
    expect(runCap({ ...base, caps: { attemptUsd: null, taskUsd: null, dayUsd: null } })).toEqual({
      start: true,
      capUsd: null,
      cap: null,
    });
  });
  it("takes a project's own caps, also when they say off", () => {
    expect(effectiveCaps(caps, { attemptUsd: null, taskUsd: 5 })).toEqual({
      attemptUsd: null,
      taskUsd: 5,
      dayUsd: 100,
    });
  });
  it('names the fullest cap, for the warning', () => {
    expect(fullestCap({ caps, spent: { ...spent, attempt: 8, task: 45 }, raised })).toEqual({
      cap: 'task',
      share: 0.9,
    });
  });
});

describe('the breaker (AGENT-45)', () => {
  const settings = { threshold: 3, cooldownMs: 300_000 };
  const play = (outcomes: AgentOutcome[], from: Breaker = closedBreaker(settings)) =>
    outcomes.reduce((state, outcome) => record(state, { runId: 'r', outcome, now: 0 }, settings), from);
  const open = play(['transient', 'transient', 'transient']);

  it('opens after enough transient outcomes in a row', () => {
    expect(play(['transient', 'transient']).state).toBe('closed');
    expect(open).toMatchObject({ state: 'open', openUntil: 300_000 });
  });
  it('counts anew after a success, and does not count a limit or a permanent failure', () => {
    expect(play(['transient', 'transient', 'ok', 'transient', 'transient']).state).toBe('closed');
    expect(play(['transient', 'limit', 'permanent', 'transient']).failures).toBe(2);
  });
  it('lets nobody through while open, then exactly one', () => {
    expect(admit(open, 'a', 299_999).allowed).toBe(false);
    const half = admit(open, 'a', 300_000);
    expect(half).toMatchObject({ allowed: true, breaker: { state: 'half-open', probe: 'a' } });
    expect(admit(half.breaker, 'b', 300_001).allowed).toBe(false);
    expect(admit(half.breaker, 'a', 300_001).allowed).toBe(true);
  });
  it('closes when the probe succeeds, and opens for twice as long when it fails, up to an hour', () => {
    const { breaker: half } = admit(open, 'a', 300_000);
    expect(record(half, { runId: 'a', outcome: 'ok', now: 0 }, settings)).toEqual(closedBreaker(settings));
    let state = open;
    const cooldowns = [];
    for (let i = 0; i < 5; i++) {
      const { breaker } = admit(state, 'a', Number.MAX_SAFE_INTEGER);
      state = record(breaker, { runId: 'a', outcome: 'transient', now: 0 }, settings);
      cooldowns.push(state.cooldownMs / 60_000);
    }
    expect(cooldowns).toEqual([10, 20, 40, 60, 60]);
  });
  it('lets the next one ask when the probe ended without an answer', () => {
    const { breaker: half } = admit(open, 'a', 300_000);
    const after = record(half, { runId: 'a', outcome: 'cancelled', now: 400_000 }, settings);
    expect(admit(after, 'b', 400_000).allowed).toBe(true);
  });
});
