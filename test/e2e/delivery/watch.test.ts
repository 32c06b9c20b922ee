import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskState } from '../../../src/pipeline/task.ts';
import { type System, startSystem } from '../../support/system.ts';

const HEALTHY = 'const ok = reservations.healthy();';
/** Well for long enough to pass the hook and the finalizer. */
const TURNS_BAD = 'const ok = reservations.healthy() && process.uptime() < 5;';

describe('after the deploy', () => {
  let system: System;
  let good: TaskState;
  beforeAll(async () => {
    system = await startSystem({
      project: { post_deploy: { action: 'ROLLBACK' } },
      settings: { ORCH_POST_DEPLOY_WINDOW_S: '15', ORCH_POST_DEPLOY_FAIL_THRESHOLD: '2' },
    });
    const id = await system.newTask('Write a note', [{ write: { 'note.md': '# Note\n' } }]);
    good = await system.carry(id, 'done', ({ stage }) => stage === 'done');
  });
  afterAll(() => system?.close());

  const freezes = () =>
    system.app.parts.house.gates.freezes('shop').map(({ scope, cause }) => [scope, cause]);

  test('inc-69 a release that turns bad later is rolled back without a person, and the repository frozen (SHIP-154 to SHIP-157)', async () => {
    const id = await system.newTask('Speed up the health check', [
      { replace: { 'src/server.js': [HEALTHY, TURNS_BAD] } },
    ]);
    const bad = await system.carry(id, 'rolled back', ({ watch }) => watch?.rolledBack != null);
    expect(bad.stage).toBe('done');
    expect(bad.watch).toMatchObject({
      state: 'DEGRADED',
      rolledBack: { ok: true, toSha: good.landedSha },
    });
    expect(await system.health()).toEqual({ status: 200, commit: good.landedSha });
    expect(freezes()).toEqual([
      ['all', `degraded #${id}`],
      ['delivery', `rolled-back ${bad.wid}`],
    ]);
    expect(system.pings(id).map(({ ping }) => ping)).toEqual(
      expect.arrayContaining(['degraded', 'rolled-back']),
    );
    const report = system.app.parts.house.artefacts.get(id, '16-post-deploy-log.md');
    expect(report).toMatch(/post_deploy_status: DEGRADED[\s\S]*action: ROLLBACK\nrollback_exit_code: 0/);
    // The older watch ended when the newer deploy was there (SHIP-151).
    expect(system.task(good.id).watch?.state).toBe('SUPERSEDED');
  });

  test('a person rolls back while the watch runs: previous commit, freeze, no second rollback (SHIP-170 to SHIP-173)', async () => {
    system.app.parts.house.gates.unfreeze({ repo: 'shop', by: 'Ada', at: Date.now() });
    const id = await system.newTask('Mend the health check', [
      { replace: { 'src/server.js': [TURNS_BAD, HEALTHY] } },
    ]);
    const done = await system.carry(id, 'done', ({ stage }) => stage === 'done');
    expect(await system.health()).toEqual({ status: 200, commit: done.landedSha });
    const answer = await system.post('/rollback', { repo: 'shop', wid: done.wid });
    expect(answer.status, await answer.text()).toBe(200);
    expect((await system.post('/rollback', { repo: 'shop', wid: done.wid })).status).toBe(409);
    const back = await system.until(id, 'rolled back', ({ watch }) => watch?.rolledBack != null);
    expect(back.stage).toBe('done');
    expect(back.watch).toMatchObject({ state: 'SUPERSEDED', rolledBack: { ok: true } });
    expect((await system.health())?.commit).toBe(good.landedSha);
    expect(freezes()).toEqual([['delivery', `rolled-back ${done.wid}`]]);
    expect(system.pings(id).map(({ ping }) => ping)).toContain('rolled-back');
    expect(system.git('rev-parse', 'main')).toBe(done.landedSha);
    expect(system.hookCalls().filter((call) => call.includes('--rollback'))).toHaveLength(2);
  });
});
