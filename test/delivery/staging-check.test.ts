import { describe, expect, it } from 'vitest';
import { runStagingCheck, type StagingCheckOptions } from '../../src/delivery/staging-check/run.ts';
import { type CheckResult, judgeSuite } from '../../src/delivery/staging-check/verdict.ts';
import { createHttpClient } from '../../src/http-client.ts';
import { type Routes, useStagingInstances } from './support/staging-server.ts';

const startInstance = useStagingInstances();

/** Runs the suite against a played instance; time passes only when it sleeps. */
async function check(routes: Routes = {}, options: Partial<StagingCheckOptions> = {}) {
  const instance = await startInstance(routes);
  let time = Date.parse('2026-06-05T06:30:00Z');
  const report = await runStagingCheck(
    {
      http: createHttpClient({ userAgent: 'test', timeoutMs: 1_000 }),
      now: () => time,
      sleep: async (ms) => {
        time += ms;
      },
    },
    { baseUrl: `${instance.base}/`, mode: 'stub', strict: false, adminToken: instance.token, ...options },
  );
  const failed = report.results.filter((result) => !result.passed).map((result) => result.id);
  return { ...report, failed, asked: instance.asked };
}

describe('inc-49 the verdict table (SHIP-33, inc-49)', () => {
  const ids = ['A1', 'A2', 'A3', 'B4', 'B5', 'B6', 'C7', 'C8', 'C9a', 'C9b'];
  it.each([true, false])('every combination of ten checks, strict %s', (strict) => {
    for (let bits = 0; bits < 2 ** ids.length; bits += 1) {
      const results = ids.map((id, index): CheckResult => {
        const category = id.startsWith('C9') ? 'SANDBOX_INFRA' : 'REAL';
        return { id, category, passed: (bits & (1 << index)) === 0, detail: '' };
      });
      const realFailed = results.some((result) => !result.passed && result.category === 'REAL');
      const infraFailed = results.filter((result) => !result.passed && result.category !== 'REAL');
      const success = !realFailed && (infraFailed.length === 0 || !strict);
      expect(judgeSuite(results, { strict })).toEqual({
        verdict: success ? 'SUCCESS' : 'FAILED',
        exitCode: success ? 0 : 1,
        waived: success ? infraFailed.map((result) => result.id) : [],
      });
    }
  });

  it('a check outside the allowlist is not waived, whatever its category says (SHIP-34)', () => {
    const results: CheckResult[] = [{ id: 'C8', category: 'SANDBOX_INFRA', passed: false, detail: '' }];
    expect(judgeSuite(results, { strict: false }).verdict).toBe('FAILED');
  });
});

it('a good instance passes all ten, is cleaned up, and reports line by line (SHIP-35)', async () => {
  const report = await check();
  expect(report).toMatchObject({ verdict: 'SUCCESS', exitCode: 0, waived: [], failed: [] });
  expect(report.lines).toHaveLength(12);
  expect(report.lines[0]).toBe('PASS A1 healthy, commit abcdef0');
  expect(report.lines.slice(-2)).toEqual(['VERDICT: SUCCESS', 'RESULT: 10/10 checks PASS']);
  expect(report.asked.at(-1)).toBe('DELETE /staging/tasks/BOX-7');
});

it.each<[string, Routes['x']]>([
  ['production', { body: { staging: false } }],
  ['no such field', { body: {} }],
  ['a text that looks true', { body: { staging: 'true' } }],
  ['an error', { status: 500, body: { staging: true } }],
])('A3, %s: exit 2 and nothing was written (SHIP-31, acceptance 2)', async (_, status) => {
  const report = await check({ 'GET /status': status });
  expect(report).toMatchObject({ verdict: 'FAILED', exitCode: 2, failed: ['A3'] });
  expect(report.asked).toEqual(['GET /health', 'GET /queue', 'GET /status']);
});

