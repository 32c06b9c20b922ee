import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskState } from '../../../src/pipeline/task.ts';
import { type System, startSystem } from '../../support/system.ts';

describe('STOP at every moment of a delivery (PIPE-51, REC-91)', () => {
  let system: System;
  let files = 0;
  beforeAll(async () => {
    system = await startSystem({ settings: { ORCH_POST_DEPLOY_ENABLED: 'false' } });
  });
  afterAll(() => system?.close());

  const begin = async () => {
    files += 1;
    return system.newTask(`Write note ${files}`, [{ write: { [`notes/${files}.md`]: `# ${files}\n` } }]);
  };
  const kind = (name: string) => (task: TaskState) => task.activity.kind === name;
  const stage = (name: string) => (task: TaskState) => task.stage === name;
  const main = () => system.git('rev-parse', 'main');
  const calls = () => system.hookCalls().length;

  test('while the gates of deploy-staging work: nothing lands', async () => {
    const before = main();
    const id = await begin();
    await system.approve(id, 'deploy-staging', stage('deploy-staging'));
    system.command(id, 'stop');
    const stopped = await system.until(id, 'cancelled', stage('cancelled'));
    expect(stopped.landedSha).toBeNull();
    expect(main()).toBe(before);
    expect(calls()).toBe(0);
  });

  test('while the confirmation is asked: nothing lands', async () => {
    const before = main();
    const id = await begin();
    await system.approve(id, 'confirm', kind('confirm'));
    system.command(id, 'stop');
    await system.until(id, 'cancelled', stage('cancelled'));
    expect(main()).toBe(before);
    expect(system.command(id, 'confirm-deploy')).toMatchObject({ ok: false });
  });

  test('in the same moment as the confirmation: the step in progress ends honestly', async () => {
    const before = calls();
    const id = await begin();
    await system.approve(id, 'confirm', kind('confirm'));
    system.command(id, 'confirm-deploy');
    expect(system.command(id, 'stop').task.stop).toMatchObject({ deferred: true });
    expect(system.command(id, 'reject')).toMatchObject({ ok: false, reason: 'critical_window' });
    const done = await system.until(id, 'done', stage('done'));
    expect(main()).toBe(done.landedSha);
    expect(calls()).toBe(before + 1);
    expect(system.pings(id).map(({ params }) => String(params.text ?? ''))).toContainEqual(
      expect.stringContaining('already live'),
    );
  });

  test('while the hook works: it ends honestly and the release is live', async () => {
    const before = calls();
    system.mood('waits');
    const id = await begin();
    await system.approve(id, 'confirm', kind('confirm'));
    system.command(id, 'confirm-deploy');
    await system.until(id, 'the hook', () => calls() > before);
    expect(system.command(id, 'stop').task.stop).toMatchObject({ deferred: true });
    system.letGo();
    const done = await system.until(id, 'done', stage('done'));
    expect(await system.health()).toEqual({ status: 200, commit: done.landedSha });
    expect(calls()).toBe(before + 1);
  });

  test('while a hook works that then fails: cancelled, and delivery stays frozen because main carries it', async () => {
    const before = calls();
    system.mood('exit-1');
    const id = await begin();
    await system.approve(id, 'confirm', kind('confirm'));
    system.command(id, 'confirm-deploy');
    expect(system.command(id, 'stop').task.stop).toMatchObject({ deferred: true });
    const stopped = await system.until(id, 'cancelled', stage('cancelled'));
    expect(main()).toBe(stopped.landedSha);
    expect(calls()).toBe(before + 1);
    const cause = `deploy-failed ${stopped.wid}`;
    expect(system.app.parts.house.gates.freezes('shop')).toMatchObject([{ cause }]);
  });
});
