import { afterEach, describe, expect, test } from 'vitest';
import { labelCommand } from '../../../src/tracker/label-command.ts';
import { type BoardEngine, createBoardEngine } from '../../support/plane/engine.ts';
import { ALL_STATES, newProject, newState } from '../../support/plane/state.ts';
import { createPlaneWorld, type PlaneWorld, type PlaneWorldOptions } from '../../support/plane/world.ts';

let world: PlaneWorld;
let engine: BoardEngine;
let at = Date.parse('2026-11-20T10:00:00Z');
const now = () => at;
const later = (ms: number) => {
  at += ms;
};

const open = async (options: PlaneWorldOptions = {}) => {
  at = Date.parse('2026-11-20T10:00:00Z');
  world = await createPlaneWorld({ now, clock: now, client: { ratePerMin: 100_000 }, ...options });
  engine = createBoardEngine(world, { now });
  return world;
};
afterEach(async () => {
  engine.close();
  await world.close();
});

/** How changes reach the engine: every webhook twice, or polling alone. */
const WAYS = {
  webhooks: async () => {
    const fresh = world.plane.deliveries.splice(0);
    await engine.receive([...fresh, ...fresh]);
  },
  'polling alone': async () => {
    world.plane.deliveries.splice(0);
    await engine.poll();
  },
} as const;
type Way = keyof typeof WAYS;

/** A person moves the issue; the engine hears of it and writes what follows. */
async function move(way: Way, issue: string, state: string): Promise<void> {
  later(30_000);
  world.person.move(issue, state);
  await WAYS[way]();
  await engine.write();
  await WAYS[way]();
  later(30_000);
}

/** An attempt ends well; the board follows. */
async function pass(way: Way, issue: string): Promise<void> {
  const outcome = engine.pass(issue);
  if (!outcome.ok) throw new Error(outcome.message);
  later(1000);
  await engine.write();
  await WAYS[way]();
}

