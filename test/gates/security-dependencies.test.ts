import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GateInput } from '../../src/gates/gate.ts';
import {
  readCargo,
  readComposer,
  readGo,
  readNpm,
  readPip,
  readPnpm,
  readYarn,
} from '../../src/gates/security/audit/readers.ts';
import { securityGate } from '../../src/gates/security-gate.ts';
import type { Project } from '../../src/pipeline/project.ts';
import { lockFiles, playAdvisoryFeed } from './support/advisory-feed.ts';
import { BRANCH, createWorld, DIR, exampleSettings, type World } from './support/world.ts';

let world: World;
let feed: Awaited<ReturnType<typeof playAdvisoryFeed>>;
beforeEach(async () => {
  world = await createWorld();
  feed = await playAdvisoryFeed();
});
afterEach(async () => {
  await feed.close();
  await world.remove();
});

async function gate(dependencyAudit: Project['dependencyAudit'] = 'auto', over: Partial<GateInput> = {}) {
  await world.workspace.mirror.fetch();
  const headSha = await world.workspace.mirror.head(BRANCH);
  const project = { ...world.project, dependencyAudit };
  const input = world.input({
    gate: 'check_security_gate',
    stage: 'deploy-staging',
    headSha,
    project,
    ...over,
  });
  return securityGate(input, world.ports, world.signal);
}
const npmrc = (url: string) => ({ '.npmrc': `registry=${url}\n` });
const onMain = (...packages: string[]) =>
  world.commit('main', { ...lockFiles(...packages), ...npmrc(feed.url) });
const settings = (over: Partial<GateInput['settings']['security']>) => {
  const all = exampleSettings();
  return { ...all, security: { ...all.security, ...over } };
};

