import { afterEach, describe, expect, test } from 'vitest';
import { createPlaneWorld, type PlaneWorld, type PlaneWorldOptions } from '../../support/plane/world.ts';

let world: PlaneWorld;
const open = async (options: PlaneWorldOptions = {}) => {
  world = await createPlaneWorld(options);
  return world;
};
afterEach(() => world.close());

const isPatch = (method: string) => method === 'PATCH';
const isIssue = (method: string, path: string) => method === 'GET' && /items\/[^/]+\/$/.test(path);
const isComment = (method: string, path: string) => method === 'POST' && path.endsWith('/comments/');
const asked = (method: string, part: string) =>
  world.plane.exchanges.filter((one) => one.method === method && one.path.includes(part));

describe('PLANE-1 to PLANE-3 requests', () => {
  test('PLANE-1 every request carries the key, what it accepts and who we are; paths end in /', async () => {
    const { tracker, person, plane, shared } = await open();
    const id = person.create({});
    await tracker.getIssue(id);
    await tracker.setStatus(id, 'analysis', 'k');
    for (const { headers, path, method } of plane.exchanges) {
      expect(headers).toMatchObject({
        'x-api-key': shared.token,
        accept: 'application/json',
        'user-agent': 'Orchestrator/test',
      });
      expect(path.endsWith('/')).toBe(true);
      if (method === 'PATCH') expect(headers['content-type']).toBe('application/json');
    }
  });

  test('PLANE-3 the name of the issue list is asked once per process', async () => {
    const { tracker, person } = await open({ items: 'issues' });
    const id = person.create({});
    await tracker.getIssue(id);
    await tracker.getIssue(id);
    expect(asked('GET', '/work-items/')).toHaveLength(1);
    expect(asked('GET', `/issues/${id}/`)).toHaveLength(2);
  });

  test('PLANE-3 while the server does not answer, nothing is remembered', async () => {
    const { tracker, person, plane } = await open();
    const id = person.create({});
    plane.faults.push({ matches: () => true, do: { status: 503 }, times: 3 });
    expect((await tracker.getIssue(id)).kind).toBe('transient');
    expect((await tracker.getIssue(id)).kind).toBe('ok');
  });
});

describe('TRK-3 failures are values', () => {
  test.each([
    [400, 'permanent'],
    [401, 'permanent'],
    [403, 'permanent'],
    [404, 'not_found'],
    [408, 'transient'],
    [425, 'transient'],
    [429, 'transient'],
    [500, 'transient'],
    [503, 'transient'],
  ] as const)('HTTP %i on a read is %s', async (status, kind) => {
    const { tracker, person, plane } = await open();
    const id = person.create({});
    plane.faults.push({ matches: isIssue, do: { status }, times: 3 });
    expect((await tracker.getIssue(id)).kind).toBe(kind);
  });

  test.each(['drop', 'hang'] as const)(
    'PLANE-2 a line that does %s is transient, and a read is tried three times',
    async (fault) => {
      const sleeps: number[] = [];
      const { tracker, person, plane } = await open({
        client: { timeoutMs: 50 },
        sleep: async (ms) => void sleeps.push(ms),
      });
      const id = person.create({});
      plane.faults.push({ matches: isIssue, do: fault, times: 3 });
      expect((await tracker.getIssue(id)).kind).toBe('transient');
      expect(sleeps).toEqual([1000, 3000]);
      expect((await tracker.getIssue(id)).kind).toBe('ok');
    },
  );

  test('PLANE-2 a write is not repeated here: the outbox does that', async () => {
    const { tracker, person, plane } = await open();
    const id = person.create({});
    plane.faults.push({ matches: isPatch, do: { status: 502 } });
    expect((await tracker.setStatus(id, 'analysis', 'k')).kind).toBe('transient');
    expect(asked('PATCH', id)).toHaveLength(1);
  });

  test('an answer that is not JSON, or no list, is permanent and never an empty list', async () => {
    const { tracker, plane } = await open();
    plane.faults.push({
      matches: (_, path) => path.endsWith('/states/'),
      do: { status: 200, body: { detail: 'x' } },
    });
    expect((await tracker.statusMap()).kind).toBe('permanent');
  });

  test('PLANE-8 all pages are read, up to the limit', async () => {
    const { tracker, person } = await open({ client: { maxPages: 2 } });
    for (let n = 0; n < 205; n += 1) person.create({ name: `Issue number ${n}` });
    const read = await tracker.listChanged(0);
    expect(read.kind === 'ok' && read.value.length).toBe(200);
  });
});

