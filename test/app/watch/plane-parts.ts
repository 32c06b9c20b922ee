import { onTestFinished } from 'vitest';
import { createCleanup } from '../../../src/app/cleanup.ts';
import { createParts } from '../../../src/app/parts.ts';
import { putInForce } from '../../../src/app/reload.ts';
import { labelsBlock } from '../../../src/app/surfaces/queue-blocks.ts';
import { viewDepsOf, viewOf } from '../../../src/app/surfaces/views.ts';
import { createPlaneWatch } from '../../../src/app/watch/plane-watch.ts';
import type { PingRequest } from '../../../src/bot/pinger.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { createProbes } from '../../../src/config/probes.ts';
import { silentLogger } from '../../../src/log.ts';
import { remainingSteps } from '../../../src/pipeline/plan.ts';
import { tempDir } from '../../db/store.ts';
import { createPlaneWorld } from '../../support/plane/world.ts';

export interface PlanePartsOptions {
  settings?: Readonly<Record<string, string>>;
  /** Registry entries over the smallest. */
  project?: Readonly<Record<string, unknown>>;
}

/** The parts of a control process over real stores, and the watch over its board; no queue, no chat. */
export async function planeParts({ settings = {}, project: more = {} }: PlanePartsOptions = {}) {
  const plane = await createPlaneWorld();
  const dataDir = tempDir();
  const entry = { repo: 'shop', prefix: 'SHOP', plane_project_id: plane.board.id, checks: 'none' };
  const none = { staging: 'none', deploy: 'none', image: 'none' };
  const env = {
    PATH: process.env.PATH ?? '',
    ORCH_PROJECTS_JSON: JSON.stringify([{ ...entry, ...none, ...more }]),
    ORCH_PLANE_API_URL: plane.plane.url,
    ORCH_PLANE_WORKSPACE_SLUG: 'acme',
    ORCH_PLANE_API_TOKEN: plane.shared.token,
    ORCH_TRACKER_RATE_PER_MIN: '100000',
    ...settings,
  };
  const here = { dataDir, cwd: dataDir, homeDir: dataDir, hostName: 'h', isTerminal: false };
  const loaded = loadConfig({ env, ...here, probes: createProbes(env) });
  const log = silentLogger();
  const place = { env, home: dataDir, host: 'h', version: '0.0.0', commit: null, log, now: Date.now };
  const cleanup = createCleanup(log);
  const parts = createParts(place, loaded, cleanup);
  putInForce(parts, loaded.projects);
  const told: PingRequest[] = [];
  const watch = createPlaneWatch(parts, async (ping) => told.push(ping));
  onTestFinished(async () => {
    await watch.stop();
    await cleanup.undo();
    await plane.close();
  });
  const { house, project } = parts;
  const taskOf = (issue: string) => {
    const task = house.tasks.ofIssue(issue).at(-1);
    if (task === undefined) throw new Error('no task');
    return task;
  };
  return {
    ...{ plane, dataDir, parts, watch, told, taskOf },
    /** The analyst is done with this commit: the approval is asked. */
    analyse(issue: string, sha = 'a'.repeat(40)) {
      const task = taskOf(issue);
      const { id, stage, attempt, fence } = task;
      const steps = remainingSteps(task, project('shop')).map((step) => ({
        ...{ step, outcome: 'passed' as const, reason: '' },
        evidence: step === 'prepare' ? { prepared: true, headSha: sha, startSha: sha } : {},
      }));
      house.engine.apply({
        ...{ kind: 'fact', name: 'stage-settled', data: { steps }, key: `settled-${id}`, at: Date.now() },
        target: { task: id, stage, attempt, fence },
      });
    },
    owed: (like: string) =>
      house.db.$client
        .prepare('select payload from outbox where dedup_key like ? order by id')
        .pluck()
        .all(like)
        .map((payload) => JSON.parse(String(payload))),
    labels: () => labelsBlock(parts, watch),
    view: (issue: string) => viewOf(viewDepsOf(parts), taskOf(issue).id),
  };
}
