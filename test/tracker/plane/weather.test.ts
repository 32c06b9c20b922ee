import { describe, expect, test } from 'vitest';
import { BoardBench } from '../../support/plane/bench.ts';

const bench = new BoardBench();

describe('deliveries in bad weather', () => {
  test('reordered, repeated and late deliveries come to the same as good ones', async () => {
    const { person, plane } = await bench.open();
    await bench.engine.poll();
    plane.weather = { lose: false, copies: 2, hold: true };
    const issue = person.create({});
    bench.later(1000);
    person.move(issue, 'Todo');
    bench.later(1000);
    person.move(issue, 'To Analyse');
    bench.later(60_000);
    await plane.release('reversed');
    await bench.hear('webhooks');
    expect(bench.engine.tasksOf(issue)).toHaveLength(1);
    expect(bench.engine.seen.filter(({ kind }) => kind === 'start')).toHaveLength(1);
  });

  test('PLANE-28 an issue that cannot be fetched is deferred, and polling brings it', async () => {
    const { person, plane } = await bench.open({ client: { ratePerMin: 100_000, style: 'work-items' } });
    await bench.engine.poll();
    const issue = person.create({});
    bench.later(1000);
    person.move(issue, 'To Analyse');
    plane.faults.push({ matches: (_, path) => path.includes(`/${issue}/`), do: { status: 500 }, times: 12 });
    await bench.engine.receive(plane.deliveries.splice(0));
    expect(bench.engine.seen.at(-1)).toMatchObject({ kind: 'deferred', issue });
    expect(bench.engine.tasksOf(issue)).toEqual([]);
    await bench.engine.poll();
    expect(bench.engine.tasksOf(issue)).toHaveLength(1);
  });

  test('PLANE-37 a late “created” does not swallow the command that came with it', async () => {
    const { person, plane } = await bench.open();
    await bench.engine.poll();
    plane.weather.hold = true;
    const issue = person.create({ state: 'To Analyse' });
    await plane.release();
    await bench.hear('webhooks');
    expect(bench.engine.tasksOf(issue)).toEqual([]);
    await bench.engine.poll();
    expect(bench.engine.tasksOf(issue)).toHaveLength(1);
  });

  test('PLANE-45 a deleted issue leaves its task running and asks a person', async () => {
    const { person, plane } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    const body = JSON.stringify({ event: 'issue', action: 'deleted', data: { id: issue } });
    await bench.engine.receive([{ body, headers: {} }]);
    expect(bench.engine.seen.at(-1)).toMatchObject({
      kind: 'event',
      event: { name: 'tracker-changed', data: { deleted: true } },
    });
    expect(bench.engine.taskOf(issue).stage).toBe('analysis');
    expect(plane.projects).toHaveLength(1);
  });

  test.each([
    ['POST', 'comment'],
    ['PATCH', 'status'],
  ])('an answer that Plane does not take is given when it does: %s of the %s', async (method) => {
    const { person, plane, issueOf, statusOf, store } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({ name: 'Cart' });
    bench.later(1000);
    person.move(issue, 'To Analyse');
    const fresh = plane.deliveries.splice(0);
    plane.faults.push({ matches: (asked) => asked === method, do: { status: 503 } });
    await bench.engine.receive(fresh);
    expect(statusOf(issue)).toBe('To Analyse');
    expect(store.issueState(issue)?.known ?? null).toBeNull();
    await bench.engine.receive(fresh);
    expect(statusOf(issue)).toBe('Blocked');
    expect(issueOf(issue).comments).toHaveLength(1);
    expect(bench.engine.tasksOf(issue)).toEqual([]);
  });

  test('PLANE-32 a refused command is in the decision log with its reason', async () => {
    const { person } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    await bench.pass('webhooks', issue);
    await bench.move('webhooks', issue, 'Approved');
    for (let n = 0; n < 5; n += 1) await bench.pass('webhooks', issue);
    expect(bench.engine.taskOf(issue).activity.kind).toBe('confirm');
    // Too soon to have been read (PLANE-31).
    bench.later(1000);
    person.move(issue, 'Confirm Deploy');
    await bench.hear('webhooks');
    const refused = `select name, reason from task_log where accepted = 0 and kind = 'command'`;
    const rows = bench.engine.db.$client.prepare(refused).all();
    expect(rows).toEqual([{ name: 'confirm-deploy', reason: 'stale_attempt' }]);
  });

  test('PLANE-59 a relation event reads what blocks the task', async () => {
    const { person, board } = await bench.open();
    await bench.engine.poll();
    const [issue, blocker] = [person.create({}), person.create({})];
    await bench.move('webhooks', issue, 'To Analyse');
    person.block(issue, blocker);
    const body = JSON.stringify({
      event: 'workitem.relation.created',
      entity_id: issue,
      data: { project: board.id },
    });
    await bench.engine.receive([{ body, headers: {} }]);
    expect(bench.engine.seen.at(-1)).toMatchObject({
      kind: 'blockers',
      blockers: { tasks: [], issues: [{ id: blocker, state: 'open' }] },
    });
  });
});