describe.each(Object.keys(WAYS) as Way[])('a task driven only from the board, by %s', (way) => {
  test.each(['v1', 'v2'] as const)('dialect %s: from To Analyse to Done', async (dialect) => {
    const { person, plane, statusOf, issueOf } = await open();
    plane.hook.dialect = dialect;
    plane.hook.partial = dialect === 'v2';
    await engine.poll();
    const issue = person.create({});
    await move(way, issue, 'To Analyse');
    expect(engine.taskOf(issue)).toMatchObject({
      stage: 'analysis',
      wid: 'SHOP-001',
      title: 'Show the delivery date',
    });
    await pass(way, issue);
    expect(statusOf(issue)).toBe('In Review');
    await move(way, issue, 'Approved');
    for (const status of ['Architecture', 'Development', 'Code Review', 'Testing', 'Staging']) {
      expect(statusOf(issue)).toBe(status);
      await pass(way, issue);
    }
    expect(statusOf(issue)).toBe('Awaiting Deploy');
    await move(way, issue, 'Confirm Deploy');
    expect(statusOf(issue)).toBe('Deploying');
    await pass(way, issue);
    expect(engine.taskOf(issue).stage).toBe('done');
    expect(statusOf(issue)).toBe('Monitoring after Deploy');
    const own = issueOf(issue).comments.map(({ external_id }) => external_id);
    expect(new Set(own).size).toBe(own.length);
    expect(own.filter((key) => key?.includes(':started'))).toHaveLength(1);
    expect(own.some((key) => key?.includes('ignored'))).toBe(false);
  });

  test('Rejected sends it back with the newest comment as the reason', async () => {
    const { person, issueOf } = await open();
    await engine.poll();
    const issue = person.create({});
    await move(way, issue, 'To Analyse');
    await pass(way, issue);
    later(1000);
    person.comment(issue, '<p>Carriers are missing.</p>');
    await move(way, issue, 'Rejected');
    expect(engine.taskOf(issue)).toMatchObject({ stage: 'analysis', attempt: 2 });
    expect(engine.taskOf(issue).words.at(-1)).toMatchObject({
      kind: 'reject',
      text: 'Carriers are missing.',
    });
    expect(issueOf(issue).comments.at(-1)?.comment_html).toContain('Reason: Carriers are missing.');
  });

  test('To Analyse after questions relaunches the analyst with the answers', async () => {
    const { person, statusOf } = await open();
    await engine.poll();
    const issue = person.create({});
    await move(way, issue, 'To Analyse');
    engine.end(issue, {
      step: 'gate.analysis_complete',
      outcome: 'needs-input',
      reason: '2 questions',
      evidence: { questions: 2, text: 'Which?' },
    });
    await engine.write();
    expect(statusOf(issue)).toBe('Needs Input');
    await WAYS[way]();
    later(1000);
    person.comment(issue, '<p>Both.</p>');
    await move(way, issue, 'To Analyse');
    expect(engine.taskOf(issue)).toMatchObject({ stage: 'analysis', attempt: 2 });
    expect(engine.taskOf(issue).words.at(-1)).toMatchObject({ kind: 'answer', text: 'Both.' });
  });

  test.each(['STOP', 'Cancelled'])(
    '%s stops it, and the engine’s own Cancelled does not stop it twice',
    async (state) => {
      const { person, statusOf } = await open();
      await engine.poll();
      const issue = person.create({});
      await move(way, issue, 'To Analyse');
      await move(way, issue, state);
      expect(engine.taskOf(issue).activity.kind).toBe('stopping');
      engine.stopped(issue);
      await engine.write();
      await WAYS[way]();
      expect(engine.taskOf(issue).stage).toBe('cancelled');
      expect(statusOf(issue)).toBe('Cancelled');
      later(1000);
      await move(way, issue, 'To Analyse');
      expect(engine.tasksOf(issue).map(({ stage }) => stage)).toEqual(['cancelled', 'analysis']);
    },
  );

  test('Approved where nothing waits is answered once an hour and evaluates nothing', async () => {
    const { person, issueOf } = await open();
    await engine.poll();
    const issue = person.create({});
    await move(way, issue, 'To Analyse');
    const before = engine.taskOf(issue);
    for (let n = 0; n < 3; n += 1) {
      await move(way, issue, 'Approved');
      await move(way, issue, 'Todo');
    }
    expect(engine.taskOf(issue)).toEqual(before);
    const ignored = issueOf(issue).comments.filter(({ comment_html }) =>
      comment_html.includes('was ignored'),
    );
    expect(ignored.map(({ comment_html }) => comment_html)).toEqual([
      '<p>ℹ️ Status Approved was ignored: nothing waits for an approval.</p>',
    ]);
    later(3_600_000);
    await move(way, issue, 'Approved');
    expect(
      issueOf(issue).comments.filter(({ comment_html }) => comment_html.includes('was ignored')),
    ).toHaveLength(2);
  });

  test.each([
    ['a title of 4 characters', { name: 'Cart' }, 'Title is too short: 4 characters, at least 5'],
    ['a title of 81 characters', { name: 'x'.repeat(81) }, 'Title is too long: 81 characters, at most 80'],
    ['an empty description', { description: ' ' }, 'Description is too short: 0 characters, at least 20'],
  ])('QG-0: %s gets one comment and Blocked, and no task', async (_, text, problem) => {
    const { person, issueOf, statusOf } = await open();
    await engine.poll();
    const issue = person.create(text);
    await move(way, issue, 'To Analyse');
    expect(engine.tasksOf(issue)).toEqual([]);
    expect(statusOf(issue)).toBe('Blocked');
    expect(issueOf(issue).comments.map(({ comment_html }) => comment_html)).toEqual([
      `<p>⚠️ QG-0 failed:</p><ul><li>${problem}</li></ul>`,
    ]);
    person.edit(issue, {
      name: 'Show the delivery date',
      description_html: '<p>The cart shows when it arrives.</p>',
    });
    await move(way, issue, 'To Analyse');
    expect(engine.taskOf(issue).stage).toBe('analysis');
  });
});

