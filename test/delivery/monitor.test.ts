import { describe, expect, it } from 'vitest';
import { readCounters } from '../../src/delivery/metrics-text.ts';
import {
  type Counters,
  fiveXxRatio,
  startWatch,
  tickWatch,
  type WatchPolicy,
  type WatchSample,
  type WatchState,
} from '../../src/delivery/monitor.ts';
import { sampleWatch } from '../../src/delivery/watch-sample.ts';
import { createHttpClient } from '../../src/http-client.ts';
import { useServices } from './support/service.ts';

const policy: WatchPolicy = {
  windowMs: 900_000,
  intervalMs: 60_000,
  failThreshold: 3,
  fiveXxThreshold: 0.05,
  minRequests: 20,
};
const SHA = '0123456789abcdef0123456789abcdef01234567';

type Seen = Partial<Omit<WatchSample, 'at'>>;
const sample = (at: number, seen: Seen): WatchSample => ({
  at,
  healthy: true,
  served: { match: 'same', exposed: SHA },
  counters: null,
  detail: 'seen',
  ...seen,
});

/** Ticks once a minute through `seen`, then healthily to the end of the window. */
function watch(seen: readonly Seen[], persist: (state: WatchState) => WatchState = (state) => state) {
  let state = startWatch(0);
  for (let tick = 0; tick <= 15; tick += 1) {
    const decision = tickWatch(state, sample(tick * 60_000, seen[tick] ?? {}), policy);
    if (decision.do === 'end') return { ...decision, tick };
    state = persist(decision.state);
  }
  throw new Error('the watch never ended');
}
const bad: Seen = { healthy: false };
const ours: Seen = { healthy: null, served: null };
const counted = (requests: number, fiveXx: number): Seen => ({ counters: { requests, fiveXx } });

describe('the rule of SHIP-154, tick by tick', () => {
  it('two failed checks, then a good one: HEALTHY at the end of the window (acceptance 8)', () => {
    expect(watch([bad, bad, {}])).toMatchObject({
      result: 'HEALTHY',
      tick: 15,
      observed: true,
      reason: '14 of 16 checks passed',
    });
  });

  it('inc-69 three in a row: DEGRADED at once, not at the end', () => {
    expect(watch([{}, bad, bad, bad])).toMatchObject({ result: 'DEGRADED', tick: 3, state: { failed: 3 } });
  });

  it('a restart in the middle of the window keeps the counters (SHIP-151)', () => {
    const restart = (state: WatchState): WatchState => JSON.parse(JSON.stringify(state));
    expect(watch([bad, bad, bad], restart)).toMatchObject({ result: 'DEGRADED', tick: 2 });
  });

  it('a fault of ours is no failed check and breaks no row (SHIP-155)', () => {
    expect(watch([ours, ours, ours, ours])).toMatchObject({
      result: 'HEALTHY',
      state: { checks: 12, failed: 0 },
    });
    expect(watch([bad, ours, bad, ours, bad])).toMatchObject({ result: 'DEGRADED', tick: 4 });
  });

  it('a window without one valid check ends HEALTHY but not observed (SHIP-155)', () => {
    expect(watch(Array(16).fill(ours))).toMatchObject({
      result: 'HEALTHY',
      observed: false,
      reason: 'not observable',
    });
  });

  it('another commit than the landed one is DEGRADED, a newer deploy is not', () => {
    const served = { match: 'other', exposed: 'abcdef0' } as const;
    expect(watch([{}, { served }])).toMatchObject({ tick: 1, reason: 'the service now serves abcdef0' });
    expect(watch([{}, { served, servedByNewerDeploy: true }]).result).toBe('HEALTHY');
    expect(watch([{ served: { match: 'not-exposed', exposed: null } }]).result).toBe('HEALTHY');
    expect(watch([{ served: { match: 'same-source', exposed: 'abcdef0' } }]).result).toBe('HEALTHY');
  });
});

describe('5xx answers (SHIP-153, SHIP-154)', () => {
  it.each([
    ['above the threshold', [counted(100, 0), counted(120, 2)], 'DEGRADED'],
    ['exactly at the threshold', [counted(100, 0), counted(120, 1)], 'HEALTHY'],
    ['too few requests', [counted(100, 0), counted(119, 19)], 'HEALTHY'],
    ['what was counted before the deploy', [counted(1_000, 900), counted(1_020, 900)], 'HEALTHY'],
    ['a counter reset adds nothing', [counted(1_000, 500), counted(5, 0), counted(25, 0)], 'HEALTHY'],
    ['a gap in the readings', [counted(100, 0), {}, counted(120, 20)], 'DEGRADED'],
  ])('%s: %s', (_, seen, result) => {
    expect(watch(seen).result).toBe(result);
  });

  it('tells the ratio for the report', () => {
    const { state } = watch([counted(0, 0), counted(30, 3)]);
    expect(fiveXxRatio(state)).toBeCloseTo(0.1);
  });

  it.each<[string, Counters | null]>([
    [
      'http_requests_total{method="get",status="200"} 90\nhttp_requests_total{method="get",status="503"} 10',
      { requests: 100, fiveXx: 10 },
    ],
    ['# HELP x\nhttp_request_duration_seconds_count{code="500"} 7 1700000000', { requests: 7, fiveXx: 7 }],
    ['http_request_duration_seconds_bucket{status="500",le="1"} 9', null],
    ['http_requests_total{status="200"} NaN', null],
    ['process_cpu_seconds_total 3', null],
    ['<html>', null],
  ])('reads %j', (text, counters) => {
    expect(readCounters(text)).toEqual(counters);
  });
});

describe('one look at a live service', () => {
  const http = createHttpClient({ userAgent: 'test', timeoutMs: 1_000 });
  const startService = useServices();

  it('health, every declared probe and the counters make one sample', async () => {
    const service = await startService({ status: 'ok', commit: SHA });
    const page = await startService('shop', 200);
    const metrics = await startService('http_requests_total{status="500"} 3');
    const target = { health: service.health, probes: [page.base], metricsUrl: metrics.base, landedSha: SHA };
    expect(await sampleWatch(http, target, 5)).toMatchObject({
      at: 5,
      healthy: true,
      served: { match: 'same' },
      counters: { requests: 3, fiveXx: 3 },
    });
    page.answer.status = 500;
    const after = await sampleWatch(http, target, 6);
    expect(after).toMatchObject({ healthy: false, served: { match: 'same' } });
    expect(after.detail).toContain(page.base);
  });

  it('recognises the commit of a newer deploy', async () => {
    const service = await startService({ status: 'ok', commit: 'fedcba9' });
    const target = { health: service.health, probes: [], landedSha: SHA, newerShas: ['fedcba987'] };
    expect(await sampleWatch(http, target, 0)).toMatchObject({
      served: { match: 'other' },
      servedByNewerDeploy: true,
    });
  });

  it('a broken clone is our fault, not a failed check (SHIP-155)', async () => {
    const service = await startService({ status: 'ok', commit: 'fedcba9' });
    const sourceTreeOf = () => Promise.reject(new Error('disk full'));
    const target = { health: service.health, probes: [], landedSha: SHA, sourceTreeOf };
    expect(await sampleWatch(http, target, 0)).toMatchObject({
      healthy: null,
      detail: 'not checked: disk full',
    });
  });
});
