import { expect, onTestFinished, test } from 'vitest';
import { createCleanup } from '../../src/app/cleanup.ts';
import { createParts } from '../../src/app/parts.ts';
import { createPlaneWatch } from '../../src/app/plane-watch.ts';
import { withPolling } from '../../src/app/reconciling.ts';
import { putInForce } from '../../src/app/reload.ts';
import { viewDepsOf, viewOf } from '../../src/app/views.ts';
import type { PingRequest } from '../../src/bot/pinger.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createProbes } from '../../src/config/probes.ts';
import { silentLogger } from '../../src/log.ts';
import { remainingSteps } from '../../src/pipeline/plan.ts';
import { tempDir } from '../db/store.ts';
import { createPlaneWorld } from '../support/plane/world.ts';

const ADA = { surface: 'chat', id: '11', name: 'Ada', role: 'owner' } as const;

/** The watch over the real stores of a control process and a board; no queue, no chat. */
async function bench() {
  const plane = await createPlaneWorld();
  const dataDir = tempDir();
  const entry = { repo: 'shop', prefix: 'SHOP', plane_project_id: plane.board.id, checks: 'none' };
  const env = {
    ORCH_PROJECTS_JSON: JSON.stringify([{ ...entry, staging: 'none', deploy: 'none', image: 'none' }]),
    ORCH_PLANE_API_URL: plane.plane.url,
    ORCH_PLANE_WORKSPACE_SLUG: 'acme',
    ORCH_PLANE_API_TOKEN: plane.shared.token,
    ORCH_TRACKER_RATE_PER_MIN: '100000',
  };
  const here = { dataDir, cwd: dataDir, homeDir: dataDir, hostName: 'h', isTerminal: false };
  const loaded = loadConfig({ env, ...here, probes: createProbes(env) });
  const log = silentLogger();
  const place = { env, home: dataDir, host: 'h', version: '0.0.0', commit: null, log, now: Date.now };
  const cleanup = createCleanup(log);
  const parts = createParts(place, loaded, cleanup);
  putInForce(parts, loaded.projects);
  const told: PingRequest[] = [];
  const watch = createPlaneWatch(parts, async (ping) => told.push(ping));
  onTestFinished(async () => {
    await watch.stop();
    await cleanup.undo();
    await plane.close();
  });
  const { house, project } = parts;
  const taskOf = (issue: string) => {
    const task = house.tasks.ofIssue(issue).at(-1);
    if (task === undefined) throw new Error('no task');
    return task;
  };
  return {
    ...{ plane, parts, watch, told, taskOf },
    /** The analyst is done: the approval is asked. */
    analyse(issue: string) {
      const task = taskOf(issue);
      const { id, stage, attempt, fence } = task;
      const sha = 'a'.repeat(40);
      const steps = remainingSteps(task, project('shop')).map((step) => ({
        ...{ step, outcome: 'passed' as const, reason: '' },
        evidence: step === 'prepare' ? { prepared: true, headSha: sha, startSha: sha } : {},
      }));
      house.engine.apply({
        ...{ kind: 'fact', name: 'stage-settled', data: { steps }, key: `settled-${id}`, at: Date.now() },
        target: { task: id, stage, attempt, fence },
      });
    },
    owed: (like: string) =>
      house.db.$client
        .prepare('select payload from outbox where dedup_key like ? order by id')
        .pluck()
        .all(like)
        .map((payload) => JSON.parse(String(payload))),
    view: (issue: string) => viewOf(viewDepsOf(parts), taskOf(issue).id),
  };
}

test('PLANE-68 what waits at the first look is told once with a button, and started by it, once', async () => {
  const { plane, parts, watch, told } = await bench();
  const [waiting, gone] = [1, 2].map(() => plane.person.create({ state: 'To Analyse' })) as [string, string];
  await watch.poll();
  await watch.poll();
  const params = { project: 'shop', n: 2 };
  expect(told).toMatchObject([{ ping: 'issues-found', sound: 'sound', task: null, repo: 'shop', params }]);
  plane.person.move(gone, 'Backlog');
  expect(await watch.startFound('shop', ADA)).toEqual({ started: 1 });
  const [task] = parts.house.tasks.live();
  expect(parts.house.tasks.live()).toHaveLength(1);
  expect(task).toMatchObject({ issueId: waiting, stage: 'analysis', createdBy: { id: '11' } });
  expect(await watch.startFound('shop', ADA)).toEqual({ started: 0 });
});