describe('PLANE-29 own writes', () => {
  test('an echo that comes before the answer, after it, twice or days later has no effect', async () => {
    const { person, plane, tracker } = await open();
    await engine.poll();
    const issue = person.create({});
    await move('webhooks', issue, 'To Analyse');
    plane.weather = { lose: false, copies: 2, hold: false };
    plane.faults.push({ matches: (method) => method === 'PATCH', do: 'drop-after' });
    expect((await tracker.setStatus(issue, 'in_review', 'k')).kind).toBe('transient');
    const before = engine.taskOf(issue);
    const echoes = plane.deliveries.splice(0);
    expect(echoes).toHaveLength(2);
    await engine.receive(echoes);
    expect((await tracker.setStatus(issue, 'in_review', 'k')).kind).not.toBe('permanent');
    later(3 * 86_400_000);
    await engine.receive([...echoes].reverse());
    await engine.poll();
    expect(engine.taskOf(issue)).toEqual(before);
    expect(new Set(engine.seen.slice(-2).map(({ kind }) => kind))).not.toContain('event');
  });

  test('the engine’s own Approved, written for a label, commands nothing', async () => {
    const { person, tracker } = await open();
    await engine.poll();
    const issue = person.create({});
    await move('webhooks', issue, 'To Analyse');
    await pass('webhooks', issue);
    const before = engine.taskOf(issue);
    await tracker.setStatus(issue, 'approved', 'k');
    await WAYS.webhooks();
    await WAYS['polling alone']();
    expect(engine.taskOf(issue)).toEqual(before);
  });
});

describe('PLANE-58 labels on the board', () => {
  const settings = {
    enabled: true,
    inScope: () => true,
    approveLabel: 'autoApprove',
    deployLabel: 'autoDeploy',
  };
  const ask = async (issue: string) => {
    const event = await labelCommand(settings, world.tracker, { task: engine.taskOf(issue), at });
    return event === null ? null : engine.engine.apply(event);
  };

  test('a label lifts its own human gate and no other, and its own status write is inert', async () => {
    const { person, issueOf, tracker } = await open();
    await engine.poll();
    const issue = person.create({});
    await move('webhooks', issue, 'To Analyse');
    expect(await ask(issue)).toBeNull();
    await pass('webhooks', issue);
    expect(await ask(issue)).toBeNull();
    later(1000);
    person.label(issue, 'auto-approve');
    await WAYS.webhooks();
    expect(engine.seen.at(-1)).toMatchObject({ kind: 'wake', issue });
    expect(await ask(issue)).toMatchObject({ ok: true });
    expect(engine.taskOf(issue).stage).toBe('architecture');
    await tracker.setStatus(issue, 'approved', 'k');
    await WAYS.webhooks();
    await engine.write();
    expect(engine.taskOf(issue).stage).toBe('architecture');
    expect(issueOf(issue).comments.at(-1)?.comment_html).toBe('<p>🤖 Approved by the label autoApprove.</p>');
    for (let n = 0; n < 5; n += 1) await pass('webhooks', issue);
    expect(engine.taskOf(issue).activity.kind).toBe('confirm');
    expect(await ask(issue)).toBeNull();
  });
});

