import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stopServices, type World } from '../../src/cli/demo/world.ts';
import { Database } from '../../src/db/driver.ts';
import { temporaryDir } from '../support/demo-process.ts';
import { type Program, startProgram } from '../support/program.ts';
import { testRedisBinary } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { testWorld } from '../support/world.ts';

// REC-53, REC-50: a start over much that is under way. Agents are claimed by no one here.

const TASKS = 10_000;
const EFFECTS = 1_000;
const READY_MS = 30_000;
const PORT = '18517';

let place: Awaited<ReturnType<typeof temporaryDir>>;
let world: World;
let program: Program | undefined;

const settings = async () => ({
  ...world.settings,
  ORCH_WORKER_ROLES: 'agents,gates',
  ORCH_AGENT_RUNNER: 'claude',
  ORCH_CLAUDE_BIN: '/nonexistent/claude',
  ORCH_HTTP_PORT: PORT,
  ORCH_REDIS_SERVER_BIN: await testRedisBinary(),
});

/** How the tasks stand: most wait for people or have ended, some are worked on. */
const KINDS: [stage: string, activity: string, share: number][] = [
  ['done', 'ended', 0.5],
  ['analysis', 'approval', 0.3],
  ['development', 'blocked', 0.15],
  ['review', 'working', 0.05],
];

async function ready(): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${PORT}/ready`).catch(() => null);
  return answer?.status === 200;
}

/** Copies of one real task in every state. */
function fill(file: string): void {
  const db = new Database(file);
  const template = db.prepare('select * from tasks limit 1').get() as Record<string, unknown>;
  const insert = db.prepare(
    `insert into tasks (id, version, repo, wid, branch, issue_id, stage, activity, fence, wake_at, state, created_at, updated_at)
     values (@id, 2, @repo, @wid, @branch, null, @stage, @activity, 3, @wake, @state, @at, @at)`,
  );
  const effect = db.prepare(
    `insert into outbox (task, kind, payload, dedup_key, created_at, not_before, attempts)
     values (?, 'refresh-card', '{"kind":"refresh-card"}', ?, ?, ?, 0)`,
  );
  const at = Date.now();
  db.transaction(() => {
    let id = 1;
    for (const [stage, activity, share] of KINDS) {
      for (let n = 0; n < TASKS * share; n += 1) {
        id += 1;
        const since = at - 60_000;
        const doing =
          activity === 'working'
            ? { kind: activity, step: 'agent', since, deadline: at + 3_600_000 }
            : { kind: activity, since, deadline: at + 3_600_000, facts: {}, cause: 'step-faulted' };
        const state = {
          ...JSON.parse(String(template.state)),
          ...{ id, version: 2, wid: `SHOP-${id}`, branch: `feature/x-${id}`, stage, attempt: 1, fence: 3 },
          ...{
            attempts: { [stage]: 1 },
            generation: 1,
            prepared: true,
            headSha: 'a'.repeat(40),
            activity: doing,
          },
        };
        insert.run({
          ...{ id, repo: template.repo, wid: state.wid, branch: state.branch, stage, activity, at },
          wake: activity === 'ended' ? null : at + 3_600_000,
          state: JSON.stringify(state),
        });
      }
    }
    for (let n = 0; n < EFFECTS; n += 1) effect.run(2 + n, `card:boot:${n}`, at, at);
  })();
  db.close();
}

beforeAll(async () => {
  place = await temporaryDir('boot');
  world = await testWorld(place.dir);
});
afterAll(async () => {
  program?.signal('SIGTERM');
  await program?.exited;
  await stopServices(world, process.env);
  await place.remove();
});

test('reaches ready within 30 s with 10,000 tasks and 1,000 outbox rows (REC-53)', async () => {
  program = startProgram(['start', '--json'], await settings());
  await program.ready();
  const made = await fetch(`http://127.0.0.1:${PORT}/health`);
  expect(made.status).toBe(200);
  const { createControlClient } = await import('../../src/http/control-client.ts');
  await createControlClient(path.join(place.dir, 'control.sock')).createTask({
    project: 'shop',
    title: 'Write down the opening hours',
    description: 'Customers ask for the opening hours of the shop, so they should be written down.',
  });
  program.signal('SIGKILL');
  await program.exited;
  fill(path.join(place.dir, 'orchestrator.db'));
  const since = performance.now();
  program = startProgram(['start', '--json'], await settings());
  await until(ready, { what: 'ready', deadlineMs: 2 * READY_MS, everyMs: 100 });
  const tookMs = performance.now() - since;
  expect(tookMs).toBeLessThan(READY_MS);
  const db = new Database(path.join(place.dir, 'orchestrator.db'), { readonly: true });
  const left = () =>
    db
      .prepare("select count(*) from outbox where sent_at is null and dedup_key like 'card:boot:%'")
      .pluck()
      .get();
  await until(() => left() === 0, { what: 'the effects are sent', deadlineMs: 60_000 });
  expect(db.prepare('select count(*) from tasks').pluck().get()).toBe(TASKS + 1);
  db.close();
});

test('Redis down at start: commands accepted, `/health` 200, `/ready` 503 (REC-19, REC-47)', async () => {
  program?.signal('SIGTERM');
  await program?.exited;
  const away = { ORCH_REDIS_URL: 'redis://127.0.0.1:1', ORCH_ADMIN_TOKEN: 'token-of-the-test' };
  program = startProgram(['start', '--json'], { ...(await settings()), ...away });
  await program.ready();
  const base = `http://127.0.0.1:${PORT}`;
  const readiness = await fetch(`${base}/ready`);
  const { checks } = (await readiness.json()) as { checks: Record<string, { ok: boolean; detail: string }> };
  expect([(await fetch(`${base}/health`)).status, readiness.status]).toEqual([200, 503]);
  expect(checks.redis).toEqual({ ok: false, detail: 'down' });
  const headers = { authorization: 'Bearer token-of-the-test', 'content-type': 'application/json' };
  const body = JSON.stringify({
    project: 'shop',
    title: 'Write down the holidays',
    description: 'Customers ask on which days the shop is closed, so they should be written down.',
  });
  const made = await fetch(`${base}/tasks`, { method: 'POST', headers, body });
  expect(made.status).toBe(201);
});
