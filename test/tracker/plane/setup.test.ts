import { afterEach, describe, expect, test } from 'vitest';
import { applyInit, planInit } from '../../../src/tracker/plane/init.ts';
import { inspectPlane } from '../../../src/tracker/plane/inspect.ts';
import { PLANE_DEFAULTS } from '../../support/plane/state.ts';
import { createPlaneWorld, type PlaneWorld, type PlaneWorldOptions } from '../../support/plane/world.ts';

let world: PlaneWorld;
const open = async (options: PlaneWorldOptions = {}) => {
  world = await createPlaneWorld(options);
  return world;
};
afterEach(() => world.close());

describe('PLANE-71 init plane and doctor', () => {
  const labels = ['autoApprove', 'autoDeploy'];
  const entry = () => ({
    client: world.client,
    labels,
    project: { repo: 'shop-api', planeProjectId: world.board.id, stateNames: { approved: 'OK' } },
  });

  test('init creates what is missing once, by the project’s own names, and again changes nothing', async () => {
    await open({ states: PLANE_DEFAULTS });
    const plan = await planInit(entry());
    if (plan.kind !== 'ok') throw new Error(plan.reason);
    expect(plan.value.present).toBe(5);
    const created = await applyInit(entry(), plan.value.missing);
    expect(new Set(created.map(({ result }) => result))).toEqual(new Set(['created']));
    expect(world.board.states.find(({ name }) => name === 'OK')?.group).toBe('started');
    expect(world.board.states.some(({ name }) => name === 'Approved')).toBe(false);
    const again = await planInit(entry());
    expect(again.kind === 'ok' && again.value.missing).toEqual([]);
    const twice = await applyInit(entry(), plan.value.missing);
    expect(new Set(twice.map(({ result }) => result))).toEqual(new Set(['existed']));
  });

  test('a failure is told and does not stop the rest', async () => {
    await open({ states: PLANE_DEFAULTS });
    const plan = await planInit(entry());
    if (plan.kind !== 'ok') throw new Error(plan.reason);
    world.plane.faults.push({ matches: (method) => method === 'POST', do: { status: 403 } });
    const created = await applyInit(entry(), plan.value.missing);
    expect(created.filter(({ result }) => result === 'failed')).toHaveLength(1);
    expect(created.filter(({ result }) => result === 'created')).toHaveLength(plan.value.missing.length - 1);
  });

  test('doctor names what is missing, ambiguous or refused, each with its fix', async () => {
    const { bots, board } = await open({
      states: [...PLANE_DEFAULTS, ['Confirm Deploy', 'completed'], ['done', 'completed']],
      roles: ['tester'],
    });
    board.members = board.members.filter((id) => id !== bots.tester?.id);
    board.labels.push(
      { id: '1', name: 'auto-approve', color: '' },
      { id: '2', name: 'autoApprove', color: '' },
    );
    const options = {
      ...entry(),
      webUrl: 'http://localhost',
      webhookSecretSet: false,
      lastDeliveryAt: null,
      issueUrl: null,
      relations: true,
    };
    const checks = await inspectPlane(options);
    const wrong = checks.filter(({ ok }) => !ok);
    for (const check of wrong) expect(check.fix).toBeTruthy();
    expect(wrong.map(({ name }) => name)).toEqual([
      'bot of role tester',
      'status approved',
      'status rejected',
      'status stop',
      'control approved',
      'control rejected',
      'control confirm_deploy',
      'control stop',
      'duplicate name',
      'label autoApprove',
      'label autoDeploy',
      'webhook secret',
      'last delivery',
      'web address',
    ]);
  });

  test('doctor says first when the token is refused', async () => {
    await open({ client: { token: 'wrong' } });
    const options = {
      ...entry(),
      webUrl: '',
      webhookSecretSet: true,
      lastDeliveryAt: 1,
      issueUrl: null,
      relations: null,
    };
    const checks = await inspectPlane(options);
    expect(checks).toHaveLength(1);
    expect(checks[0]).toMatchObject({ name: 'token', ok: false });
  });
});
