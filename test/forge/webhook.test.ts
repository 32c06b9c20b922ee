import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGiteaApi } from '../../src/forge/gitea/api.ts';
import { ensureHook, inspectGitea } from '../../src/forge/gitea/setup.ts';
import { giteaDeliveryId, parseGiteaWebhook } from '../../src/forge/gitea/webhook.ts';
import { matchTask, type TaskTrace } from '../../src/forge/match-task.ts';
import { createHttpClient } from '../../src/http-client.ts';
import { silentLogger } from '../../src/log.ts';
import { createFakeGitea, type FakeGitea } from '../support/gitea/server.ts';

const SHA = 'a'.repeat(40);
const repository = { full_name: 'Acme/Shop-API' };
const pull_request = { number: 7, head: { ref: 'feature/x', sha: SHA }, merged: true };
const parse = (type: string, payload: object, header = 'x-gitea-event-type') =>
  parseGiteaWebhook({ repository, ...payload }, { [header]: type }, (name) =>
    name === 'acme/shop-api' ? 'shop-api' : null,
  );

const PR = {
  fact: 'pr-changed',
  repo: 'shop-api',
  number: 7,
  branch: 'feature/x',
  closed: false,
  merged: false,
};
const CI = { fact: 'ci-changed', repo: 'shop-api', sha: SHA, branch: null };
test.each([
  [
    'push',
    { ref: 'refs/heads/feature/x', before: 'b', after: SHA },
    { fact: 'push', repo: 'shop-api', branch: 'feature/x', before: 'b', after: SHA },
  ],
  [
    'push',
    { ref: 'refs/heads/feature/x', before: SHA, after: '0'.repeat(40) },
    { fact: 'push', repo: 'shop-api', branch: 'feature/x', before: SHA, after: null },
  ],
  ['pull_request', { action: 'opened', number: 7, pull_request: { ...pull_request, merged: false } }, PR],
  [
    'pull_request_sync',
    { action: 'synchronized', number: 7, pull_request: { ...pull_request, merged: false } },
    PR,
  ],
  ['pull_request', { action: 'closed', number: 7, pull_request }, { ...PR, closed: true, merged: true }],
  ['pull_request_review_approved', { pull_request }, PR],
  ['pull_request_review_rejected', { pull_request }, PR],
  ['pull_request_review_comment', { pull_request }, PR],
  ['pull_request_approved', { pull_request }, PR],
  ['pull_request_rejected', { pull_request }, PR],
  ['pull_request_comment', { pull_request }, PR],
  ['status', { sha: SHA, state: 'success', context: 'ci' }, CI],
  [
    'workflow_run',
    { action: 'completed', workflow_run: { head_sha: SHA, head_branch: 'feature/x' } },
    { ...CI, branch: 'feature/x' },
  ],
  [
    'action_run_success',
    { run: { commit_sha: SHA, ref: 'refs/heads/feature/x' } },
    { ...CI, branch: 'feature/x' },
  ],
  ['action_run_failure', { run: { commit_sha: SHA } }, CI],
  ['action_run_recover', { commit_sha: SHA }, CI],
])('FORGE-53 %s wakes by fact', (type, payload, event) => {
  expect(parse(type, payload)).toEqual({ event });
});

test.each([
  ['push', { ref: 'refs/tags/v1', after: SHA }, 'unsupported event'],
  ['issues', {}, 'unsupported event'],
  ['pull_request_label', { pull_request }, 'unsupported event'],
  ['status', {}, 'unsupported event'],
  [
    'push',
    { ref: 'refs/heads/x', after: SHA, repository: { full_name: 'acme/other' } },
    'unknown repository',
  ],
  ['push', { repository: null }, 'unknown repository'],
])('FORGE-50 %s is ignored', (type, payload, reason) => {
  expect(parse(type, payload)).toEqual({ ignored: reason });
});

