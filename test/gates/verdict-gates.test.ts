import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployStatus } from '../../src/gates/deploy-status.ts';
import { runGate } from '../../src/gates/gate.ts';
import { reviewerVerdict } from '../../src/gates/reviewer-verdict.ts';
import { stagingStatus } from '../../src/gates/staging-status.ts';
import { testsPassed } from '../../src/gates/tests-passed.ts';
import { CONTRACTS, contractPath, sampleVerdict } from '../../src/pipeline/contract.ts';
import { BRANCH, createWorld, DIR, type World } from './support/world.ts';

let world: World;
let start: string;
beforeAll(async () => {
  world = await createWorld();
  start = await world.commit(BRANCH, { 'src/cart.js': '1\n', [`${DIR}/13-test-report.md`]: report('PASS') });
});
afterAll(() => world.remove());

const report = (result: string, body = '') => `---\ntype: test-report\nresult: ${result}\n---\n${body}`;

/** Commits files on the task branch, fetches, and gives the input of the attempt that wrote them. */
async function attempt(files: Record<string, string>, more: Parameters<World['input']>[0] = {}) {
  const startSha = await world.git('rev-parse', `origin/${BRANCH}`);
  const headSha = await world.commit(BRANCH, files);
  await world.workspace.mirror.fetch();
  return world.input({ startSha, headSha, ...more });
}

describe('check_tests_passed (PIPE-73)', () => {
  const table: [string, string, outcome: string, reason: string][] = [
    ['inc-41 zero failures', report('PASS (0 failed)'), 'passed', 'Test verdict: PASS (0 failed) (PASS)'],
    [
      'inc-41 a word inside a word',
      report('COVERED'),
      'no-verdict',
      'No recognized PASS verdict in frontmatter (result: COVERED)',
    ],
    ['a negative beside a positive', report('PASS\nstatus: red'), 'failed', 'Test verdict: red (RED)'],
    ['one failure', report('23 passed, 1 failed'), 'failed', 'Test verdict: 23 passed, 1 failed (FAILED)'],
    [
      'inc-41 prose only',
      '---\ntype: test-report\n---\n23 passed, PASS',
      'no-verdict',
      'No machine-readable verdict/status/result in test report frontmatter',
    ],
    [
      'inc-41 prose against the verdict',
      '---\nverdict: BLOCKED\n---\n23 passed',
      'failed',
      'Test verdict: BLOCKED (BLOCKED)',
    ],
    ['no frontmatter', 'PASS', 'no-verdict', 'No YAML frontmatter in 13-test-report.md'],
    [
      'another attempt',
      report('PASS\nattempt: 7'),
      'stale',
      'stale verdict: 13-test-report.md was written for attempt 7',
    ],
  ];
  it.each(table)('%s', async (_what, content, outcome, reason) => {
    const input = await attempt({ [`${DIR}/13-test-report.md`]: content });
    expect(await runGate(testsPassed, input, world.ports, world.signal)).toMatchObject({ outcome, reason });
  });

  it('inc-43 does not take the report of an earlier attempt', async () => {
    const input = await attempt({ 'src/cart.js': '2\n' }, { attempt: 2 });
    expect(await testsPassed(input, world.ports, world.signal)).toMatchObject({
      outcome: 'stale',
      reason: expect.stringMatching(/^stale verdict: 13-test-report\.md was written for /),
    });
  });

  it('hands the failing rows to the developer with ids', async () => {
    const body = '| TC-2 | removes | AC-2 | FAIL |\n\n```\n1 failed\n```\n';
    const input = await attempt({ [`${DIR}/13-test-report.md`]: report('FAIL', body) }, { attempt: 3 });
    expect((await testsPassed(input, world.ports, world.signal)).evidence).toMatchObject({
      findings: [{ id: 'TEST-3-1', text: '| TC-2 | removes | AC-2 | FAIL |' }],
      verbatim: expect.stringContaining('1 failed'),
      fingerprint: expect.stringMatching(/./),
    });
  });

  it('cannot verify where no commit is recorded, and a throw is cannot-verify with its message (PIPE-63)', async () => {
    const none = await runGate(testsPassed, world.input(), world.ports, world.signal);
    expect(none).toMatchObject({ outcome: 'cannot-verify' });
    const thrown = await runGate(
      testsPassed,
      world.input({ startSha: start, headSha: 'f'.repeat(40) }),
      world.ports,
      world.signal,
    );
    expect(thrown).toMatchObject({
      outcome: 'cannot-verify',
      reason: expect.stringMatching(/^cannot verify: /),
    });
  });

  it('gives no verdict when it is stopped', async () => {
    const stopped = AbortSignal.abort(new Error('shutdown'));
    await expect(runGate(testsPassed, world.input(), world.ports, stopped)).rejects.toThrow('shutdown');
  });
});