describe('smoke and access (SHIP-32)', () => {
  const access = (changes: object) => ({
    'GET /staging': {
      body: {
        sandbox: { repo: 'sandbox', project_id: 'p-1' },
        forbidden_projects: ['p-prod'],
        tracker: { ok: true },
        forge: { ok: true },
        ...changes,
      },
    },
  });
  it.each<[string, Routes, string[]]>([
    ['unhealthy', { 'GET /health': { body: { status: 'sick' } } }, ['A1']],
    ['health is no JSON', { 'GET /health': { body: 'ok' } }, ['A1']],
    ['queue without its keys', { 'GET /queue': { body: { counts: {}, recent: [] } } }, ['A2', 'C9b']],
    ['tracker does not list it', access({ tracker: { ok: false, detail: '403' } }), ['B4']],
    ['forge grants no push', access({ forge: { ok: false, detail: 'read only' } }), ['B5']],
    ['no forbidden list on the server', access({ forbidden_projects: null }), ['B6']],
    ['a forbidden project in the registry', access({ forbidden_projects: ['p-1'] }), ['B6']],
    ['sandbox not in the registry', { 'GET /projects': { body: { projects: [] } } }, ['B6']],
    ['registry unreadable', { 'GET /projects': { status: 500 } }, ['B6']],
  ])('%s', async (_, routes, failed) => {
    const report = await check(routes);
    expect(report.failed).toEqual(failed);
    expect(report.exitCode).toBe(1);
  });

  it('inc-50 B6 is asked of the server, whatever the environment of the suite says (SHIP-37)', async () => {
    const before = process.env.ORCH_STAGING_FORBIDDEN_PROJECTS;
    process.env.ORCH_STAGING_FORBIDDEN_PROJECTS = 'p-1,p-prod';
    try {
      expect((await check({})).failed).toEqual([]);
      process.env.ORCH_STAGING_FORBIDDEN_PROJECTS = '';
      expect((await check(access({ forbidden_projects: ['p-1'] }))).failed).toEqual(['B6']);
    } finally {
      if (before === undefined) delete process.env.ORCH_STAGING_FORBIDDEN_PROJECTS;
      else process.env.ORCH_STAGING_FORBIDDEN_PROJECTS = before;
    }
  });

  it('no staging routes at all: the access block fails and nothing is created', async () => {
    const report = await check({ 'GET /staging': undefined });
    expect(report.failed).toEqual(['B4', 'B5', 'B6', 'C7', 'C8', 'C9a', 'C9b']);
    expect(report.asked).not.toContain('POST /tasks');
  });

  it('--expect-sha fails on another commit and accepts one that is not exposed', async () => {
    expect((await check({}, { expectSha: 'abcdef0123' })).failed).toEqual([]);
    expect((await check({}, { expectSha: '1234567890' })).failed).toEqual(['A1']);
    const silent = { 'GET /health': { body: { status: 'ok' } } };
    expect((await check(silent, { expectSha: '1234567890' })).failed).toEqual([]);
  });
});

describe('one task end to end', () => {
  it('C7 failed: the rest is skipped, counts as failed and is not waived', async () => {
    const report = await check({ 'POST /tasks': { status: 422 } });
    expect(report).toMatchObject({ exitCode: 1, waived: [], failed: ['C7', 'C8', 'C9a', 'C9b'] });
    expect(report.asked.some((route) => route.startsWith('DELETE'))).toBe(false);
  });

  it.each<[string, Routes]>([
    ['ignored', { 'POST /webhook/plane': { body: { status: 'ignored' } } }],
    ['badly signed', { 'POST /staging/tasks/BOX-7/start-event': { body: { headers: {}, body: '{}' } } }],
    ['no event to be had', { 'POST /staging/tasks/BOX-7/start-event': { status: 500 } }],
  ])('C8 %s: skipped, and still cleaned up', async (_, routes) => {
    const report = await check(routes);
    expect(report).toMatchObject({ exitCode: 1, waived: [], failed: ['C8', 'C9a', 'C9b'] });
    expect(report.asked.at(-1)).toBe('DELETE /staging/tasks/BOX-7');
  });

  it('only the sandbox is slow: waived, unless strict (SHIP-34)', async () => {
    const slow = { 'GET /staging/branches': { body: { branches: ['feature/BOX-6-other'] } } };
    const tolerant = await check(slow);
    expect(tolerant).toMatchObject({ verdict: 'SUCCESS', exitCode: 0, waived: ['C9a'] });
    expect(tolerant.lines).toContain(
      'INFRA-WAIVED C9a no branch feature/BOX-7-staging-check-e2e-20260605t063 within 60 s',
    );
    expect(tolerant.asked.filter((route) => route === 'GET /staging/branches')).toHaveLength(21);
    expect(await check(slow, { strict: true })).toMatchObject({ verdict: 'FAILED', exitCode: 1, waived: [] });
  });

  it('a clean-up that fails is told and not counted', async () => {
    const report = await check({ 'DELETE /staging/tasks/BOX-7': { status: 500 } });
    expect(report).toMatchObject({ exitCode: 0, failed: [] });
    expect(report.lines).toContain('C10 clean-up of BOX-7: HTTP 500');
  });

  it('full-real waits for In Review by name (SHIP-36)', async () => {
    expect((await check({}, { mode: 'full-real' })).results.at(-1)).toMatchObject({
      id: 'C9c',
      passed: true,
    });
    const other = { 'GET /staging/tasks/BOX-7': { body: { tracker_state: 'Analysis' } } };
    expect((await check(other, { mode: 'full-real' })).failed).toEqual(['C9c']);
  });
});

it('a server that is down fails, without an exception (SHIP-30)', async () => {
  const report = await check({}, { baseUrl: 'http://127.0.0.1:1' });
  expect(report).toMatchObject({ verdict: 'FAILED', exitCode: 2, failed: ['A1', 'A2', 'A3'] });
});

it('an internal error is FAILED with exit 1 (SHIP-33)', async () => {
  const http = createHttpClient({ userAgent: 'test', timeoutMs: 1_000 });
  const instance = await startInstance();
  const broken = { http, now: () => Number.NaN, sleep: async () => {} };
  const report = await runStagingCheck(broken, { baseUrl: instance.base, mode: 'stub', strict: false });
  expect(report).toMatchObject({ verdict: 'FAILED', exitCode: 1 });
  expect(report.lines.some((line) => line.startsWith('ERROR '))).toBe(true);
});