test('FORGE-51 FORGE-53 the finer event name wins, and Forgejo’s own header names are read', () => {
  const both = { 'x-gitea-event': 'push', 'x-gitea-event-type': 'pull_request_sync' };
  expect(parseGiteaWebhook({ repository, pull_request, number: 7 }, both, () => 'shop-api')).toHaveProperty(
    'event.fact',
    'pr-changed',
  );
  expect(parse('status', { sha: SHA }, 'x-forgejo-event')).toEqual({ event: CI });
});

test('FORGE-52 the delivery id is the sender’s, else the hash of the raw body', () => {
  const raw = Buffer.from('{}');
  expect(giteaDeliveryId(raw, { 'x-gitea-delivery': 'abc' })).toBe('gitea:abc');
  expect(giteaDeliveryId(raw, { 'x-forgejo-delivery': 'abc' })).toBe('gitea:abc');
  expect(giteaDeliveryId(raw, {})).toBe(
    'gitea:body:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  );
});

const task = (id: number, more: Partial<TaskTrace> = {}): TaskTrace => ({
  id,
  branch: `feature/${id}`,
  stage: 'review',
  heads: [],
  ...more,
});
const none = () => null;
test.each([
  ['1 a recorded head', [task(1, { heads: [SHA] }), task(2)], { sha: SHA, branch: 'feature/2' }, none, 1],
  ['2 the branch', [task(1), task(2)], { sha: SHA, branch: 'feature/2' }, none, 2],
  [
    '3 the fetched head',
    [task(1), task(2)],
    { sha: SHA, branch: null },
    (branch: string) => (branch === 'feature/1' ? SHA : null),
    1,
  ],
  [
    '4 the only one in development',
    [task(1), task(2, { stage: 'development' })],
    { sha: SHA, branch: null },
    none,
    2,
  ],
  [
    'nothing when ambiguous',
    [task(1, { stage: 'development' }), task(2, { stage: 'development' })],
    { sha: SHA, branch: null },
    none,
    null,
  ],
  ['nothing without a task', [], { sha: SHA, branch: 'x' }, none, null],
] as const)('FORGE-55 rule %s', (_, tasks, event, headOf, expected) => {
  expect(matchTask(tasks, event, headOf)).toBe(expected);
});

let gitea: FakeGitea;
beforeEach(async () => {
  gitea = await createFakeGitea();
});
afterEach(() => gitea.close());
const api = () =>
  createGiteaApi({
    baseUrl: gitea.url,
    token: gitea.token,
    owner: 'acme',
    repo: 'shop-api',
    http: createHttpClient({ userAgent: 'test', timeoutMs: 2_000 }),
    timeoutMs: 2_000,
    log: silentLogger(),
    now: () => Date.now(),
  });

test('FORGE-58 the webhook is created once, completed when it is not, and left alone when it is', async () => {
  const hook = { url: 'http://orchestrator.example.test/webhook/gitea', secret: 's3cret' };
  expect(await ensureHook(api(), hook)).toEqual({ kind: 'ok', changed: true });
  expect(await ensureHook(api(), hook)).toEqual({ kind: 'ok', changed: false });
  expect(gitea.repo.hooks).toMatchObject([
    { url: hook.url, secret: 's3cret', events: ['push', 'pull_request', 'status', 'workflow_run'] },
  ]);
  Object.assign(gitea.repo.hooks[0] as object, { active: false });
  expect(await ensureHook(api(), hook)).toEqual({ kind: 'ok', changed: true });
  expect(gitea.repo.hooks).toHaveLength(1);
});

test('FORGE-107 the facts a doctor needs are read', async () => {
  gitea.repo.protectedBranches.add('main');
  expect(await inspectGitea(api(), 'main')).toMatchObject({
    kind: 'ok',
    value: {
      version: '1.26.2',
      login: 'orchestrator',
      mayPush: true,
      archived: false,
      mainProtected: true,
      allowsFastForward: true,
    },
  });
});