describe('check_reviewer_verdict (PIPE-72)', () => {
  const review = (verdict: string) =>
    `---\ntype: review\nwork_item: SHOP-014\nverdict: ${verdict}\n---\n## Findings\n### P1 Must fix\n- [ ] no test\n`;
  const table: [string, outcome: string, reason: string][] = [
    ['APPROVED', 'passed', 'Review verdict: APPROVED'],
    ['approved', 'passed', 'Review verdict: APPROVED'],
    ['REQUEST_CHANGES', 'failed', 'Review verdict: REQUEST_CHANGES'],
    [
      'APPROVED with notes',
      'no-verdict',
      'No recognized verdict in 12-review.md frontmatter (verdict: APPROVED with notes)',
    ],
    ['PASS', 'no-verdict', 'No recognized verdict in 12-review.md frontmatter (verdict: PASS)'],
    ['', 'no-verdict', 'No machine-readable verdict in 12-review.md frontmatter'],
  ];
  it.each(table)('verdict %j', async (verdict, outcome, reason) => {
    const input = await attempt(
      { [`${DIR}/12-review.md`]: review(verdict) },
      { stage: 'review', attempt: 2 },
    );
    const result = await reviewerVerdict(input, world.ports, world.signal);
    expect(result).toMatchObject({ outcome, reason });
    if (outcome === 'failed')
      expect(result.evidence.findings).toEqual([{ id: 'REV-2-1', text: 'P1 no test' }]);
  });
});

