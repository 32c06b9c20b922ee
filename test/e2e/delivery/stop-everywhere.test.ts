import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskState } from '../../../src/pipeline/task.ts';
import { processesOf } from '../../support/demo-process.ts';
import { type System, startSystem } from '../../support/system.ts';
import { until } from '../../support/until.ts';

// REC-92, REC-95, REC-96. The agent of the stage leaves half a page uncommitted and a server in a session of its own.
const STAGES = ['analysis', 'architecture', 'development', 'review', 'testing'] as const;
const HALF_DONE = 'notes/half-done.md';

describe('STOP at every stage boundary (section 17 number 7)', () => {
  let system: System;
  const stopped: { id: number; bill: unknown[] }[] = [];
  beforeAll(async () => {
    system = await startSystem({
      settings: { ORCH_POST_DEPLOY_ENABLED: 'false', ORCH_AGENT_KILL_GRACE_SECONDS: '2' },
    });
  });
  afterAll(() => system?.close());

  const begin = (name: string, ...more: string[]) =>
    system.newTask(`Note of ${name}`, [{ write: { [`notes/${name}.md`]: `# ${name}\n` } }], { more });
  const stage = (name: string) => (task: TaskState) => task.stage === name;
  const branches = () => system.git('for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n');
  /** Processes of this task's runs, by their own environment. */
  async function tree(id: number): Promise<string[]> {
    const ours = new Set((await processesOf(system.dataDir)).map(({ pid }) => pid));
    const found = await processesOf(`ORCH_RUN_ID=t${id}.`);
    return found.filter(({ pid }) => ours.has(pid)).map(({ command }) => command);
  }

  /** Runs of a task and what they cost. */
  const bill = (id: number) =>
    system.app.parts.house.db.$client
      .prepare('select id, status, class, cost_usd from runs where task = ? order by id')
      .all(id);

  /** What must hold of a task that was stopped, and go on to hold. */
  async function rests(id: number): Promise<void> {
    const { branch } = system.task(id);
    expect(await tree(id)).toEqual([]);
    expect(branches()).not.toContain(branch);
    stopped.push({ id, bill: bill(id) });
  }

  test.each(STAGES)('while %s is at work', async (name) => {
    const id = await begin(name, `LINGER: ${name}`);
    await system.approve(id, `the agent of ${name}`, stage(name));
    await until(async () => (await tree(id)).some((command) => command.startsWith('sleep 600')), {
      what: `the server of ${name} runs`,
      deadlineMs: 60_000,
    });
    system.command(id, 'stop');
    const { archiveRef } = await system.until(id, 'cancelled', stage('cancelled'));
    expect(system.git('show', `${archiveRef}:${HALF_DONE}`)).toBe(`Half of ${name}.`);
    expect(system.pings(id).at(-1)).toMatchObject({ ping: 'stopped', params: { archive: archiveRef } });
    await rests(id);
  });

  test('inc-12 an agent and its server that hear neither INT nor TERM: nothing of them is left', async () => {
    const id = await begin('deaf', 'DEAF: analysis');
    await until(async () => (await tree(id)).some((command) => command.includes('trap "" INT TERM')), {
      what: 'the server runs',
    });
    system.command(id, 'stop');
    await system.until(id, 'cancelled', stage('cancelled'));
    await rests(id);
  });

  test('while deploy-staging is at work: its archive is the head of the branch', async () => {
    const id = await begin('staging');
    const { headSha } = await system.approve(id, 'deploy-staging', stage('deploy-staging'));
    system.command(id, 'stop');
    const { archiveRef } = await system.until(id, 'cancelled', stage('cancelled'));
    expect(system.git('rev-parse', `${archiveRef}^{commit}`)).toBe(headSha);
    await rests(id);
  });

  test('in the critical window: deferred, also over a restart in between', async () => {
    system.mood('waits');
    const before = system.hookCalls().length;
    const id = await begin('deploy');
    await system.approve(id, 'confirm', (task) => task.activity.kind === 'confirm');
    system.command(id, 'confirm-deploy');
    await system.until(id, 'the hook', () => system.hookCalls().length > before);
    expect(system.command(id, 'stop').task.stop).toMatchObject({ deferred: true });
    await system.stop();
    await system.start();
    expect(system.task(id)).toMatchObject({ stage: 'deploy', stop: { deferred: true } });
    system.letGo();
    const done = await system.until(id, 'done', stage('done'));
    expect(await system.health()).toEqual({ status: 200, commit: done.landedSha });
    expect(system.hookCalls()).toHaveLength(before + 1);
    expect(system.pings(id).map(({ params }) => String(params.text ?? ''))).toContainEqual(
      expect.stringContaining('already live'),
    );
  });

  test('no stopped task has run or cost anything since', async () => {
    expect(stopped).toHaveLength(STAGES.length + 2);
    for (const { id, bill: before } of stopped) {
      expect(await tree(id)).toEqual([]);
      expect(bill(id)).toEqual(before);
      expect(system.task(id).stage).toBe('cancelled');
    }
  });
});
