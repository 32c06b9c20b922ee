import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startSystem } from '../../support/system.ts';
import { causeIs } from './causes.ts';

const note = (name: string) => [{ write: { [`notes/${name}.md`]: '# Note\n' } }];

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const dayAfterTomorrow = () => (new Date().getUTCDay() + 2) % 7;

/** Ways a project may be staged and deployed, each with its own entry over one repository (SHIP-20 to 26, SHIP-130). */
describe('what the project declares decides who stages and who deploys', () => {
  let system: System;
  const green = () => path.join(system.dataDir, 'green');
  beforeAll(async () => {
    system = await startSystem({
      settings: { ORCH_POST_DEPLOY_ENABLED: 'false', ORCH_TZ: 'UTC' },
      more: ({ dataDir, settings }) => {
        const [entry] = JSON.parse(settings.ORCH_PROJECTS_JSON ?? '[]');
        const window = `${DAYS[dayAfterTomorrow()]} 09:00-10:00`;
        const check = `test -f '${path.join(dataDir, 'green')}'`;
        return [
          { repo: 'merged', prefix: 'MERGE', service: 'merged', deploy: 'none' },
          { repo: 'by-agent', prefix: 'AGENT', service: 'by-agent', deploy: 'agent' },
          { repo: 'windowed', prefix: 'WINDOW', service: 'windowed', deploy_window: window },
          {
            ...{ repo: 'staged', prefix: 'STAGE', service: 'shop', staging: { ...entry.staging, check } },
            deploy_hook: {
              ...entry.deploy_hook,
              env: { ...entry.deploy_hook.env, REPO: path.join(dataDir, 'forge', 'staged.git') },
            },
          },
        ];
      },
    });
  });
  afterAll(() => system?.close());

  test('none: the confirmation asks for the merge, main carries it, no hook runs and no watch is armed (SHIP-80, SHIP-130)', async () => {
    const calls = system.hookCalls().length;
    const id = await system.newTask('Write a note', note('merged'), { project: 'merged' });
    await system.approve(id, 'confirm', ({ activity }) => activity.kind === 'confirm');
    expect(system.pings(id).at(-1)).toMatchObject({ ping: 'confirm', params: { deploy: 'none' } });
    const done = await system.carry(id, 'done', ({ stage }) => stage === 'done');
    expect(done).toMatchObject({ landedMatches: true, watch: null });
    expect(system.app.parts.house.artefacts.get(id, '14-deploy-log.md')).toMatch(
      /deploy_status: SUCCESS[\s\S]*deploy_mode: none[\s\S]*prod_container_restarted: false/,
    );
    expect(system.hookCalls()).toHaveLength(calls);
  });

  test('agent: the deployer deploys the commit that landed; the engine looks for itself (SHIP-130)', async () => {
    const { world } = system;
    const hook = path.join(import.meta.dirname, '../../../demo/project/ops/deploy.sh');
    // What an agent leaves running is ended with it: a service is started without its marks, as by a daemon.
    const env = `env -i PATH="$PATH" DEPLOY_SHA="$DEPLOY_SHA" REPO='${path.join(system.dataDir, 'forge', 'by-agent.git')}' RELEASES_DIR='${world.releasesDir}'`;
    const command = `${env} TARGET_SERVICE=shop TARGET_PORT=${world.ports.production} sh '${hook}' --deploy`;
    const id = await system.newTask('Write a note', note('by-agent'), {
      project: 'by-agent',
      more: [`DEPLOY: ${command}`],
    });
    const done = await system.carry(id, 'done', ({ stage }) => stage === 'done');
    expect(done.servedSha).toBe(done.landedSha);
    expect(await system.health()).toEqual({ status: 200, commit: done.landedSha });
  });

  test('agent: a success nobody can see is a failed deploy, whatever the file says (SHIP-130, SHIP-182)', async () => {
    const id = await system.newTask('Write another note', note('not-deployed'), { project: 'by-agent' });
    const failed = await system.carry(id, 'deploy-failed', causeIs('deploy-failed'));
    expect(failed.stage).toBe('development');
    const red = system.app.parts.house.verdicts.of(id).find(({ outcome }) => outcome === 'failed');
    expect(red).toMatchObject({ step: 'gate.deploy_status' });
    expect(String(red?.evidence.verbatim)).toMatch(
      /the service says healthy, but serves [0-9a-f]+ instead of/,
    );
  });

  test('staging red: blocked with its own buttons, nothing relaunched; "check again" runs the check alone (SHIP-26)', async () => {
    const id = await system.newTask('Write a note', note('staged'), { project: 'staged' });
    const blocked = await system.approve(id, 'staging-failed', causeIs('staging-failed'));
    expect(blocked).toMatchObject({ stage: 'development', bounces: [], testedSha: null });
    expect(system.pings(id).at(-1)).toMatchObject({ ping: 'staging-failed' });
    expect(system.app.parts.house.verdicts.of(id).at(-1)?.reason).toMatch(/^staging_status: FAILED/);
    const runs = system.app.parts.house.runs.of(id).length;
    writeFileSync(green(), '');
    system.command(id, 'retry');
    const confirm = await system.approve(id, 'confirm', ({ activity }) => activity.kind === 'confirm');
    expect(confirm.attempts['deploy-staging']).toBe(2);
    expect(system.app.parts.house.runs.of(id)).toHaveLength(runs);
    system.command(id, 'stop');
  });

  test('a confirmation outside the deploy window is accepted and waits for its start; nothing lands before (SHIP-86)', async () => {
    const id = await system.newTask('Write a note', note('windowed'), { project: 'windowed' });
    const asked = await system.approve(id, 'confirm', ({ activity }) => activity.kind === 'confirm');
    expect(system.command(id, 'confirm-deploy', { sha: asked.testedSha ?? '' }).ok).toBe(true);
    const parked = system.task(id);
    expect(parked.activity).toMatchObject({ kind: 'window' });
    expect(parked.confirmation).toMatchObject({ sha: asked.testedSha, by: 'Ada' });
    const opensAt = 'deadline' in parked.activity ? parked.activity.deadline : 0;
    expect([new Date(opensAt).getUTCDay(), new Date(opensAt).getUTCHours()]).toEqual([dayAfterTomorrow(), 9]);
    expect(parked.landedSha).toBeNull();
    expect(system.app.parts.house.deploys.latest(id)).toBeNull();
  });
});