describe('PLANE-9 the request limit', () => {
  test('a 429 closes the door for as long as it says, 60 s without a word', async () => {
    let at = 1_000_000;
    const { tracker, person, plane } = await open({ clock: () => at });
    const id = person.create({});
    await tracker.getIssue(id);
    plane.faults.push({ matches: isIssue, do: { status: 429, headers: { 'retry-after': '20' } } });
    expect(await tracker.getIssue(id)).toMatchObject({ kind: 'transient', retryAfterS: 20 });
    at += 10_000;
    const before = plane.exchanges.length;
    expect(await tracker.getIssue(id)).toMatchObject({ kind: 'transient', retryAfterS: 10 });
    expect(plane.exchanges.length).toBe(before);
    at += 10_000;
    expect((await tracker.getIssue(id)).kind).toBe('ok');
    plane.faults.push({ matches: isIssue, do: { status: 429 } });
    expect(await tracker.getIssue(id)).toMatchObject({ kind: 'transient', retryAfterS: 60 });
  });

  test('an empty budget waits until its reset', async () => {
    let at = 1_000_000;
    const { tracker, person, plane } = await open({ clock: () => at });
    const id = person.create({});
    await tracker.getIssue(id);
    plane.limit = { remaining: 1, resetAt: 1_030 };
    expect((await tracker.setStatus(id, 'analysis', 'k')).kind).toBe('done');
    expect(await tracker.setStatus(id, 'blocked', 'k')).toMatchObject({ kind: 'transient', retryAfterS: 30 });
    at = 1_030_000;
    plane.limit = null;
    expect((await tracker.setStatus(id, 'blocked', 'k')).kind).toBe('done');
  });

  test('at most so many requests a minute, and polling stops before refetches do', async () => {
    let at = 1_000_000;
    const { tracker, person, plane } = await open({
      clock: () => at,
      client: { ratePerMin: 10, style: 'work-items' },
    });
    const id = person.create({});
    for (let n = 0; n < 9; n += 1) expect((await tracker.getIssue(id)).kind).not.toBe('not_found');
    const sent = plane.exchanges.length;
    expect((await tracker.listChanged(0)).kind).toBe('transient');
    expect((await tracker.getIssue(id)).kind).toBe(sent < 10 ? 'ok' : 'transient');
    expect(plane.exchanges.length).toBeLessThanOrEqual(10);
    at += 60_001;
    expect((await tracker.listChanged(0)).kind).toBe('ok');
  });
});

describe('PLANE-13, PLANE-14 tokens', () => {
  const post = (author: string, key: string) =>
    world.tracker.addComment(world.board.issues[0]?.id ?? '', { html: '<p>x</p>', author, key });
  const tokensOf = (kind: typeof isComment) =>
    world.plane.exchanges
      .filter(({ method, path }) => kind(method, path))
      .map(({ headers }) => headers['x-api-key']);

  test.each(['analyst', 'architect', 'developer', 'reviewer', 'tester', 'deployer', 'stream'])(
    'a comment of %s goes out under its own token, everything else under the shared one',
    async (role) => {
      const { person, bots, shared, plane, tracker } = await open({ roles: [role] });
      const id = person.create({});
      expect(await post(role, 'k1')).toEqual({ kind: 'done' });
      expect(await post('somebody', 'k2')).toEqual({ kind: 'done' });
      expect(tokensOf(isComment)).toEqual([bots[role]?.token, shared.token]);
      await tracker.setStatus(id, 'analysis', 'k');
      const rest = plane.exchanges.filter(({ method, path }) => !isComment(method, path));
      expect(new Set(rest.map(({ headers }) => headers['x-api-key']))).toEqual(new Set([shared.token]));
    },
  );

  test('a refused role token falls back to the shared one and rests for an hour', async () => {
    let at = 1_000_000;
    const { person, bots, shared, board, tracker } = await open({ roles: ['tester'], clock: () => at });
    person.create({});
    board.members = board.members.filter((id) => id !== bots.tester?.id);
    expect(await post('tester', 'k1')).toEqual({ kind: 'done' });
    expect(await post('tester', 'k2')).toEqual({ kind: 'done' });
    expect(tokensOf(isComment)).toEqual([bots.tester?.token, shared.token, shared.token]);
    expect(tracker.refusedRoles()).toEqual(['tester']);
    at += 3_600_001;
    board.members.push(bots.tester?.id ?? '');
    await post('tester', 'k3');
    expect(tokensOf(isComment).at(-1)).toBe(bots.tester?.token);
    expect(tracker.refusedRoles()).toEqual([]);
  });

  test('PLANE-6 a comment that arrived although its answer was lost is not written twice', async () => {
    const { person, plane, issueOf } = await open();
    const id = person.create({});
    plane.faults.push({ matches: isComment, do: 'drop-after' });
    expect((await post('analyst', 'k1')).kind).toBe('transient');
    expect((await post('analyst', 'k1')).kind).toBe('skipped');
    expect((await post('analyst', 'k1')).kind).toBe('skipped');
    expect(issueOf(id).comments).toHaveLength(1);
  });
});

test('PLANE-11 a link leads to the board of the project, and to nowhere on loopback', async () => {
  const { tracker, board } = await open();
  expect(tracker.issueUrl('i1')).toBe(`https://plane.example.org/acme/projects/${board.id}/issues/i1/`);
});
