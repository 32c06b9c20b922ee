import { expect, it } from 'vitest';
import { limitsOf } from '../../src/config/limits.ts';
import { describeProject } from '../../src/config/project-summary.ts';
import { load, project, registryOf } from './load-settings.ts';

it('gives the machine its limits in milliseconds, scopes applied', () => {
  const { config } = load({
    ...registryOf(project(), project({ repo: 'shop', prefix: 'SH' })),
    ORCH_POST_DEPLOY_REPOS: 'Shop',
    ORCH_CONFIRM_TTL_H: '2',
    ORCH_BUDGET_RAISE_USD: 'off',
  });
  expect(limitsOf(config, 'shop')).toMatchObject({
    maxDeveloperRetries: 3,
    confirmTtlMs: 7_200_000,
    ciMaxWaitMs: 3_600_000,
    stopMs: 120_000,
    raiseUsd: 5,
    watchEnabled: true,
    degradedFreezes: true,
  });
  expect(limitsOf(config, 'notes').watchEnabled).toBe(false);
});

it('shows a project without secrets, with what it states and which gates do not run (REG-8, SET-5, SET-6)', () => {
  const { config, projects } = load({
    ...registryOf(project({ image: undefined }), project({ repo: 'shop', prefix: 'SH' })),
    ORCH_MERGE_GATE_ENABLED: 'off',
    ORCH_MERGE_GATE_REPOS: 'notes',
    ORCH_SECURITY_GATE_REPOS: 'shop',
    ORCH_ADMIN_TOKEN: 'hunter2-hunter2',
  });
  const [notes, shop] = projects.map((entry) => describeProject(entry, config));
  expect(notes).toMatchObject({
    checks: 'configured',
    staging: 'none',
    image: 'missing',
    plane_project_id: null,
  });
  expect(notes?.gates_off).toEqual([
    'security: not in scope (ORCH_SECURITY_GATE_REPOS)',
    'merge: off (ORCH_MERGE_GATE_ENABLED)',
  ]);
  expect(shop?.gates_off).toEqual(['merge: off (ORCH_MERGE_GATE_ENABLED)']);
  expect(JSON.stringify([notes, shop])).not.toContain('hunter2');
});