describe('deliveries in bad weather', () => {
  test('reordered, repeated and late deliveries come to the same as good ones', async () => {
    const { person, plane } = await open();
    await engine.poll();
    plane.weather = { lose: false, copies: 2, hold: true };
    const issue = person.create({});
    later(1000);
    person.move(issue, 'Todo');
    later(1000);
    person.move(issue, 'To Analyse');
    later(60_000);
    await plane.release('reversed');
    await WAYS.webhooks();
    expect(engine.tasksOf(issue)).toHaveLength(1);
    expect(engine.seen.filter(({ kind }) => kind === 'start')).toHaveLength(1);
  });

  test('PLANE-28 an issue that cannot be fetched is deferred, and polling brings it', async () => {
    const { person, plane } = await open({ client: { ratePerMin: 100_000, style: 'work-items' } });
    await engine.poll();
    const issue = person.create({});
    later(1000);
    person.move(issue, 'To Analyse');
    plane.faults.push({ matches: (_, path) => path.includes(`/${issue}/`), do: { status: 500 }, times: 12 });
    await engine.receive(plane.deliveries.splice(0));
    expect(engine.seen.at(-1)).toMatchObject({ kind: 'deferred', issue });
    expect(engine.tasksOf(issue)).toEqual([]);
    await engine.poll();
    expect(engine.tasksOf(issue)).toHaveLength(1);
  });

  test('PLANE-37 a late “created” does not swallow the command that came with it', async () => {
    const { person, plane } = await open();
    await engine.poll();
    plane.weather.hold = true;
    const issue = person.create({ state: 'To Analyse' });
    await plane.release();
    await WAYS.webhooks();
    expect(engine.tasksOf(issue)).toEqual([]);
    await engine.poll();
    expect(engine.tasksOf(issue)).toHaveLength(1);
  });

  test('PLANE-45 a deleted issue leaves its task running and asks a person', async () => {
    const { person, plane } = await open();
    await engine.poll();
    const issue = person.create({});
    await move('webhooks', issue, 'To Analyse');
    const body = JSON.stringify({ event: 'issue', action: 'deleted', data: { id: issue } });
    await engine.receive([{ body, headers: {} }]);
    expect(engine.seen.at(-1)).toMatchObject({
      kind: 'event',
      event: { name: 'tracker-changed', data: { deleted: true } },
    });
    expect(engine.taskOf(issue).stage).toBe('analysis');
    expect(plane.projects).toHaveLength(1);
  });

  test('PLANE-59 a relation event reads what blocks the task', async () => {
    const { person, board } = await open();
    await engine.poll();
    const [issue, blocker] = [person.create({}), person.create({})];
    await move('webhooks', issue, 'To Analyse');
    person.block(issue, blocker);
    const body = JSON.stringify({
      event: 'workitem.relation.created',
      entity_id: issue,
      data: { project: board.id },
    });
    await engine.receive([{ body, headers: {} }]);
    expect(engine.seen.at(-1)).toMatchObject({ kind: 'blockers', ids: [blocker] });
  });
});

describe('projects and boards', () => {
  test('two projects with different state names at once', async () => {
    const { person, plane, shared, ann, open: openProject, statusOf } = await open();
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
    engine.add(
      openProject(ru, 'baza', {
        to_analyse: 'К анализу',
        in_progress: 'В работе',
        in_review: 'На согласовании',
        approved: 'Согласовано',
      }),
    );
    await engine.poll();
    await engine.poll('baza');
    const [shop, baza] = [person.create({}), person.create({ state: 'Очередь' }, ru)];
    later(1000);
    person.move(shop, 'To Analyse');
    person.move(baza, 'К анализу', ru);
    await WAYS.webhooks();
    expect([engine.taskOf(shop).repo, engine.taskOf(baza).repo]).toEqual(['shop-api', 'baza']);
    expect(engine.taskOf(baza).wid).toBe('BAZA-001');
    await pass('webhooks', shop);
    await pass('webhooks', baza);
    expect([statusOf(shop), statusOf(baza, ru)]).toEqual(['In Review', 'На согласовании']);
    later(1000);
    person.move(baza, 'Согласовано', ru);
    await WAYS.webhooks();
    expect([engine.taskOf(shop).stage, engine.taskOf(baza).stage]).toEqual(['analysis', 'architecture']);
    await engine.write();
    expect(statusOf(baza, ru)).toBe('В работе');
  });

  test('control states renamed in mid-task command nothing until the project names them', async () => {
    const { person, board, open: reopen } = await open();
    await engine.poll();
    const issue = person.create({});
    await move('webhooks', issue, 'To Analyse');
    await pass('webhooks', issue);
    const approved = board.states.find(({ name }) => name === 'Approved');
    if (approved) approved.name = 'Looks good';
    later(300_001);
    await move('webhooks', issue, 'Looks good');
    expect(engine.taskOf(issue).activity.kind).toBe('approval');
    await move('webhooks', issue, 'In Review');
    engine.close();
    // A reload with the new name; the database is a new one, so the task begins anew.
    engine = createBoardEngine(
      { ...world, ...reopen(board, 'shop-api', { approved: 'Looks good' }) },
      { now },
    );
    await move('webhooks', issue, 'To Analyse');
    await pass('webhooks', issue);
    await move('webhooks', issue, 'Looks good');
    expect(engine.taskOf(issue).stage).toBe('architecture');
  });

  test('PLANE-22 a control state created a moment ago is not swallowed', async () => {
    const { person, board, project } = await open({
      states: ALL_STATES.filter(([name]) => name !== 'Approved'),
    });
    await engine.poll();
    const issue = person.create({});
    await move('webhooks', issue, 'To Analyse');
    await pass('webhooks', issue);
    await project.states.knowing('uses up the refresh of this half minute');
    board.states.push(newState('Approved', 'started', 999_999));
    later(1000);
    person.move(issue, 'Approved');
    await WAYS.webhooks();
    expect(engine.seen.at(-1)).toMatchObject({ kind: 'deferred', reason: 'unknown state' });
    expect((await engine.poll()).ok).toBe(true);
    later(120_000);
    await engine.poll();
    expect(engine.taskOf(issue).stage).toBe('architecture');
  });

  test('an unknown project is ignored', async () => {
    await open();
    const payload = { event: 'issue', action: 'updated', data: { id: 'i', project: 'other', state: 's' } };
    expect(engine.inbound.parse(payload, {})).toEqual({ ignored: 'unknown project' });
  });
});

