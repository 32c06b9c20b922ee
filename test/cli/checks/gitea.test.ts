import { afterEach, beforeEach, expect, test } from 'vitest';
import { GITEA } from '../../../src/cli/checks/gitea.ts';
import { runChecks } from '../../../src/cli/checks/run-checks.ts';
import { createFakeGitea, type FakeGitea } from '../../support/gitea/server.ts';
import { placeWith } from './place.ts';

let gitea: FakeGitea;
beforeEach(async () => {
  gitea = await createFakeGitea();
});
afterEach(() => gitea.close());

const PUBLIC = 'https://orchestrator.example.test';

async function check(fix: boolean, env: Record<string, string> = {}): Promise<string[]> {
  const place = await placeWith({
    projects: [{ repo: 'shop-api', prefix: 'SHOP', forge: 'gitea', owner: 'acme', checks: 'none' }],
    env: {
      ORCH_GITEA_URL: gitea.url,
      ORCH_GITEA_TOKEN: gitea.token,
      ORCH_GITEA_WEBHOOK_SECRET: 'a-secret-of-the-hook',
      ORCH_PUBLIC_URL: PUBLIC,
      ...env,
    },
  });
  const findings = await runChecks([GITEA], place, { fix });
  return findings.map(({ name, level, detail }) => `${level} ${name}: ${detail}`);
}

test('FORGE-58 init gitea creates the webhook once; doctor only looks', async () => {
  expect(await check(false)).toContain('hint gitea.shop-api.webhook: the webhook is missing');
  expect(gitea.repo.hooks).toEqual([]);
  for (const _ of [1, 2])
    expect(await check(true)).toContain(`ok gitea.shop-api.webhook: ${PUBLIC}/webhook/gitea`);
  expect(gitea.repo.hooks).toMatchObject([
    {
      url: `${PUBLIC}/webhook/gitea`,
      secret: 'a-secret-of-the-hook',
      events: ['push', 'pull_request', 'status', 'workflow_run'],
    },
  ]);
  expect(await check(false)).toContain(`ok gitea.shop-api.webhook: ${PUBLIC}/webhook/gitea`);
});

test('FORGE-107 what stands in the way of a delivery is named with what to do', async () => {
  gitea.repo.archived = true;
  gitea.repo.main = 'trunk';
  const found = await check(false);
  expect(found).toContainEqual(
    expect.stringMatching(/^ok gitea\.shop-api: acme\/shop-api as orchestrator, server 1\.26/),
  );
  expect(found).toContain('problem gitea.shop-api: the repository is archived');
  expect(found).toContain('problem gitea.shop-api: default branch is trunk, expected main');
  expect(found).toContain('hint gitea.shop-api: main is not protected');
  expect(found).toContainEqual(expect.stringMatching(/^hint gitea\.shop-api\.links: .*no links are shown/));
  const [refused] = await check(false, { ORCH_GITEA_TOKEN: 'wrong-token-of-nobody' });
  expect(refused).toMatch(/^problem gitea\.shop-api: the forge refused the token/);
});