describe('the dependency audit of check_security_gate (SHIP-43, SHIP-44)', () => {
  it('inc-53 returns a vulnerable package the branch brings, and names what main had already', async () => {
    await onMain('left');
    await world.commit(BRANCH, lockFiles('left', 'bad-package'));
    const result = await gate();
    expect(result).toMatchObject({ outcome: 'failed', reason: '1 vulnerable dependency' });
    expect(result.evidence.verbatim).toBe(
      'dependency: bad-package: Runs what it is given (high, 4711) https://advisories.example.org/4711',
    );
  });

  it('inc-53 passes with a vulnerable package that was there at the merge base', async () => {
    await onMain('bad-package');
    await world.commit(BRANCH, lockFiles('bad-package', 'left'));
    expect(await gate()).toMatchObject({
      outcome: 'passed',
      evidence: { report: { dependencies: 'PASS', findings: '0' } },
    });
    await world.git('fetch', '-q', 'origin');
    const report = await world.git('show', `origin/${BRANCH}:${DIR}/17-security-report.md`);
    expect(report).toMatch(/## Preexisting[^\n]*\n\n- bad-package/);
  });

  it('inc-53 passes when only a newer main holds it', async () => {
    await onMain('left');
    await world.commit(BRANCH, { 'a.txt': '1' });
    await onMain('left', 'bad-package');
    expect(await gate()).toMatchObject({ outcome: 'passed' });
  });

  it('counts only what is severe enough', async () => {
    await onMain('left');
    await world.commit(BRANCH, lockFiles('left', 'bad-package'));
    expect(await gate('auto', { settings: settings({ auditLevel: 'critical' }) })).toMatchObject({
      outcome: 'passed',
    });
  });

  it('passes with a loud warning when the feed is down, and fails closed where that is set', async () => {
    await onMain('left');
    await world.commit(BRANCH, lockFiles('left', 'bad-package'));
    await feed.close();
    const open = await gate();
    expect(open).toMatchObject({
      outcome: 'passed',
      reason: 'security_status: PASS; dependencies could not be audited',
      evidence: {
        warnings: ['npm audit: the vulnerability feed did not answer'],
        report: { dependencies: 'UNAVAILABLE' },
      },
    });
    expect(await gate('auto', { settings: settings({ failClosed: true }) })).toMatchObject({
      outcome: 'cannot-verify',
    });
    feed = await playAdvisoryFeed();
  });

  it('asks the registry of main, whatever the branch writes into .npmrc', async () => {
    await onMain('left');
    await world.commit(BRANCH, {
      ...lockFiles('left', 'bad-package'),
      '.npmrc': 'audit=false\nregistry=http://127.0.0.1:9/\n',
    });
    expect(await gate()).toMatchObject({ outcome: 'failed', evidence: { changesDeliveryRules: ['.npmrc'] } });
  });

  it('is unavailable when the audit tool is not installed', async () => {
    await world.commit(BRANCH, { 'Cargo.lock': 'version = 3\n' });
    const toolEnv = { ...world.ports.toolEnv, PATH: '/usr/bin:/bin' };
    world.ports.toolEnv = toolEnv;
    expect(await gate()).toMatchObject({
      outcome: 'passed',
      evidence: { warnings: ['cargo audit: cargo is not installed'] },
    });
  });

  const declared: [string, Project['dependencyAudit'], string, string | RegExp][] = [
    ['none', 'none', 'passed', 'security_status: PASS'],
    [
      'auto without a lock file',
      'auto',
      'cannot-verify',
      'cannot verify: no lock file; set dependency_audit, or declare `dependency_audit: none`',
    ],
    ['a clean command', { command: 'true' }, 'passed', 'security_status: PASS'],
    ['an unknown command', { command: 'no-such-audit' }, 'cannot-verify', /exit 127/],
    [
      'a command that finds what the branch brings',
      { command: 'test ! -f bad.txt || { echo "bad.txt is bad"; exit 1; }' },
      'failed',
      '1 vulnerable dependency',
    ],
    [
      'a command that finds what was there',
      { command: 'echo "README.md is bad"; exit 1' },
      'passed',
      'security_status: PASS',
    ],
  ];
  it.each(declared)('%s', async (_what, choice, outcome, reason) => {
    await world.commit(BRANCH, { 'bad.txt': '1' });
    expect(await gate(choice)).toMatchObject({
      outcome,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });
});

describe('the reports of the audit tools', () => {
  const found = (name: string, id: string, severity: string) =>
    expect.objectContaining({ package: name, id, severity });
  const table: [string, unknown, unknown][] = [
    [
      'npm',
      readNpm(
        '{"vulnerabilities":{"a":{"via":["b"]},"b":{"via":[{"source":7,"name":"b","title":"t","severity":"moderate"}]}}}',
      ),
      [found('b', '7', 'moderate')],
    ],
    ['npm without a feed', readNpm('{"message":"ECONNREFUSED","error":{}}'), 'unreachable'],
    ['npm, broken', readNpm('oops'), null],
    [
      'pnpm',
      readPnpm('{"advisories":{"9":{"module_name":"b","id":9,"severity":"critical"}}}'),
      [found('b', '9', 'critical')],
    ],
    ['pnpm without a feed', readPnpm('{"error":{"code":"ERR_PNPM_AUDIT_BAD_RESPONSE"}}'), 'unreachable'],
    [
      'yarn',
      readYarn(
        '{"type":"auditAdvisory","data":{"advisory":{"module_name":"b","id":9,"severity":"high"}}}\n{"type":"auditSummary","data":{}}',
      ),
      [found('b', '9', 'high')],
    ],
    [
      'newer yarn',
      readYarn('{"value":"b","children":{"ID":9,"Issue":"t","Severity":"low"}}'),
      [found('b', '9', 'low')],
    ],
    ['yarn without a feed', readYarn('{"type":"error","data":"ENOTFOUND"}'), 'unreachable'],
    [
      'pip',
      readPip('{"dependencies":[{"name":"b","version":"1","vulns":[{"id":"PYSEC-1","description":"d"}]}]}'),
      [found('b', 'PYSEC-1', 'high')],
    ],
    ['pip, broken', readPip(''), null],
    [
      'cargo',
      readCargo('{"vulnerabilities":{"list":[{"advisory":{"id":"RUSTSEC-1","package":"b","title":"t"}}]}}'),
      [found('b', 'RUSTSEC-1', 'high')],
    ],
    [
      'go',
      readGo('{"osv":{"id":"GO-1","summary":"s"}}\n{"finding":{"osv":"GO-1","trace":[{"module":"m"}]}}'),
      [found('m', 'GO-1', 'high')],
    ],
    ['go, broken', readGo('{"osv":'), null],
    [
      'composer',
      readComposer('{"advisories":{"v/b":[{"advisoryId":"PKSA-1","title":"t","severity":"medium"}]}}'),
      [found('v/b', 'PKSA-1', 'moderate')],
    ],
    ['composer, clean', readComposer('{"advisories":[]}'), []],
  ];
  it.each(table)('%s', (_what, read, expected) => {
    expect(read).toEqual(expected);
  });
});
