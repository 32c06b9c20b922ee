import { describe, expect, it } from 'vitest';
import { createBlockerStore } from '../../src/db/blockers.ts';
import { createRepoGates } from '../../src/db/repo-gates.ts';
import { command, type Store, started, storeOf } from './store.ts';

/** Applies what the outbox holds for other tasks, as the dispatcher does. */
function settle(house: Store): void {
  for (let round = 0; round < 20; round += 1) {
    const due = house.outbox.due(9e15, 1000).filter(({ payload }) => payload.kind === 'emit');
    if (due.length === 0) return;
    for (const { id, payload } of due) {
      if (payload.kind === 'emit') house.engine.apply(payload.event);
      house.outbox.sent([id], 1);
    }
  }
}

const wid = (n: number): string => `SHOP-${String(n).padStart(3, '0')}`;
const stateOf = (house: Store, n: number): string => {
  const { activity } = house.tasks.get(n) ?? {};
  return activity?.kind === 'blocked' ? `blocked ${activity.cause}` : (activity?.kind ?? '');
};
const states = (house: Store, ...ids: number[]): string[] => ids.map((n) => stateOf(house, n));

function depend(house: Store, task: number, on: number, more: { remove?: boolean } = {}) {
  const { remove = false } = more;
  const actor = { surface: 'http', id: 'x', name: 'Ada', role: 'owner' } as const;
  const outcome = house.engine.apply(
    command(task, 'depend', { actor, args: { dependency: { on: wid(on), remove } } }),
  );
  settle(house);
  return outcome;
}

/** Stops a task to its end: an ended task satisfies whoever depends on it. */
function end(house: Store, task: number): void {
  house.engine.apply(command(task, 'stop'));
  const steps = [{ step: 'stop', outcome: 'passed', reason: '', evidence: {} }] as const;
  const target = { task };
  house.engine.apply({
    kind: 'fact',
    name: 'stage-settled',
    key: `end-${task}`,
    at: 6_000,
    target,
    data: { steps },
  });
  settle(house);
}

/** Tasks that are held back from the start by what they depend on: edges first, then the launch is judged again. */
function waiting(edges: [task: number, on: number][], n: number): Store {
  const house = storeOf();
  const gates = createRepoGates(house.db, house.outbox);
  gates.pause({ repo: 'shop', by: 'Ada', at: 1 });
  for (let id = 1; id <= n; id += 1) started(house, id);
  for (const [task, on] of edges) depend(house, task, on);
  gates.resume({ repo: 'shop', by: 'Ada', at: 2 });
  settle(house);
  return house;
}

describe('Dependencies: chain, diamond, cycle by command, unreadable table (REC-100 to REC-106)', () => {
  it('a chain runs one after the other', () => {
    const house = waiting(
      [
        [2, 1],
        [3, 2],
      ],
      3,
    );
    expect(states(house, 1, 2, 3)).toEqual(['working', 'dependency', 'dependency']);
    end(house, 1);
    expect(states(house, 2, 3)).toEqual(['working', 'dependency']);
    end(house, 2);
    expect(stateOf(house, 3)).toBe('working');
  });

  it('the foot of a diamond waits for both sides', () => {
    const house = waiting(
      [
        [2, 1],
        [3, 1],
        [4, 2],
        [4, 3],
      ],
      4,
    );
    expect(states(house, 1, 2, 3, 4)).toEqual(['working', 'dependency', 'dependency', 'dependency']);
    end(house, 1);
    expect(states(house, 2, 3, 4)).toEqual(['working', 'working', 'dependency']);
    end(house, 2);
    expect(stateOf(house, 4)).toBe('dependency');
    end(house, 3);
    expect(stateOf(house, 4)).toBe('working');
  });

  it('a cycle by command is refused naming the path, and no edge is made', () => {
    const house = waiting(
      [
        [2, 1],
        [3, 2],
      ],
      3,
    );
    const refused = depend(house, 1, 3);
    expect(refused).toMatchObject({
      ok: false,
      message: expect.stringContaining('SHOP-001 → SHOP-003 → SHOP-002 → SHOP-001'),
    });
    end(house, 1);
    expect(stateOf(house, 2)).toBe('working');
  });

  it('inc-87 a cycle by ingest blocks every task on it and pings once; removing any edge releases them', () => {
    const house = waiting([], 3);
    const relations = createBlockerStore(house.db, house.outbox);
    const say = (task: number, on: number[]): void => {
      relations.replace(task, { tasks: on, issues: [] }, 5_000);
      settle(house);
    };
    say(1, [2]);
    say(2, [3]);
    say(3, [1]);
    expect(states(house, 1, 2, 3)).toEqual(Array(3).fill('blocked dep-cycle'));
    const pings = house.db.$client
      .prepare(
        "select task from outbox where kind = 'ping' and json_extract(payload, '$.ping') = 'dep-cycle'",
      )
      .all();
    expect(pings).toHaveLength(1);
    say(2, []);
    expect(states(house, 1, 2, 3)).not.toContain('blocked dep-cycle');
    expect(stateOf(house, 2)).toBe('working');
  });

  it('inc-111 a cancelled predecessor satisfies the dependency and is named once', () => {
    const house = waiting([[2, 1]], 2);
    end(house, 1);
    const named = house.db.$client
      .prepare(
        "select json_extract(payload, '$.params.dep') from outbox where task = 2 and json_extract(payload, '$.ping') = 'dep-cancelled'",
      )
      .pluck()
      .all();
    expect([stateOf(house, 2), named]).toEqual(['working', ['SHOP-001']]);
  });

  it('an unreadable table holds nobody back, and is told each time (REC-104)', () => {
    const told: string[] = [];
    const unreadable = (what: string, error: unknown) =>
      void told.push(`${what}: ${(error as Error).message}`);
    const house = storeOf(':memory:', { unreadable });
    started(house, 1);
    house.db.$client.exec('drop table dependencies');
    expect(told).toEqual([]);
    expect(started(house, 2).activity.kind).toBe('working');
    expect(told[0]).toBe('dependencies: no such table: dependencies');
  });
});

describe('Serial gate: batch of 3 runs 1, 2, 3; unreadable freeze = frozen (REC-110 to REC-114)', () => {
  it('a batch of three runs in order, also while one waits for a person', () => {
    const house = storeOf(':memory:', { serial: true });
    for (const n of [1, 2, 3]) started(house, n);
    expect(states(house, 1, 2, 3)).toEqual(['working', 'serial', 'serial']);
    house.engine.apply({
      kind: 'fact',
      name: 'step-faulted',
      key: 'f',
      at: 5_000,
      target: { task: 1 },
      data: { step: 'prepare', reason: 'disk full', attempts: 3 },
    });
    settle(house);
    expect(states(house, 1, 2, 3)).toEqual(['blocked step-faulted', 'serial', 'serial']);
    end(house, 1);
    expect(states(house, 2, 3)).toEqual(['working', 'serial']);
    end(house, 2);
    expect(stateOf(house, 3)).toBe('working');
  });

  it('nothing is prepared while a task waits for its turn (REC-112)', () => {
    const house = storeOf(':memory:', { serial: true });
    started(house, 1);
    started(house, 2);
    const jobs = house.outbox.due(9e15, 100).filter(({ kind, task }) => kind === 'run-stage' && task === 2);
    expect([jobs, house.tasks.get(2)?.prepared]).toEqual([[], false]);
  });

  it('freezes that cannot be read freeze', () => {
    const house = storeOf();
    started(house, 1);
    house.db.$client.exec('drop table freezes');
    expect(started(house, 2).activity.kind).toBe('frozen');
  });
});
