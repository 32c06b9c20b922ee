import { describe, expect, it } from 'vitest';
import {
  type CommandEnd,
  checkStaging,
  deployToStaging,
  type StagingDeps,
} from '../../src/delivery/staging.ts';
import { checkCounts } from '../../src/delivery/staging-output.ts';
import { createHttpClient } from '../../src/http-client.ts';
import { createTestRunner, hookRun } from './support/hooks.ts';
import { useServices } from './support/service.ts';
import { useTempDirs } from './support/temp-dir.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const makeDir = useTempDirs();
const startService = useServices();
const signal = new AbortController().signal;

/** A live staging server and a check that ends as told. */
async function stagingWith(body: unknown, check: { command?: string; end?: CommandEnd } = {}) {
  const service = await startService(body);
  const asked: unknown[] = [];
  const answer = async (request: unknown) => {
    asked.push(request);
    return check.end ?? { exitCode: 0, tail: '', reason: 'exit 0' };
  };
  const deps: StagingDeps = {
    http: createHttpClient({ userAgent: 'test', timeoutMs: 1_000 }),
    staging: {
      mode: 'hook',
      baseUrl: service.base,
      health: service.health,
      ...(check.command && { check: check.command }),
    },
    runCheck: answer,
    runBuiltin: answer,
  };
  return { deps, asked, service };
}

describe("the engine's own look at staging (SHIP-24, SHIP-25)", () => {
  it.each<[string, unknown, number | null, boolean, string]>([
    ['green check, right commit', { status: 'ok', commit: SHA }, 0, true, 'exit 0'],
    ['green check, commit not exposed', { status: 'ok' }, 0, true, 'exit 0'],
    ['red check', { status: 'ok', commit: SHA }, 1, false, 'exit 1'],
    ['check that never ended', { status: 'ok', commit: SHA }, null, false, 'exit null'],
    ['green check, other commit', { status: 'ok', commit: 'fedcba9' }, 0, false, 'staging serves fedcba9'],
  ])('%s', async (_, body, exitCode, ok, detail) => {
    const end = { exitCode, tail: '', reason: `exit ${exitCode}` };
    const { deps, asked, service } = await stagingWith(body, { command: 'npm run check', end });
    const check = await checkStaging(deps, { sha: SHA, signal });
    expect(check).toMatchObject({ ok, exitCode, detail: expect.stringContaining(detail) });
    expect(asked).toMatchObject([{ command: 'npm run check', sha: SHA, env: { BASE_URL: service.base } }]);
  });

  it.each([
    [{ status: 'ok' }, true],
    [{ status: 'sick' }, false],
    [{ status: 'ok', commit: 'fedcba9' }, false],
  ])('without a declared check the health probe is the check: %j', async (body, ok) => {
    const { deps, asked } = await stagingWith(body);
    expect(await checkStaging(deps, { sha: SHA, signal })).toMatchObject({ ok, exitCode: null });
    expect(asked).toEqual([]);
  });

  it('`builtin` runs the bundled suite for this commit', async () => {
    const { deps, asked, service } = await stagingWith({ status: 'ok' }, { command: 'builtin' });
    await checkStaging(deps, { sha: SHA, signal });
    expect(asked).toMatchObject([{ baseUrl: service.base, expectSha: SHA }]);
  });
});

it.each([
  ['RESULT: 8/10 checks PASS\nINFRA-WAIVED C9a late\nINFRA-WAIVED C9b late', true, 8, 10, ['C9a', 'C9b']],
  ['PASS a\nFAIL b\nPASS c', false, 2, 3, []],
  ['whatever', true, 1, 1, []],
  ['whatever', false, 0, 1, []],
])('counts the parts of %j', (output, green, passed, total, waived) => {
  expect(checkCounts(output, green)).toEqual({ passed, total, waived });
});

describe('deploying to staging (SHIP-21)', () => {
  const limits = { timeoutMs: 10_000, signal };

  it.each([
    ['echo up', { ok: true, exitCode: 0, logTail: 'up' }],
    ['exit 1', { ok: false, exitCode: 1, detail: 'staging hook ended with 1' }],
  ])('%s', async (text, expected) => {
    const runner = createTestRunner(await makeDir());
    expect(await deployToStaging(runner, hookRun(text), limits)).toMatchObject(expected);
  });

  it('the same id after a restart finds the run that was started before', async () => {
    const dir = await makeDir();
    const run = hookRun(`echo x >>${dir}/count; wc -l <${dir}/count`);
    await deployToStaging(createTestRunner(dir), run, limits);
    expect(await deployToStaging(createTestRunner(dir), run, limits)).toMatchObject({
      ok: true,
      logTail: '1',
    });
  });

  it('a wrapper that died is not waited for', async () => {
    const runner = createTestRunner(await makeDir());
    const run = hookRun('kill -9 $PPID');
    expect(await deployToStaging(runner, run, limits)).toMatchObject({
      ok: false,
      detail: 'staging hook ended without a result',
    });
  });

  it('a hook that hangs is left after its time', async () => {
    const runner = createTestRunner(await makeDir());
    const run = hookRun('exec sleep 3');
    const end = await deployToStaging(runner, run, { timeoutMs: 300, signal });
    expect(end).toMatchObject({ ok: false, detail: 'staging hook still runs after 0.3 s' });
  });
});
