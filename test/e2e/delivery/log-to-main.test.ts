import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from '../../support/system.ts';
import { until } from '../../support/until.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: { ORCH_DEPLOY_LOG_TO_MAIN: 'true' } });
});
afterAll(() => system?.close());

test('14 and 16 come to main by a documentation pull request of their own, and the branch keeps them too (PIPE-57, FORGE-66)', async () => {
  const { newTask, carry, git, app, hookCalls } = system;
  const id = await newTask('Write a note', [{ write: { 'note.md': '# Note\n' } }]);
  const done = await carry(id, 'done', ({ stage }) => stage === 'done');
  const dir = `docs/work-items/${done.wid}`;
  const log = `${dir}/14-deploy-log.md`;
  await until(() => git('ls-tree', '--name-only', 'main', log) === log, { what: 'the log is on main' });
  expect(git('show', `main:${log}`)).toContain(`landed_commit: ${done.landedSha}`);
  expect(git('show', `main:${dir}/16-post-deploy-log.md`)).toContain('post_deploy_status: HEALTHY');
  // Documents of this work item alone, and nothing was deployed by it.
  expect(git('diff', '--name-only', `${done.landedSha}`, 'main').split('\n')).toEqual([
    log,
    `${dir}/16-post-deploy-log.md`,
  ]);
  expect(hookCalls()).toHaveLength(1);
  await until(() => git('branch', '--list', 'deploy-log/*') === '', { what: 'its branch is gone' });
  const pulls = app.parts.house.db.$client
    .prepare(`select head, state from pull_requests where head like 'deploy-log/%'`)
    .all() as { head: string; state: string }[];
  expect(pulls).toMatchObject([{ state: 'merged' }]);
  expect(pulls[0]?.head).toMatch(new RegExp(`^deploy-log/${done.wid}-\\d{14}$`));
  const [archive = ''] = git('for-each-ref', '--format=%(refname)', `refs/archive/${done.wid}`).split('\n');
  expect(git('ls-tree', '--name-only', archive, `${dir}/`).split('\n')).toEqual(
    expect.arrayContaining([log, `${dir}/16-post-deploy-log.md`]),
  );
});
