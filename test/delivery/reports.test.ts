import { describe, expect, it } from 'vitest';
import { type DeployLogFacts, renderDeployLog } from '../../src/delivery/deploy-log.ts';
import { startWatch } from '../../src/delivery/monitor.ts';
import { fenced, renderReport } from '../../src/delivery/reports.ts';
import { renderStagingLog } from '../../src/delivery/staging-log.ts';
import { renderWatchLog } from '../../src/delivery/watch-log.ts';
import { ARTEFACTS, type ArtefactId } from '../../src/pipeline/artefacts.ts';
import { readFrontmatter } from '../../src/pipeline/frontmatter.ts';

const AT = Date.parse('2026-06-05T06:30:00.500Z');

function read(id: ArtefactId, text: string) {
  const result = readFrontmatter(ARTEFACTS[id].path, text);
  if (!result.ok) throw new Error(result.reason);
  return { ...result, keys: Object.keys(result.fields) };
}

const deploy: DeployLogFacts = {
  status: 'SUCCESS',
  reason: 'hook said 0, service says healthy',
  at: AT,
  wid: 'SHOP-1',
  attempt: 2,
  branch: 'feature/SHOP-1-date',
  testedSha: '1234567890123456789012345678901234567890',
  landedSha: '12345e8',
  landedTree: '0e10',
  served: { match: 'same', exposed: '1234567' },
  service: 'shop',
  port: '8500',
  mode: 'hook',
  hookExitCode: 0,
  rolledBack: false,
  rollbackSafe: true,
  confirmedBy: 'Ann: "the\nowner" # 1',
  deployId: 'd1',
  gates: [{ gate: 'check_security_gate', verdict: 'passed' }],
  logTail: '```\n---\n[…] Deploy SUCCESS',
};

describe('14, the deploy log', () => {
  it('has every key in the order of the contract and reads back as written', () => {
    const { keys, fields, body } = read('14', renderDeployLog(deploy));
    expect(keys).toEqual(ARTEFACTS['14'].keys);
    expect(fields).toMatchObject({
      deploy_status: 'SUCCESS',
      timestamp: '2026-06-05T06:30:00Z',
      commit: deploy.testedSha,
      landed_commit: '12345e8',
      landed_tree: '0e10',
      served_commit: '1234567',
      prod_container_restarted: 'true',
      confirmed_by: 'Ann: "the owner" # 1',
    });
    expect(body).toContain('- check_security_gate: passed');
    expect(body).toContain('````text\n```\n---\n[…] Deploy SUCCESS\n````');
  });

  it.each<[Partial<DeployLogFacts>, Record<string, string | undefined>]>([
    [{ served: null }, { served_commit: 'not-exposed' }],
    [{ served: { match: 'not-exposed', exposed: 'dev' } }, { served_commit: 'not-exposed' }],
    [{ served: { match: 'other', exposed: 'abcdef0' } }, { served_commit: 'abcdef0' }],
    [
      { mode: 'none', hookExitCode: null, port: null },
      { prod_container_restarted: 'false', hook_exit_code: undefined, target_port: undefined },
    ],
    [{ status: 'FAILED', hookExitCode: 1 }, { prod_container_restarted: 'false' }],
    [{ status: 'FAILED', hookExitCode: 1, rolledBack: true }, { prod_container_restarted: 'true' }],
    [
      { status: 'FAILED', hookExitCode: 2 },
      { prod_container_restarted: 'true', hook_exit_code: '2' },
    ],
  ])('%j', (changes, expected) => {
    const { fields } = read('14', renderDeployLog({ ...deploy, ...changes }));
    for (const [key, value] of Object.entries(expected)) expect(fields[key]).toBe(value);
  });
});

it('15, the staging log, has every key of the contract', () => {
  const text = renderStagingLog({
    status: 'FAILED',
    reason: 'exit 1',
    at: AT,
    baseUrl: 'http://localhost:8501',
    wid: 'SHOP-1',
    attempt: 1,
    branch: 'b',
    sha: 'abc1234',
    mode: 'stub',
    checks: { passed: 9, total: 10 },
    waived: ['C9a', 'C9b'],
    exitCode: 1,
    output: 'FAIL A1',
  });
  const { keys, fields } = read('15', text);
  expect(keys).toEqual(ARTEFACTS['15'].keys.filter((key) => key !== 'waived'));
  expect(fields).toMatchObject({ staging_status: 'FAILED', checks: '9/10', exit_code: '1' });
  expect(text).toContain('waived: [ C9a, C9b ]');
});

it('16, the watch log, tells the window, the counts and every tick', () => {
  const state = {
    ...startWatch(AT),
    checks: 3,
    failed: 1,
    requests: 30,
    fiveXx: 1,
    lines: ['t1 ok', 't2 down'],
  };
  const { keys, fields, body } = read(
    '16',
    renderWatchLog({
      result: 'DEGRADED',
      reason: 'down',
      wid: 'SHOP-1',
      landedSha: 'abc1234',
      windowMs: 900_000,
      state,
      observed: true,
      action: 'ROLLBACK',
      rollbackExitCode: 0,
      endedAt: AT + 60_000,
    }),
  );
  expect(keys).toEqual(ARTEFACTS['16'].keys);
  expect(fields).toMatchObject({ five_xx_ratio: '0.0333', window_s: '900', ended: '2026-06-05T06:31:00Z' });
  expect(body).toContain('t1 ok\nt2 down');
});

it('a key the contract does not have is a bug, not a line', () => {
  expect(() => renderReport('16', { surprise: 1 }, '')).toThrow(/16-post-deploy-log.md has no key surprise/);
});

it('a fence is longer than any run of backquotes inside', () => {
  expect(fenced('a ````` b').split('\n')[0]).toBe('``````text');
});
