import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALL_STATES, type FakeProject, newProject } from '../support/plane/state.ts';
import { createPlaneWorld, type PlaneWorld } from '../support/plane/world.ts';
import { type System, startSystem } from '../support/system.ts';
import { until } from '../support/until.ts';

/** The second project calls its control states by names of its own, and has no others than Plane's. */
const OWN_NAMES = { to_analyse: 'Start', approved: 'OK', stop: 'Halt', in_review: 'To read' };
const STORE_STATES = [
  ['Todo', 'unstarted'],
  ['Start', 'unstarted'],
  ['In Progress', 'started'],
  ['To read', 'started'],
  ['OK', 'started'],
  ['Halt', 'started'],
  ['Done', 'completed'],
  ['Cancelled', 'cancelled'],
] as const;
const ORDER = JSON.stringify([{ write: { 'docs/note.md': 'Carriers\n' } }]);
const TEXT = { name: 'Name the carriers', description: `Ordered by the test, word for word.\nDO: ${ORDER}` };

let plane: PlaneWorld;
let store: FakeProject;
let system: System;
let early: string;

beforeAll(async () => {
  plane = await createPlaneWorld({ states: ALL_STATES });
  store = newProject('STORE', STORE_STATES, [plane.shared, plane.ann]);
  plane.plane.projects.push(store);
  early = plane.person.create({ ...TEXT, state: 'To Analyse' });
  system = await startSystem({
    project: { tracker: 'plane', plane_project_id: plane.board.id },
    more: [{ repo: 'store', prefix: 'STORE', plane_project_id: store.id, state_names: OWN_NAMES }],
    settings: {
      ORCH_PLANE_API_URL: plane.plane.url,
      ORCH_PLANE_WORKSPACE_SLUG: 'acme',
      ORCH_PLANE_API_TOKEN: plane.shared.token,
      ORCH_TRACKER_RATE_PER_MIN: '100000',
      ORCH_PLANE_POLL_INTERVAL_S: '1',
      ORCH_PLANE_STATES_TTL_S: '1',
    },
  });
  await rounds(2);
}, 60_000);

afterAll(async () => {
  await system?.close();
  await plane?.close();
});

/** Whole rounds of polling over both projects that begin from now on. */
async function rounds(n: number): Promise<void> {
  const lists = () => plane.plane.exchanges.filter(({ query }) => query.some(([key]) => key === 'order_by'));
  const seen = lists().length;
  await until(() => lists().length >= seen + 2 * (n + 1), { what: `${n} rounds of polling` });
}

const shows = (issue: string, name: string, on = plane.board) =>
  until(() => plane.statusOf(issue, on) === name, {
    get what() {
      return `the board shows ${name}; it shows ${plane.statusOf(issue, on)}`;
    },
    deadlineMs: 120_000,
  });
/** The engine may enter a stage at that moment and write over it before a round has seen it: a person sets it again. */
const stop = (issue: string, name: string, on = plane.board) =>
  until(
    () => {
      if (tasksOf(issue)[0]?.stage === 'cancelled') return true;
      if (plane.statusOf(issue, on) !== name) plane.person.move(issue, name, on);
      return false;
    },
    { what: `${name} stops it`, everyMs: 500, deadlineMs: 120_000 },
  );
const tasksOf = (issue: string) => system.app.parts.house.tasks.ofIssue(issue);
const commentsOf = (issue: string, on = plane.board) =>
  plane.issueOf(issue, on).comments.map(({ comment_html }) => comment_html);

test('PLANE-68 what waits in To Analyse at the first look is not started, but offered', () => {
  expect(tasksOf(early)).toEqual([]);
  const { db } = system.app.parts.house;
  const found = db.$client.prepare(`select value from meta where key = 'plane.found.shop'`).pluck().get();
  expect(JSON.parse(String(found))).toEqual([early]);
});

test('two projects with different state names at once, and control states renamed in mid-task', {
  timeout: 120_000,
}, async () => {
  const [first, behind] = [plane.person.create(TEXT), plane.person.create(TEXT)];
  const other = plane.person.create(TEXT, store);
  plane.person.block(behind, first);
  plane.person.move(first, 'To Analyse');
  plane.person.move(behind, 'To Analyse');
  plane.person.move(other, 'Start', store);
  await shows(first, 'In Review');
  await shows(other, 'To read', store);
  // PLANE-59: blocked from its start, without a branch or a run.
  expect(tasksOf(behind)).toMatchObject([{ prepared: false, activity: { kind: 'dependency' } }]);

  // Renamed in mid-task: the state commands nothing any more, whatever it commanded before.
  const ok = store.states.find(({ name }) => name === 'OK');
  if (!ok) throw new Error('no state OK');
  ok.name = 'Fine';
  await rounds(2);
  plane.person.move(other, 'Fine', store);
  plane.person.move(first, 'Approved');
  await until(() => tasksOf(first)[0]?.stage === 'architecture', { what: 'the first goes on' });
  await rounds(2);
  expect(tasksOf(other)).toMatchObject([{ stage: 'analysis', activity: { kind: 'approval' } }]);
  expect(commentsOf(other, store).some((html) => html.includes('was ignored'))).toBe(false);

  // Named again, it commands; the engine wrote its own statuses all the time.
  ok.name = 'OK';
  await rounds(2);
  plane.person.move(other, 'Todo', store);
  await rounds(1);
  plane.person.move(other, 'OK', store);
  await until(() => tasksOf(other)[0]?.stage === 'architecture', { what: 'the other goes on' });
  await shows(other, 'In Progress', store);

  // STOP by its own name here, by the group there; who waited for it goes on.
  await stop(first, 'Cancelled');
  await stop(other, 'Halt', store);
  await shows(other, 'Cancelled', store);
  await until(() => tasksOf(behind)[0]?.prepared, { what: 'the one behind begins', deadlineMs: 30_000 });
});

test('PLANE-12 a task from HTTP starts while Plane is away; its issue and all comments follow in order', {
  timeout: 60_000,
}, async () => {
  const before = store.issues.length;
  plane.plane.faults.push({ matches: () => true, do: { status: 503 }, times: Number.MAX_SAFE_INTEGER });
  const body = { project: 'store', title: TEXT.name, description: TEXT.description };
  const answer = await system.post('/tasks', body);
  expect(answer.status).toBe(201);
  const { task_id: id, work_item_id: wid } = (await answer.json()) as {
    task_id: number;
    work_item_id: string;
  };
  expect(await (await system.post('/tasks', { ...body, start: false })).json()).toMatchObject({
    error: expect.stringContaining('tracker'),
  });
  expect(system.task(id)).toMatchObject({ stage: 'analysis', issueId: null });
  plane.plane.faults.splice(0);
  const { issueId } = await system.until(
    id,
    'the issue was created',
    (task) => task.issueId !== null,
    40_000,
  );
  expect(store.issues).toHaveLength(before + 1);
  await until(() => commentsOf(issueId ?? '', store).length > 0, { what: 'the first comment' });
  expect(commentsOf(issueId ?? '', store)[0]).toContain('🔍 Analyst started');
  expect(system.task(id).wid).toBe(wid);
  system.command(id, 'stop');
  await shows(issueId ?? '', 'Cancelled', store);
});