describe('PLANE-64 to PLANE-68 polling', () => {
  test('the first round starts nothing and lists what waits in To Analyse', async () => {
    const { person } = await open();
    const [waiting, other] = [person.create({ state: 'To Analyse' }), person.create({ state: 'Approved' })];
    await engine.poll();
    expect(engine.seen).toEqual([
      {
        kind: 'issues-found',
        repo: 'shop-api',
        issues: [{ id: waiting, title: 'Show the delivery date', seq: 1 }],
      },
    ]);
    expect([...engine.tasksOf(waiting), ...engine.tasksOf(other)]).toEqual([]);
  });

  test('100 rounds without a change find nothing', async () => {
    const { person } = await open();
    await engine.poll();
    const issue = person.create({});
    await move('polling alone', issue, 'To Analyse');
    await pass('polling alone', issue);
    await engine.poll();
    const before = engine.seen.length;
    for (let n = 0; n < 100; n += 1) {
      later(120_000);
      const round = await engine.poll();
      expect(round.ok && round.counters.unblocked_total).toBe(0);
    }
    expect(engine.seen.length).toBe(before);
  });

  test('PLANE-65 a failed round records nothing, and the next one finds everything', async () => {
    const { person, plane } = await open();
    await engine.poll();
    const issue = person.create({});
    later(1000);
    person.move(issue, 'To Analyse');
    plane.faults.push({ matches: (_, path) => path.endsWith('/work-items/'), do: { status: 500 }, times: 3 });
    expect((await engine.poll()).ok).toBe(false);
    later(3_600_000);
    expect((await engine.poll()).ok).toBe(true);
    expect(engine.tasksOf(issue)).toHaveLength(1);
  });

  test('PLANE-66 finished issues are skipped, archived ones are not looked at', async () => {
    const { person } = await open();
    await engine.poll();
    person.create({ state: 'Done' });
    const archived = person.create({ state: 'To Analyse' });
    person.edit(archived, { archived_at: '2026-11-20' });
    const round = await engine.poll();
    expect(round.ok && round.counters).toMatchObject({
      listed: 1,
      skipped_terminal_total: 1,
      unblocked_total: 0,
    });
    expect(engine.seen).toEqual([]);
  });

  test('Plane down for an hour: writes arrive afterwards in order, superseded statuses are skipped', async () => {
    const { person, plane, statusOf, issueOf } = await open();
    await engine.poll();
    const issue = person.create({});
    await move('polling alone', issue, 'To Analyse');
    plane.faults.push({ matches: () => true, do: { status: 503 }, times: 1000 });
    engine.pass(issue);
    await engine.write();
    later(3_600_000);
    await engine.write();
    plane.faults.splice(0);
    const before = plane.exchanges.length;
    await engine.write();
    expect(statusOf(issue)).toBe('In Review');
    expect(plane.exchanges.slice(before).filter(({ method }) => method === 'PATCH')).toHaveLength(1);
    expect(issueOf(issue).comments.length).toBeGreaterThan(1);
  });

  test('a board with all states still works when polling and webhooks run together', async () => {
    const { person } = await open({ states: ALL_STATES });
    await engine.poll();
    const issue = person.create({});
    later(1000);
    person.move(issue, 'To Analyse');
    await Promise.all([WAYS.webhooks(), engine.poll()]);
    expect(engine.tasksOf(issue)).toHaveLength(1);
  });
});
