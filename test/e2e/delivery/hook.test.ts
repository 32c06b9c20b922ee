import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startSystem } from '../../support/system.ts';
import { causeIs } from './causes.ts';

/** SHIP-124 in the running system: a real hook, a real service, the sample project. */
describe('what the deploy hook leaves behind', () => {
  let system: System;
  let files = 0;
  beforeAll(async () => {
    system = await startSystem({
      settings: { ORCH_DEPLOY_TIMEOUT_S: '25', ORCH_POST_DEPLOY_ENABLED: 'false' },
    });
  });
  afterAll(() => system?.close());

  const deliver = async (mood: string | null) => {
    files += 1;
    system.app.parts.house.gates.unfreeze({ repo: 'shop', by: 'Ada', at: Date.now() });
    system.mood(mood);
    return system.newTask(`Write note ${files}`, [{ write: { [`notes/${files}.md`]: `# ${files}\n` } }]);
  };
  const freezes = () => system.app.parts.house.gates.freezes('shop');

  test('a good release is live with its commit, and report 14 tells every gate (SHIP-93, SHIP-131)', async () => {
    const id = await deliver(null);
    const done = await system.carry(id, 'done', ({ stage }) => stage === 'done');
    expect(done.landedMatches).toBe(true);
    expect(done.servedSha).toBe(done.landedSha);
    expect(await system.health()).toEqual({ status: 200, commit: done.landedSha });
    const report = system.app.parts.house.artefacts.get(id, '14-deploy-log.md');
    expect(report).toContain('deploy_status: SUCCESS');
    expect(report).toMatch(/- check_security_gate: passed/);
    expect(report).toMatch(/- check_branch_mergeable: passed/);
  });

  const failures: [mood: string, title: string, ping: string][] = [
    ['exit-1', 'a hook that ends with 1 did not roll back here (SHIP-111)', 'deploy-failed-no-rollback'],
    ['exit-2', 'a hook that ends with 2 may have left nothing running', 'deploy-failed-rollback-failed'],
    ['lies', 'a hook that ends with 0 while the old release answers (SHIP-182)', 'deploy-failed-no-rollback'],
  ];
  test.each(failures)('hook %s: %s', async (mood, _, ping) => {
    const before = await system.health();
    const id = await deliver(mood);
    const failed = await system.carry(id, 'deploy-failed', causeIs('deploy-failed'));
    expect(failed.stage).toBe('development');
    expect(await system.health()).toEqual(before);
    expect(system.pings(id).map((one) => one.ping)).toContain(ping);
    // Main carries the change: nothing else is delivered before it (SHIP-135).
    expect(freezes()).toMatchObject([{ scope: 'delivery', cause: `deploy-failed ${failed.wid}` }]);
  });

  test('a deploy that failed is repeated on the same commit, asked again, merged once (SHIP-135, SHIP-101)', async () => {
    const id = await deliver('exit-1');
    const failed = await system.carry(id, 'deploy-failed', causeIs('deploy-failed'));
    system.mood(null);
    system.command(id, 'retry');
    const done = await system.carry(id, 'done', ({ stage }) => stage === 'done');
    expect(done.landedSha).toBe(failed.landedSha);
    expect(await system.health()).toEqual({ status: 200, commit: done.landedSha });
    // The freeze was this task's and has lifted by itself.
    expect(freezes()).toEqual([]);
  });

  test('a change whose deploy failed is reverted on main, nothing is deployed, the freeze lifts (SHIP-136, SHIP-164)', async () => {
    const before = await system.health();
    const id = await deliver('exit-1');
    const failed = await system.carry(id, 'deploy-failed', causeIs('deploy-failed'));
    const calls = system.hookCalls().length;
    expect((await system.post('/revert', { wid: failed.wid })).status).toBe(200);
    await system.until(id, 'the revert', () => freezes().length === 0);
    const tree = (rev: string) => system.git('rev-parse', `${rev}^{tree}`);
    expect(tree('main')).toBe(tree(failed.baseSha ?? ''));
    expect(system.git('log', '--format=%s', `${failed.landedSha}..main`)).toMatch(/revert/i);
    expect(system.pings(id).at(-1)).toMatchObject({ ping: 'reverted' });
    expect(system.hookCalls()).toHaveLength(calls);
    expect(await system.health()).toEqual(before);
  });

  const unknown: [mood: string, title: string][] = [
    ['dies', 'a hook killed half-way'],
    ['hangs', 'a hook that hangs beyond ORCH_DEPLOY_TIMEOUT_S'],
  ];
  test.each(unknown)('hook %s: %s is held as unknown, never called live (SHIP-124)', async (mood) => {
    const id = await deliver(mood);
    const held = await system.carry(id, 'hold', causeIs('deploy-unknown'));
    expect(held.stage).toBe('deploy');
    expect(system.pings(id).map((one) => one.ping)).toContain('deploy-unknown');
    expect(freezes()).toMatchObject([{ scope: 'delivery', cause: `deploy-failed ${held.wid}` }]);
  });

  test('a hook killed after it had deployed is proven by the served commit alone (SHIP-124)', async () => {
    const id = await deliver('dies-after');
    const done = await system.carry(id, 'done', ({ stage }) => stage === 'done');
    expect(await system.health()).toEqual({ status: 200, commit: done.landedSha });
  });
});
