import { describe, expect, it } from 'vitest';
import type { Role, Stage } from '../../src/pipeline/stages.ts';
import { mayWrite, writeScope } from '../../src/pipeline/write-scope.ts';

const DIR = 'docs/work-items/SHOP-014';

describe('write scopes (agents.md section 1, AGENT-1)', () => {
  const table: [Role, Stage, path: string, allowed: boolean][] = [
    ['analyst', 'analysis', `${DIR}/01-brd.md`, true],
    ['analyst', 'analysis', `${DIR}/00-business-request.md`, false],
    ['analyst', 'analysis', 'docs/work-items/SHOP-013/01-brd.md', false],
    ['analyst', 'analysis', 'src/cart.ts', false],
    ['architect', 'architecture', `${DIR}/06-adr/ADR-001-cache.md`, true],
    ['architect', 'architecture', `${DIR}/09-conflict.md`, true],
    ['architect', 'architecture', 'docs/architecture/adr/adr-0007-cache.md', true],
    ['architect', 'architecture', `${DIR}/02-trz.md`, false],
    ['developer', 'development', 'src/cart.ts', true],
    ['developer', 'development', 'CHANGELOG.md', true],
    ['developer', 'development', `${DIR}/11-dev-notes.md`, true],
    ['developer', 'development', `${DIR}/12-review.md`, false],
    ['developer', 'development', `${DIR}/04-test-plan.yaml`, false],
    ['developer', 'development', '.claude/settings.local.json', false],
    ['developer', 'development', '.gitleaks.toml', false],
    ['developer', 'development', '.secretlintrc.json', false],
    ['developer', 'development', '.orchestrator/regression-markers.tsv', false],
    ['developer', 'development', 'ops/deploy.sh', false],
    ['reviewer', 'review', `${DIR}/12-review.md`, true],
    ['reviewer', 'review', 'src/cart.ts', false],
    ['tester', 'testing', `${DIR}/13-test-report.md`, true],
    ['tester', 'testing', 'test/cart.test.ts', false],
    ['deployer', 'deploy-staging', `${DIR}/15-staging-log.md`, true],
    ['deployer', 'deploy-staging', `${DIR}/14-deploy-log.md`, false],
    ['deployer', 'deploy', `${DIR}/14-deploy-log.md`, false],
  ];
  it.each(table)('%s at %s: %s → %s', (role, stage, path, allowed) => {
    const scope = writeScope(role, { wid: 'SHOP-014', stage, protectedPaths: ['ops/'] });
    expect(mayWrite(scope, path)).toBe(allowed);
  });

  it('lets the deployer write 14 only where the project says deploy: agent', () => {
    const scope = writeScope('deployer', { wid: 'SHOP-014', stage: 'deploy', agentDeploys: true });
    expect(mayWrite(scope, `${DIR}/14-deploy-log.md`)).toBe(true);
  });
});
