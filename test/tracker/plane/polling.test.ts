import { describe, expect, test } from 'vitest';
import { BoardBench } from '../../support/plane/bench.ts';
import { ALL_STATES } from '../../support/plane/state.ts';

const bench = new BoardBench();

describe('PLANE-64 to PLANE-68 polling', () => {
  test('the first round starts nothing and lists what waits in To Analyse', async () => {
    const { person } = await bench.open();
    const [waiting, other] = [person.create({ state: 'To Analyse' }), person.create({ state: 'Approved' })];
    await bench.engine.poll();
    expect(bench.engine.seen).toEqual([
      {
        kind: 'issues-found',
        repo: 'shop-api',
        issues: [{ id: waiting, title: 'Show the delivery date', seq: 1 }],
      },
    ]);
    expect([...bench.engine.tasksOf(waiting), ...bench.engine.tasksOf(other)]).toEqual([]);
  });

  test('100 rounds without a change find nothing', async () => {
    const { person } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('polling alone', issue, 'To Analyse');
    await bench.pass('polling alone', issue);
    await bench.engine.poll();
    const before = bench.engine.seen.length;
    for (let n = 0; n < 100; n += 1) {
      bench.later(120_000);
      const round = await bench.engine.poll();
      expect(round.ok && round.counters.unblocked_total).toBe(0);
    }
    expect(bench.engine.seen.length).toBe(before);
  });

  test('PLANE-65 a failed round records nothing, and the next one finds everything', async () => {
    const { person, plane } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    bench.later(1000);
    person.move(issue, 'To Analyse');
    plane.faults.push({ matches: (_, path) => path.endsWith('/work-items/'), do: { status: 500 }, times: 3 });
    expect((await bench.engine.poll()).ok).toBe(false);
    bench.later(3_600_000);
    expect((await bench.engine.poll()).ok).toBe(true);
    expect(bench.engine.tasksOf(issue)).toHaveLength(1);
  });

  test('inc-26 PLANE-66 finished issues are skipped, archived ones are not looked at', async () => {
    const { person } = await bench.open();
    await bench.engine.poll();
    person.create({ state: 'Done' });
    const archived = person.create({ state: 'To Analyse' });
    person.edit(archived, { archived_at: '2026-11-20' });
    const round = await bench.engine.poll();
    expect(round.ok && round.counters).toMatchObject({
      listed: 1,
      skipped_terminal_total: 1,
      unblocked_total: 0,
    });
    expect(bench.engine.seen).toEqual([]);
  });

  test('Plane down for an hour: writes arrive afterwards in order, superseded statuses are skipped', async () => {
    const { person, plane, statusOf, issueOf } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('polling alone', issue, 'To Analyse');
    plane.faults.push({ matches: () => true, do: { status: 503 }, times: 1000 });
    bench.engine.pass(issue);
    await bench.engine.write();
    bench.later(3_600_000);
    await bench.engine.write();
    plane.faults.splice(0);
    const before = plane.exchanges.length;
    await bench.engine.write();
    expect(statusOf(issue)).toBe('In Review');
    expect(plane.exchanges.slice(before).filter(({ method }) => method === 'PATCH')).toHaveLength(1);
    expect(issueOf(issue).comments.length).toBeGreaterThan(1);
  });

  test('a board with all states still works when polling and webhooks run together', async () => {
    const { person } = await bench.open({ states: ALL_STATES });
    await bench.engine.poll();
    const issue = person.create({});
    bench.later(1000);
    person.move(issue, 'To Analyse');
    await Promise.all([bench.hear('webhooks'), bench.engine.poll()]);
    expect(bench.engine.tasksOf(issue)).toHaveLength(1);
  });
});
