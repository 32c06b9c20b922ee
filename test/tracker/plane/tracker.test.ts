import { afterEach, describe, expect, test } from 'vitest';
import { liftingLabel } from '../../../src/tracker/auto-label.ts';
import { judgeBlockers } from '../../../src/tracker/plane/dependencies.ts';
import { humanAnswer, rejectionReason } from '../../../src/tracker/plane/human-words.ts';
import { PLANE_DEFAULTS } from '../../support/plane/state.ts';
import { createPlaneWorld, type PlaneWorld, type PlaneWorldOptions } from '../../support/plane/world.ts';

let world: PlaneWorld;
const open = async (options: PlaneWorldOptions = {}) => {
  world = await createPlaneWorld(options);
  return world;
};
afterEach(() => world.close());

const countOf = (part: string) => world.plane.exchanges.filter(({ path }) => path.endsWith(part)).length;
const isStates = (_: string, path: string) => path.endsWith('/states/');

describe('PLANE-22 the status map', () => {
  test('inc-39 is read once per TTL and served stale when a refresh fails', async () => {
    let at = 1_000_000;
    const { tracker, person, plane } = await open({ clock: () => at });
    const id = person.create({});
    await tracker.setStatus(id, 'analysis', 'k1');
    await tracker.setStatus(id, 'in_review', 'k2');
    expect(countOf('/states/')).toBe(1);
    at += 300_001;
    plane.faults.push({ matches: isStates, do: { status: 500 }, times: 3 });
    expect((await tracker.setStatus(id, 'architecture', 'k3')).kind).toBe('done');
  });

  test('inc-39 without any map ever, a write waits; a map kept in the database serves after a restart', async () => {
    const { tracker, person, plane, open: reopen, board, statusOf } = await open();
    const id = person.create({});
    plane.faults.push({ matches: isStates, do: { status: 403 }, times: 1 });
    expect((await tracker.setStatus(id, 'analysis', 'k1')).kind).toBe('transient');
    expect((await tracker.setStatus(id, 'analysis', 'k1')).kind).toBe('done');
    plane.faults.push({ matches: isStates, do: { status: 500 }, times: 99 });
    const restarted = reopen(board, 'shop-api');
    expect((await restarted.tracker.setStatus(id, 'in_review', 'k2')).kind).toBe('done');
    expect(statusOf(id)).toBe('In Review');
  });

  test('an unknown state id refreshes at once, at most every 30 s', async () => {
    let at = 1_000_000;
    const { project } = await open({ clock: () => at });
    for (let n = 0; n < 3; n += 1) await project.states.knowing('unknown');
    expect(countOf('/states/')).toBe(2);
    at += 30_001;
    await project.states.knowing('unknown');
    expect(countOf('/states/')).toBe(3);
  });

  test('PLANE-19 a status the project has no state for is skipped', async () => {
    const { tracker, person } = await open({ states: [['Doing', 'started']] });
    expect((await tracker.setStatus(person.create({}), 'done', 'k')).kind).toBe('skipped');
  });

  test('PLANE-26 a write whose state the issue has already is skipped without a call', async () => {
    const { tracker, person, plane } = await open({ states: PLANE_DEFAULTS });
    const id = person.create({});
    await tracker.setStatus(id, 'architecture', 'k1');
    const before = plane.exchanges.length;
    expect((await tracker.setStatus(id, 'development', 'k2')).kind).toBe('skipped');
    expect(plane.exchanges.length).toBe(before);
  });
});

describe('PLANE-54 to PLANE-57 labels', () => {
  const settings = {
    enabled: true,
    inScope: () => true,
    approveLabel: 'autoApprove',
    deployLabel: 'autoDeploy',
  };

  test.each<[string, () => void]>([
    [
      'the issue cannot be read',
      () =>
        world.plane.faults.push({
          matches: (_, path) => path.includes('/work-items/'),
          do: { status: 500 },
          times: 9,
        }),
    ],
    [
      'the labels cannot be read',
      () =>
        world.plane.faults.push({
          matches: (_, path) => path.endsWith('/labels/'),
          do: { status: 500 },
          times: 9,
        }),
    ],
    ['two labels compare equal', () => world.board.labels.push({ id: 'x', name: 'AUTO approve', color: '' })],
    ['the issue has a label nobody knows', () => world.board.issues[0]?.labels.push('unknown')],
  ])('PLANE-57 when %s the human gate stays', async (_, doubt) => {
    const { tracker, person } = await open({ client: { style: 'work-items' } });
    const issue = person.create({});
    person.label(issue, 'autoApprove');
    doubt();
    expect(await tracker.hasLabel(issue, 'autoApprove')).toBe('unknown');
    expect(await liftingLabel(settings, { tracker, repo: 'shop-api', issue, gate: 'approve' })).toBeNull();
  });

  test('PLANE-56 the label list is kept for its TTL, an unknown id refreshes it at once', async () => {
    const { tracker, person } = await open();
    const issue = person.create({});
    person.label(issue, 'urgent');
    await tracker.hasLabel(issue, 'autoApprove');
    await tracker.hasLabel(issue, 'autoApprove');
    expect(countOf('/labels/')).toBe(1);
    person.label(issue, 'autoApprove');
    expect(await tracker.hasLabel(issue, 'autoApprove')).toBe('yes');
    expect(countOf('/labels/')).toBe(2);
  });

  test('PLANE-55 switched off or out of scope means zero calls', async () => {
    const { tracker, person, plane } = await open();
    const issue = person.create({});
    const ask = (change: Partial<typeof settings>) =>
      liftingLabel({ ...settings, ...change }, { tracker, repo: 'shop-api', issue, gate: 'deploy' });
    for (const off of [{ enabled: false }, { inScope: () => false }, { deployLabel: '' }])
      expect(await ask(off)).toBeNull();
    expect(plane.exchanges).toHaveLength(0);
    person.label(issue, 'auto deploy');
    expect(await ask({})).toBe('autoDeploy');
  });
});