describe('check_staging_status and check_deploy_status (PIPE-74)', () => {
  it('refuses a file without the key, however green its prose', async () => {
    const input = await attempt(
      { [`${DIR}/15-staging-log.md`]: '---\nresult: 9/10 PASS\n---\n' },
      { stage: 'deploy-staging' },
    );
    expect(await stagingStatus(input, world.ports, world.signal)).toMatchObject({
      outcome: 'no-verdict',
      reason: 'No recognized staging_status in 15-staging-log.md (missing)',
    });
  });

  it('inc-42 believes SUCCESS only when the engine sees it itself', async () => {
    const input = await attempt(
      { [`${DIR}/15-staging-log.md`]: '---\nstaging_status: SUCCESS\n---\nall good\n' },
      { stage: 'deploy-staging' },
    );
    const gate = () => stagingStatus(input, world.ports, world.signal);
    expect(await gate()).toMatchObject({ outcome: 'passed' });
    world.outside.staging = {
      ok: false,
      detail: 'exit 1: connection refused',
      served: { match: 'not-exposed', exposed: null },
    };
    expect(await gate()).toMatchObject({
      outcome: 'failed',
      reason: 'report says SUCCESS, own check says FAILED: exit 1: connection refused',
    });
    world.outside.staging = { ok: true, detail: 'healthy', served: { match: 'other', exposed: 'abc1234' } };
    expect((await gate()).reason).toBe('report says SUCCESS, own check says FAILED: staging serves abc1234');
  });

  const declarations: [string, object, string, string][] = [
    ['staging none', { staging: 'none' }, 'passed', 'Staging gate N/A for shop'],
    [
      'staging unset',
      { staging: undefined },
      'cannot-verify',
      'cannot verify: staging; set staging, or declare `staging: none`',
    ],
    ['deploy none', { deploy: 'none' }, 'passed', 'Deploy N/A for shop'],
    [
      'deploy unset',
      { deploy: undefined },
      'cannot-verify',
      'cannot verify: deploy; set deploy, or declare `deploy: none`',
    ],
  ];
  it.each(declarations)('inc-45 %s (PIPE-11)', async (what, over, outcome, reason) => {
    const gate = what.startsWith('staging') ? stagingStatus : deployStatus;
    const input = world.input({ project: { ...world.project, ...over } as World['project'] });
    expect(await gate(input, world.ports, world.signal)).toMatchObject({ outcome, reason });
  });

  it('inc-48 reads 14 from main when the branch has none, only with matching ids', async () => {
    const input = await attempt({ 'src/cart.js': '3\n' }, { stage: 'deploy' });
    const log = (commit: string) =>
      `---\ndeploy_status: SUCCESS\nwork_item: SHOP-014\ncommit: ${commit}\n---\n`;
    const gate = () => deployStatus(input, world.ports, world.signal);
    expect(await gate()).toMatchObject({ outcome: 'no-verdict', reason: '14-deploy-log.md not found' });
    await world.commit('main', { [`${DIR}/14-deploy-log.md`]: log(input.headSha ?? '') });
    expect(await gate()).toMatchObject({ outcome: 'passed', evidence: { source: 'main' } });
    await world.commit('main', { [`${DIR}/14-deploy-log.md`]: log('d'.repeat(40)) });
    expect(await gate()).toMatchObject({ outcome: 'stale' });
  });

  it('takes a stale file on the branch as final', async () => {
    await attempt({ [`${DIR}/14-deploy-log.md`]: '---\ndeploy_status: SUCCESS\n---\n' });
    const input = await attempt({ 'src/cart.js': '4\n' }, { stage: 'deploy', attempt: 2 });
    expect(await deployStatus(input, world.ports, world.signal)).toMatchObject({ outcome: 'stale' });
  });
});

describe('a deployment nobody reported', () => {
  it('inc-54 is not done, however well the deployer ended', async () => {
    await world.git('fetch', '-q', 'origin');
    const startSha = await world.git('rev-parse', 'origin/main');
    const headSha = await world.commit('feature/SHOP-014-silent', { 'src/cart.js': '9\n' });
    const input = world.input({ startSha, headSha, wid: 'SHOP-099', stage: 'deploy' });
    await world.workspace.mirror.fetch();
    expect(await deployStatus(input, world.ports, world.signal)).toMatchObject({
      outcome: 'no-verdict',
      reason: '14-deploy-log.md not found',
    });
  });
});

describe('the sample of every contract (PIPE-64)', () => {
  const gates = { review: reviewerVerdict, tests: testsPassed, staging: stagingStatus, deploy: deployStatus };
  it.each(Object.entries(gates))('inc-47 %s is passed by its own gate', async (name, gate) => {
    const rule = CONTRACTS[name as keyof typeof gates];
    world.outside.staging = { ok: true, detail: 'exit 0', served: { match: 'not-exposed', exposed: null } };
    const commit = await world.git('rev-parse', `origin/${BRANCH}`);
    const facts = { wid: 'SHOP-014', attempt: 4, commit, branch: BRANCH };
    const input = await attempt(
      { [contractPath(rule, 'SHOP-014')]: sampleVerdict(rule, facts) },
      { stage: rule.stage as 'testing', attempt: 4 },
    );
    expect(await gate(input, world.ports, world.signal)).toMatchObject({ outcome: 'passed' });
  });
});
