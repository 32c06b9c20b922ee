import { afterEach, beforeEach, expect, test } from 'vitest';
import { GITEA } from '../../../src/cli/checks/gitea.ts';
import { runChecks } from '../../../src/cli/checks/run-checks.ts';
import { git } from '../../support/git/repository.ts';
import { createFakeGitea, type FakeGitea } from '../../support/gitea/server.ts';
import { placeWith } from './place.ts';

let gitea: FakeGitea;
beforeEach(async () => {
  gitea = await createFakeGitea();
});
afterEach(() => gitea.close());

const PUBLIC = 'https://orchestrator.example.test';

async function check(
  fix: boolean,
  env: Record<string, string> = {},
  project: Record<string, unknown> = {},
): Promise<string[]> {
  const place = await placeWith({
    projects: [
      { repo: 'shop-api', prefix: 'SHOP', forge: 'gitea', owner: 'acme', checks: 'none', ...project },
    ],
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

test('FORGE-58 init gitea creates webhook and label once; doctor only looks', async () => {
  const before = await check(false);
  expect(before).toContain('hint gitea.shop-api.webhook: the webhook is missing');
  expect(before).toContainEqual(expect.stringMatching(/^hint gitea\.shop-api\.label: no label orchestrator/));
  expect([gitea.repo.hooks, gitea.repo.labels]).toEqual([[], []]);
  const mended = await check(true);
  expect(mended).toContain('ok gitea.shop-api.label: pull requests carry "orchestrator"');
  expect(await check(true)).toEqual(mended);
  expect(gitea.repo.labels).toMatchObject([{ name: 'orchestrator', color: '#1d76db' }]);
  expect(gitea.repo.hooks).toMatchObject([
    {
      url: `${PUBLIC}/webhook/gitea`,
      secret: 'a-secret-of-the-hook',
      events: ['push', 'pull_request', 'status', 'workflow_run'],
    },
  ]);
  // Nothing of ours runs here, so nobody could take a call.
  expect(mended).toContain(`hint gitea.shop-api.webhook: ${PUBLIC}/webhook/gitea: nothing was delivered yet`);
});

test('FORGE-107 archive refs are tried and leave nothing behind', async () => {
  expect(await check(false)).toContain('ok gitea.shop-api.archive: archive refs are taken');
  expect(await git(gitea.repo.gitDir, 'for-each-ref', 'refs/archive')).toBe('');
});

test('FORGE-107 a token that lacks a scope is told which one', async () => {
  gitea.repo.scopes = new Set(['read:user', 'read:repository']);
  const found = await check(true);
  const lines = (what: string) => found.filter((line) => line.includes(what)).join('\n');
  expect(lines('.archive')).toMatch(/^problem .*403/);
  expect(lines('.label')).toMatch(/^hint .*required=\[read:issue\]/);
  expect(lines('.webhook')).toMatch(/^problem .*required=\[write:repository\]/);
  gitea.repo.scopes = new Set(['write:repository', 'read:issue']);
  const rest = await check(true);
  expect(rest).toContainEqual(expect.stringMatching(/^problem gitea\.shop-api: .*required=\[read:user\]/));
  expect(rest).toContainEqual(
    expect.stringMatching(/^problem gitea\.shop-api\.label: .*required=\[write:issue\]/),
  );
});

test('FORGE-107 a protection of main that the merges cannot pass is told', async () => {
  gitea.repo.protectedBranches.add('main');
  const { protection } = gitea.repo;
  Object.assign(protection, { mayMerge: false, approvals: 2 });
  const found = await check(false);
  expect(found).toContain('problem gitea.shop-api: orchestrator may not merge into main');
  expect(found).toContain('hint gitea.shop-api: main wants 2 approval(s) before a merge');
  expect(found.join()).not.toContain('is not protected');
  Object.assign(protection, { mayMerge: true, approvals: 0, contexts: ['ci/build'] });
  expect((await check(false)).join()).not.toContain('wants');
  expect(await check(false, {}, { ci: 'engine', checks: 'npm test' })).toContain(
    'problem gitea.shop-api: main wants the checks ci/build, the engine reports orchestrator/checks',
  );
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
