import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decideDeploy, FINALIZE_START, type FinalizePolicy } from '../../src/delivery/finalize.ts';
import { probeService } from '../../src/delivery/health.ts';
import type { HookRun } from '../../src/delivery/hook-runner.ts';
import { startWatch, tickWatch } from '../../src/delivery/monitor.ts';
import { decideRollback } from '../../src/delivery/rollback.ts';
import { sampleWatch } from '../../src/delivery/watch-sample.ts';
import { createHttpClient } from '../../src/http-client.ts';
import { createTestRunner } from './support/hooks.ts';
import { poll } from './support/poll.ts';
import { type Shop, useShops } from './support/shop.ts';
import { useTempDirs } from './support/temp-dir.ts';

const makeDir = useTempDirs();
const startShop = useShops();
const http = createHttpClient({ userAgent: 'test', timeoutMs: 2_000 });
const policy: FinalizePolicy = {
  timeoutMs: 60_000,
  startTimeoutMs: 10_000,
  intervalMs: 100,
  probeIntervalMs: 100,
  requireServedSha: true,
};
const healthOf = (shop: Shop) => ({
  url: `http://127.0.0.1:${shop.port}/health`,
  okField: 'status',
  okValue: 'ok',
  shaField: 'commit',
});

/** Runs the hook as a person would and returns its exit code and output. */
function call(shop: Shop, args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; output: string }>((resolve) => {
    execFile(shop.hook, args, { env: { ...shop.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

/** Starts a deploy or rollback through the wrapper and gathers what the finalizer decides from. */
async function run(shop: Shop, hook: { deployId: string; sha: string; mode: HookRun['mode'] }) {
  const runner = createTestRunner(join(shop.dir, 'state'));
  const { deployId, sha } = hook;
  await runner.start({
    ...hook,
    hook: { path: shop.hook },
    env: { ...shop.env, DEPLOY_ID: deployId, DEPLOY_SHA: sha },
  });
  const sight = await poll(async () => {
    const seen = await runner.look(hook);
    return seen.result ? seen : null;
  });
  const probe = await probeService(http, { health: healthOf(shop), expectedSha: sha });
  return { now: 0, initiatedAt: 0, sight, probe };
}

it('a good release is deployed with its commit, a bad one goes back to it, and --rollback does so by hand', async () => {
  const shop = await startShop(await makeDir());
  const good = shop.head();
  const first = decideDeploy(
    await run(shop, { deployId: 'd1', sha: good, mode: 'deploy' }),
    FINALIZE_START,
    policy,
  );
  expect(first).toMatchObject({ do: 'settle', status: 'SUCCESS', hookExitCode: 0 });

  const main = await readFile(join(shop.repo, 'src/main.js'), 'utf8');
  const broken = shop.commit('src/main.js', 'process.exit(3);\n');
  const second = decideDeploy(
    await run(shop, { deployId: 'd2', sha: broken, mode: 'deploy' }),
    FINALIZE_START,
    policy,
  );
  expect(second).toMatchObject({
    do: 'settle',
    status: 'FAILED',
    rolledBack: true,
    hookExitCode: 1,
    critical: false,
  });
  expect(await probeService(http, { health: healthOf(shop), expectedSha: good })).toMatchObject({
    healthy: true,
  });

  const repaired = shop.commit('src/main.js', `${main}// repaired\n`);
  await run(shop, { deployId: 'd3', sha: repaired, mode: 'deploy' });
  const back = decideRollback(
    await run(shop, { deployId: 'r3', sha: good, mode: 'rollback' }),
    FINALIZE_START,
    policy,
  );
  expect(back).toMatchObject({ do: 'settle', result: 'rolled-back', hookExitCode: 0 });

  const again = await call(shop, ['--rollback']);
  expect(again).toMatchObject({ code: 1, output: expect.stringContaining('no previous release') });
  const log = await readFile(join(shop.env.RELEASES_DIR ?? '', 'shop/deploy.log'), 'utf8');
  expect(log.split('\n')[0]).toMatch(
    new RegExp(
      `^\\[\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\\] deploy start id=d1 sha=${good} service=shop port=${shop.port}$`,
    ),
  );
});

it('a release that turns bad in production only is found by the watch', async () => {
  const shop = await startShop(await makeDir());
  const careless = shop.commit(
    'src/housekeeping.js',
    `import { CATALOGUE } from './catalogue.js';
export function startHousekeeping({ reservations, everyMs = 250 }) {
  const production = process.env.NODE_ENV === 'production';
  const timer = setInterval(() => {
    if (production) for (const { sku } of CATALOGUE) reservations.hold(sku, 10, 86_400_000);
    reservations.sweep();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
`,
  );
  expect((await call(shop, [], { DEPLOY_SHA: careless })).code).toBe(0);

  const target = { health: healthOf(shop), probes: [], landedSha: careless };
  const watchPolicy = {
    windowMs: 10_000,
    intervalMs: 1,
    failThreshold: 3,
    fiveXxThreshold: 0.05,
    minRequests: 20,
  };
  let state = startWatch(0);
  const end = await poll(async () => {
    const tick = tickWatch(state, await sampleWatch(http, target, state.checks), watchPolicy);
    state = tick.state;
    return tick.do === 'end' ? tick : null;
  });
  expect(end).toMatchObject({
    result: 'DEGRADED',
    reason: expect.stringContaining('3 failed checks in a row'),
  });
});

it('a stranger on the port who serves the same commit does not make a deploy healthy', async () => {
  const shop = await startShop(await makeDir());
  expect((await call(shop, [], { TARGET_SERVICE: 'shop-staging' })).code).toBe(0);
  expect((await call(shop, [], { HEALTH_TRIES: '5' })).code).toBe(1);
});

it('an unknown argument does nothing, exit 64 (SHIP-110)', async () => {
  const shop = await startShop(await makeDir());
  expect((await call(shop, ['--status'])).code).toBe(64);
  expect(existsSync(shop.env.RELEASES_DIR ?? '')).toBe(false);
});

it('a second call while one runs answers busy and changes nothing (SHIP-118)', async () => {
  const shop = await startShop(await makeDir());
  const broken = shop.commit('src/main.js', 'setTimeout(() => {}, 1e6);\n');
  const first = call(shop, [], { DEPLOY_SHA: broken, DEPLOY_ID: 'd1' });
  await poll(() => existsSync(join(shop.env.RELEASES_DIR ?? '', 'shop/pid')));
  const second = await call(shop, [], { DEPLOY_ID: 'd2' });
  expect(second).toMatchObject({
    code: 1,
    output: expect.stringContaining('busy: shop is being deployed by d1'),
  });
  expect(await first).toMatchObject({
    code: 1,
    output: expect.stringContaining('Deploy FAILED, rollback skipped'),
  });
});

it('a commit the repository does not have leaves the service alone', async () => {
  const shop = await startShop(await makeDir());
  expect((await call(shop, [])).code).toBe(0);
  expect((await call(shop, [], { DEPLOY_SHA: 'f'.repeat(40) })).code).toBe(1);
  expect(await probeService(http, { health: healthOf(shop), expectedSha: shop.head() })).toMatchObject({
    healthy: true,
    served: { match: 'same' },
  });
});
