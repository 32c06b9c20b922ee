import { expect, test } from 'vitest';
import { withPolling } from '../../../src/app/watch/reconciling.ts';
import { planeParts } from './plane-parts.ts';

const ADA = { surface: 'chat', id: '11', name: 'Ada', role: 'owner' } as const;

test('PLANE-68 what waits at the first look is told once with a button, and started by it, once', async () => {
  const { plane, parts, watch, told } = await planeParts();
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
  const { plane, watch, told, analyse, owed, taskOf } = await planeParts();
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
  const { plane, parts, watch, owed, taskOf, view } = await planeParts();
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
  const { plane, parts, watch, owed, taskOf, view } = await planeParts();
  await watch.poll();
  const issue = plane.person.create({ state: 'Backlog' });
  plane.person.move(issue, 'To Analyse');
  await watch.poll();
  const body = { event: 'issue', action: 'deleted', data: { id: issue } };
  for (const deliveryId of ['d1', 'd2']) {
    const parsed = watch.hook.parse(body, {}, Buffer.from(JSON.stringify(body)));
    if (!('event' in parsed)) throw new Error(parsed.ignored);
    await watch.hook.store({ source: 'plane', deliveryId, event: parsed.event, payload: body });
    await watch.process();
  }
  expect(taskOf(issue)).toMatchObject({ stage: 'analysis', activity: { kind: 'working' }, issueGone: true });
  expect(owed('ping:%issue-deleted%')).toMatchObject([{ ping: 'issue-deleted' }]);
  expect(view(issue)?.notes).toEqual([{ kind: 'issue-gone' }]);
  expect(view(issue)?.links.issue).toBeNull();
  expect(parts.house.deliveries.pending('plane', 10)).toEqual([]);
});

test('PLANE-57 REC-141 a label that could not be read leaves the gate, and /queue says why; read later it lifts the gate', async () => {
  const { plane, watch, analyse, taskOf, labels } = await planeParts();
  await watch.poll();
  const issue = plane.person.create({ state: 'Backlog' });
  plane.person.move(issue, 'To Analyse');
  plane.person.label(issue, 'autoApprove');
  await watch.poll();
  plane.plane.faults.push({ matches: (_, path) => path.endsWith('/labels/'), do: { status: 403 } });
  analyse(issue);
  await watch.process();
  expect(taskOf(issue).activity.kind).toBe('approval');
  expect(labels()).toMatchObject({
    enabled: true,
    applied: { approve: 0 },
    last_errors: [{ task: taskOf(issue).wid, label: 'autoApprove', error: expect.stringContaining('stays') }],
  });
  plane.plane.faults.splice(0);
  plane.person.edit(issue, { name: 'Said again' });
  await watch.poll();
  expect(taskOf(issue).stage).toBe('architecture');
  expect(labels()).toMatchObject({ applied: { approve: 1 }, last_errors: [{ label: 'autoApprove' }] });
});
