import { expect, it } from 'vitest';
import { hookEnvironment } from '../../src/delivery/hook-environment.ts';
import type { Project } from '../../src/pipeline/project.ts';

const healthAt = (port: number) => ({
  url: `http://127.0.0.1:${port}/health`,
  okField: 'status',
  okValue: 'ok',
  shaField: 'commit',
});
const project: Pick<Project, 'service' | 'image' | 'health' | 'staging' | 'deployHook'> = {
  service: 'orchestrator',
  image: 'none',
  health: healthAt(8500),
  staging: { mode: 'hook', baseUrl: 'http://127.0.0.1:8501', health: healthAt(8501) },
  deployHook: { via: 'auto', env: {} },
};
const base = { path: '/bin', home: '/home/me' };
const call = { target: 'staging', deployId: 'd1', wid: 'SHOP-1', sha: 'abc' } as const;

it('on staging the engine sets exactly the defaults of the contract (SHIP-112)', () => {
  expect(hookEnvironment(project, call, base)).toEqual({
    PATH: '/bin',
    HOME: '/home/me',
    LANG: 'C.UTF-8',
    TARGET_SERVICE: 'orchestrator-staging',
    TARGET_PORT: '8501',
    TARGET_IMAGE: 'orchestrator-orchestrator-staging',
    COMPOSE_PROFILE: 'staging',
    HEALTH_URL: 'http://127.0.0.1:8501/health',
    DEPLOY_SHA: 'abc',
    DEPLOY_IMAGE: '',
    DEPLOY_ID: 'd1',
    WORK_ITEM: 'SHOP-1',
  });
});

it('in production every target key is set, an empty profile included (SHIP-112)', () => {
  const withRepo = { ...project, deployHook: { via: 'auto', env: { REPO: '/srv/shop' } } } as const;
  expect(hookEnvironment(withRepo, { ...call, target: 'production', image: 'sha256:1' }, base)).toMatchObject(
    {
      TARGET_SERVICE: 'orchestrator',
      TARGET_PORT: '8500',
      TARGET_IMAGE: 'orchestrator-orchestrator',
      COMPOSE_PROFILE: '',
      PREV_IMAGE_FILE: '/srv/shop/.deploy-prev-image-prod',
      DEPLOY_IMAGE: 'sha256:1',
      REPO: '/srv/shop',
    },
  );
});

it('an entry of the project never redirects a staging run to production', () => {
  const env = { TARGET_SERVICE: 'orchestrator', TARGET_PORT: '8500', DEPLOY_SHA: 'other', REGION: 'eu' };
  expect(hookEnvironment({ ...project, deployHook: { via: 'auto', env } }, call, base)).toMatchObject({
    TARGET_SERVICE: 'orchestrator-staging',
    TARGET_PORT: '8501',
    DEPLOY_SHA: 'abc',
    REGION: 'eu',
  });
});

it.each([
  ['A B', 'x'],
  ['A', 'one\ntwo'],
])('refuses the entry %j = %j, which cannot be handed on', (key, value) => {
  const env = { [key]: value };
  expect(() => hookEnvironment({ ...project, deployHook: { via: 'auto', env } }, call, base)).toThrow(
    expect.objectContaining({ code: 'hook-env-invalid', fault: 'user' }),
  );
});

it('paths below the repositories are handed on as the deploy host sees them (FORGE-78)', () => {
  const env = { REPO: '/data/repos/shop', NEAR: '/data/repos-old/shop', ROOT: '/data/repos', WORD: 'repos' };
  const repos = { here: '/data/repos', there: '/srv/orchestrator/repos' };
  const given = hookEnvironment({ ...project, deployHook: { via: 'auto', env } }, call, { ...base, repos });
  expect(given).toMatchObject({
    REPO: '/srv/orchestrator/repos/shop',
    NEAR: '/data/repos-old/shop',
    ROOT: '/srv/orchestrator/repos',
    WORD: 'repos',
    PREV_IMAGE_FILE: '/srv/orchestrator/repos/shop/.deploy-prev-image-staging',
  });
});
