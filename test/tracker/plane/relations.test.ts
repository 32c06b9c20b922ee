import { describe, expect, test } from 'vitest';
import { BoardBench } from '../../support/plane/bench.ts';

const bench = new BoardBench();
const kindOf = (issue: string): string => bench.engine.taskOf(issue).activity.kind;

/** Plane tells that the relations of an issue have changed. */
const relationChanged = (issue: string, what: 'created' | 'deleted' = 'created') => {
  const body = {
    event: `workitem.relation.${what}`,
    entity_id: issue,
    data: { project: bench.world.board.id },
  };
  return bench.engine.receive([{ body: JSON.stringify(body), headers: {} }]);
};
const start = async (issue: string) => bench.move('webhooks', issue, 'To Analyse');
const open = async () => {
  const world = await bench.open();
  await bench.engine.poll();
  return world;
};

describe('PLANE-59 to PLANE-62 relations become dependencies', () => {
  test('an issue blocked by an unfinished one waits from its start, and goes on when that one is done', async () => {
    const { person } = await open();
    const [issue, blocker] = [person.create({}), person.create({})];
    person.block(issue, blocker);
    await start(issue);
    expect(bench.engine.taskOf(issue)).toMatchObject({
      stage: 'analysis',
      generation: 0,
      activity: { kind: 'dependency', facts: { dep: 'SHOP-002', stage: 'created' } },
    });
    person.move(blocker, 'Done');
    await bench.engine.poll();
    await bench.engine.write();
    expect(kindOf(issue)).toBe('working');
  });

  test('a blocker that has a task is waited for as a task', async () => {
    const { person } = await open();
    const [issue, blocker] = [person.create({}), person.create({})];
    await start(blocker);
    person.block(issue, blocker);
    await start(issue);
    expect(kindOf(issue)).toBe('dependency');
    await bench.move('webhooks', blocker, 'STOP');
    bench.engine.stopped(blocker);
    await bench.engine.write();
    expect(kindOf(issue)).toBe('working');
  });

  test.each(['relation event', 'polling'])('a removed relation releases the task, by %s', async (way) => {
    const { person } = await open();
    const [issue, blocker] = [person.create({}), person.create({})];
    person.block(issue, blocker);
    await start(issue);
    person.unblock(issue, blocker);
    if (way === 'polling') await bench.engine.poll();
    else await relationChanged(issue, 'deleted');
    await bench.engine.write();
    expect(kindOf(issue)).toBe('working');
  });

  test('a dependency that a person declared stays when the relation goes', async () => {
    const { person, ann } = await open();
    const [issue, blocker] = [person.create({}), person.create({})];
    await start(blocker);
    person.block(issue, blocker);
    await start(issue);
    const { id } = bench.engine.taskOf(issue);
    const on = bench.engine.taskOf(blocker).wid;
    bench.engine.engine.apply({
      ...{ kind: 'command', name: 'depend', key: 'by hand', at: bench.at, target: { task: id } },
      actor: { surface: 'chat', id: ann.id, name: 'Ann', role: 'operator' },
      args: { dependency: { on, remove: false } },
    });
    person.unblock(issue, blocker);
    await relationChanged(issue, 'deleted');
    await bench.engine.write();
    expect(kindOf(issue)).toBe('dependency');
  });

  test('a blocker that nobody can read does not hold the task, and the card says so', async () => {
    const { person } = await open();
    const issue = person.create({});
    person.block(issue, 'c0ffee00-0000-4000-8000-000000000000');
    await start(issue);
    expect(kindOf(issue)).toBe('working');
    expect(bench.engine.unchecked(issue)).toEqual(['c0ffee00']);
  });

  test('relations that cannot be read start the task', async () => {
    const { person, plane } = await open();
    const [issue, blocker] = [person.create({}), person.create({})];
    person.block(issue, blocker);
    plane.faults.push({ matches: (_, path) => path.endsWith('/relations/'), do: { status: 503 }, times: 9 });
    await start(issue);
    expect(kindOf(issue)).toBe('working');
  });

  test('REC-103 a cycle blocks every task on it with one loud ping, and an edge taken out releases them', async () => {
    const { person } = await open();
    const [first, second] = [person.create({}), person.create({})];
    await start(second);
    person.block(first, second);
    await start(first);
    person.block(second, first);
    await relationChanged(second);
    await bench.engine.write();
    for (const issue of [first, second])
      expect(bench.engine.taskOf(issue).activity).toMatchObject({ kind: 'blocked', cause: 'dep-cycle' });
    const pings = bench.engine.db.$client
      .prepare(`select count(*) from outbox where kind = 'ping' and dedup_key like '%dep-cycle%'`)
      .pluck()
      .get();
    expect(pings).toBe(1);
    person.unblock(second, first);
    await relationChanged(second, 'deleted');
    await bench.engine.write();
    expect(kindOf(second)).toBe('working');
    expect(kindOf(first)).toBe('dependency');
  });
});