test('REC-76, REC-79 what polling moved is told silently once per hour, and counted in the reconcile block', async () => {
  const { plane, watch, told, analyse, owed, taskOf } = await bench();
  await watch.poll();
  const issue = plane.person.create({ state: 'Backlog' });
  plane.person.move(issue, 'To Analyse');
  await watch.poll();
  expect(owed('ping:%unblocked%')).toMatchObject([
    { ping: 'unblocked', sound: 'silent', params: { from: 'created', to: 'analysis (working)' } },
  ]);
  analyse(issue);
  expect(taskOf(issue).activity.kind).toBe('approval');
  plane.person.move(issue, 'Approved');
  await watch.poll();
  expect(taskOf(issue).stage).toBe('architecture');
  expect([told, owed('ping:%unblocked%').length]).toEqual([[], 1]);
  const none = { skipped_terminal_total: 0, deduped_total: 0, rebuilt_total: 0, echo_total: 0, deferred: 0 };
  const stats = { ...none, unblocked_total: 1, errors_total: 0, guards: {} };
  const before = withPolling({ ...stats, last_run_at: 1, last_duration_ms: 1 }, watch.report());
  expect(before).toMatchObject({ unblocked_total: 3, errors_total: 0, last_run_at: 1 });
  expect(before.projects).toEqual({ shop: { last_run_at: expect.any(Number), ok: true, error: null } });
  const refused = { matches: (_: string, path: string) => path.endsWith('/work-items/'), times: 1000 };
  plane.plane.faults.push({ ...refused, do: { status: 403 } });
  await watch.poll();
  const after = withPolling({ ...stats, last_run_at: 1, last_duration_ms: 1 }, watch.report());
  expect(after.errors_total).toBeGreaterThan(0);
  expect(after.projects.shop).toMatchObject({ ok: false, error: expect.stringContaining('403') });
});

test('PLANE-26 the card says what the board says while a person left the issue elsewhere', async () => {
  const { plane, parts, watch, owed, taskOf, view } = await bench();
  await watch.poll();
  const issue = plane.person.create({ state: 'Backlog' });
  plane.person.move(issue, 'To Analyse');
  await watch.poll();
  const tracker = parts.trackerFor('shop');
  await tracker.setStatus(issue, 'analysis', 'k1');
  expect(view(issue)?.notes).toEqual([]);
  plane.person.move(issue, 'Testing');
  await watch.poll();
  expect(view(issue)?.notes).toEqual([{ kind: 'board-differs', status: 'Testing' }]);
  expect(owed(`card:${taskOf(issue).id}:board:%`)).toEqual([{ kind: 'refresh-card' }]);
  expect(plane.statusOf(issue)).toBe('Testing');
  await tracker.setStatus(issue, 'in_review', 'k2');
  expect(view(issue)?.notes).toEqual([]);
});

test('PLANE-45 a deleted issue: the link is broken, one message is owed, the task goes on', async () => {
  const { plane, parts, watch, owed, taskOf, view } = await bench();
  await watch.poll();
  const issue = plane.person.create({ state: 'Backlog' });
  plane.person.move(issue, 'To Analyse');
  await watch.poll();
  const body = { event: 'issue', action: 'deleted', data: { id: issue } };
  for (const deliveryId of ['d1', 'd2']) {
    const parsed = watch.hook.parse(body, {}, Buffer.from(JSON.stringify(body)));
    if (!('event' in parsed)) throw new Error(parsed.ignored);
    watch.hook.store({ source: 'plane', deliveryId, event: parsed.event, payload: body });
    await watch.process();
  }
  expect(taskOf(issue)).toMatchObject({ stage: 'analysis', activity: { kind: 'working' }, issueGone: true });
  expect(owed('ping:%issue-deleted%')).toMatchObject([{ ping: 'issue-deleted' }]);
  expect(view(issue)?.notes).toEqual([{ kind: 'issue-gone' }]);
  expect(view(issue)?.links.issue).toBeNull();
  expect(parts.house.deliveries.pending('plane', 10)).toEqual([]);
});
