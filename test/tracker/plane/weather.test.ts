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
    expect(bench.engine.seen.at(-1)).toMatchObject({ kind: 'blockers', ids: [blocker] });
  });
});