describe('PLANE-46 what people wrote', () => {
  test('inc-109 the reason is the newest comment of a person after the request, of all pages', async () => {
    const { tracker, person, issueOf } = await open({ roles: ['analyst'] });
    const id = person.create({});
    person.comment(id, '<p>old words</p>');
    const since = Date.parse(issueOf(id).comments.at(-1)?.created_at ?? '') + 1;
    for (let n = 0; n < 120; n += 1) person.comment(id, `<p>remark ${n}</p>`);
    person.comment(id, '<p>Use <b>VAT</b> &amp; rounding.</p>');
    await tracker.addComment(id, { html: '<p>📐 ours</p>', author: 'analyst', key: 'k' });
    expect(await rejectionReason(tracker, id, { since, lang: 'en' })).toBe('Use VAT & rounding.');
    person.comment(id, `<p>${'x'.repeat(400)}</p>`);
    const long = await rejectionReason(tracker, id, { since, lang: 'en' });
    expect([...long]).toHaveLength(300);
    expect(long.endsWith('…')).toBe(true);
  });

  test('without a comment, or when it cannot be read, the text is fixed', async () => {
    const { tracker, person, plane } = await open();
    const id = person.create({});
    expect(await rejectionReason(tracker, id, { since: 0, lang: 'en' })).toBe('rejected without a comment');
    plane.faults.push({ matches: (_, path) => path.endsWith('/comments/'), do: { status: 500 }, times: 3 });
    expect(await rejectionReason(tracker, id, { since: 0, lang: 'ru' })).toBe('отклонено без комментария');
  });

  test('PIPE-35 a relaunched analyst is given every newer comment of people, oldest first', async () => {
    const { tracker, person } = await open();
    const id = person.create({});
    person.comment(id, '<p>1. yes</p>');
    person.comment(id, '<p>2. no</p>');
    expect(await humanAnswer(tracker, id, 0)).toBe('1. yes\n\n2. no');
  });
});

describe('PLANE-59 to PLANE-63 relations', () => {
  test('a server without relations is remembered for 24 h', async () => {
    let at = 1_000_000;
    const { tracker, person } = await open({ relations: false, clock: () => at });
    const id = person.create({});
    expect((await tracker.listBlockers(id)).kind).toBe('unsupported');
    expect((await tracker.listBlockers(id)).kind).toBe('unsupported');
    expect(countOf('/relations/')).toBe(1);
    at += 24 * 3_600_000 + 1;
    await tracker.listBlockers(id);
    expect(countOf('/relations/')).toBe(2);
  });

  test('PLANE-60 a blocker without a task is judged by its group, an unreadable one by the last known answer', async () => {
    const { project, person, plane } = await open();
    const [withTask, open_, done] = [person.create({}), person.create({}), person.create({ state: 'Done' })];
    const judge = (...ids: string[]) =>
      judgeBlockers({ projects: [project], taskOf: (issue) => (issue === withTask ? 7 : null) }, ids);
    expect(await judge(withTask, open_, done, 'elsewhere')).toEqual({
      tasks: [7],
      issues: [
        { id: open_, name: 'SHOP-002', state: 'open' },
        { id: done, name: 'SHOP-003', state: 'finished' },
        { id: 'elsewhere', name: 'elsewher', state: 'unchecked' },
      ],
    });
    plane.faults.push({
      matches: (_, path) => path.includes('/work-items/'),
      do: { status: 403 },
      times: 99,
    });
    expect(await judge(open_, done, 'elsewhere')).toMatchObject({
      tasks: [],
      issues: [
        { id: open_, state: 'open' },
        { id: done, state: 'finished' },
        { id: 'elsewhere', state: 'unchecked' },
      ],
    });
  });
});

test('PLANE-4 an issue is found by its number for people who ask for it', async () => {
  const { project, person } = await open();
  const ids = [person.create({}), person.create({})];
  expect(await project.find(2)).toEqual({ kind: 'ok', value: ids[1] });
  expect(await project.find(3)).toEqual({ kind: 'ok', value: null });
});
