import { describe, expect, test } from 'vitest';
import { BoardBench } from '../../support/plane/bench.ts';
import { createBoardEngine } from '../../support/plane/engine.ts';
import { ALL_STATES, newProject, newState } from '../../support/plane/state.ts';

const bench = new BoardBench();

describe('projects and boards', () => {
  test('two projects with different state names at once', async () => {
    const { person, plane, shared, ann, open: openProject, statusOf } = await bench.open();
    const ru = newProject(
      'BAZA',
      [
        ['Очередь', 'backlog'],
        ['К анализу', 'unstarted'],
        ['В работе', 'started'],
        ['На согласовании', 'started'],
        ['Согласовано', 'started'],
        ['Готово', 'completed'],
      ],
      [shared, ann],
    );
    plane.projects.push(ru);
    bench.engine.add(
      openProject(ru, 'baza', {
        to_analyse: 'К анализу',
        in_progress: 'В работе',
        in_review: 'На согласовании',
        approved: 'Согласовано',
      }),
    );
    await bench.engine.poll();
    await bench.engine.poll('baza');
    const [shop, baza] = [person.create({}), person.create({ state: 'Очередь' }, ru)];
    bench.later(1000);
    person.move(shop, 'To Analyse');
    person.move(baza, 'К анализу', ru);
    await bench.hear('webhooks');
    expect([bench.engine.taskOf(shop).repo, bench.engine.taskOf(baza).repo]).toEqual(['shop-api', 'baza']);
    expect(bench.engine.taskOf(baza).wid).toBe('BAZA-001');
    await bench.pass('webhooks', shop);
    await bench.pass('webhooks', baza);
    expect([statusOf(shop), statusOf(baza, ru)]).toEqual(['In Review', 'На согласовании']);
    bench.later(1000);
    person.move(baza, 'Согласовано', ru);
    await bench.hear('webhooks');
    expect([bench.engine.taskOf(shop).stage, bench.engine.taskOf(baza).stage]).toEqual([
      'analysis',
      'architecture',
    ]);
    await bench.engine.write();
    expect(statusOf(baza, ru)).toBe('В работе');
  });

  test('control states renamed in mid-task command nothing until the project names them', async () => {
    const { person, board, open: reopen } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    await bench.pass('webhooks', issue);
    const approved = board.states.find(({ name }) => name === 'Approved');
    if (approved) approved.name = 'Looks good';
    bench.later(300_001);
    await bench.move('webhooks', issue, 'Looks good');
    expect(bench.engine.taskOf(issue).activity.kind).toBe('approval');
    await bench.move('webhooks', issue, 'In Review');
    bench.engine.close();
    // A reload with the new name; the database is a new one, so the task begins anew.
    bench.engine = createBoardEngine(
      { ...bench.world, ...reopen(board, 'shop-api', { approved: 'Looks good' }) },
      { now: bench.now },
    );
    await bench.move('webhooks', issue, 'To Analyse');
    await bench.pass('webhooks', issue);
    await bench.move('webhooks', issue, 'Looks good');
    expect(bench.engine.taskOf(issue).stage).toBe('architecture');
  });

  test('PLANE-22 a control state created a moment ago is not swallowed', async () => {
    const { person, board, project } = await bench.open({
      states: ALL_STATES.filter(([name]) => name !== 'Approved'),
    });
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    await bench.pass('webhooks', issue);
    await project.states.knowing('uses up the refresh of this half minute');
    board.states.push(newState('Approved', 'started', 999_999));
    bench.later(1000);
    person.move(issue, 'Approved');
    await bench.hear('webhooks');
    expect(bench.engine.seen.at(-1)).toMatchObject({ kind: 'deferred', reason: 'unknown state' });
    expect((await bench.engine.poll()).ok).toBe(true);
    bench.later(120_000);
    await bench.engine.poll();
    expect(bench.engine.taskOf(issue).stage).toBe('architecture');
  });

  test('inc-38 the Approved of another project in a webhook of ours approves nothing (PLANE-18)', async () => {
    const { person, plane, shared, ann, board, stateOf } = await bench.open();
    const other = newProject('BAZA', ALL_STATES, [shared, ann]);
    plane.projects.push(other);
    await bench.engine.poll();
    const issue = person.create({});
    await bench.move('webhooks', issue, 'To Analyse');
    await bench.pass('webhooks', issue);
    const data = { id: issue, project: board.id, state: stateOf('Approved', other) };
    const activity = { field: 'state', new_value: data.state, old_value: stateOf('In Review') };
    const parsed = bench.engine.inbound.parse(
      { event: 'issue', action: 'updated', data, activity },
      { 'x-plane-delivery': 'd-38' },
    );
    if (!('event' in parsed)) throw new Error(JSON.stringify(parsed));
    await bench.engine.take(await bench.engine.inbound.toEvents(parsed.event));
    expect(bench.engine.taskOf(issue)).toMatchObject({ stage: 'analysis', activity: { kind: 'approval' } });
  });

  test('inc-102 an issue that is only created starts nothing, whoever made it (PIPE-20, PIPE-21)', async () => {
    const { person, plane } = await bench.open();
    await bench.engine.poll();
    const issue = person.create({ name: 'Spend my money', state: 'Todo' });
    expect(plane.deliveries).toHaveLength(1);
    await bench.hear('webhooks');
    await bench.engine.poll();
    expect(bench.engine.tasksOf(issue)).toEqual([]);
  });

  test('inc-105 an unknown project is ignored', async () => {
    await bench.open();
    const payload = { event: 'issue', action: 'updated', data: { id: 'i', project: 'other', state: 's' } };
    expect(bench.engine.inbound.parse(payload, {})).toEqual({ ignored: 'unknown project' });
  });
});
