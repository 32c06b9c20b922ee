import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { stopServices, type World } from '../../src/cli/demo/world.ts';
import { createControlClient } from '../../src/http/control-client.ts';
import { temporaryDir } from '../support/demo-process.ts';
import { type DemoState, demoState, repeated } from '../support/demo-state.ts';
import { startProgram } from '../support/program.ts';
import { testRedisBinary } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { testWorld } from '../support/world.ts';

// Section 17 number 2. One task is carried undisturbed and its decisions are noted; then others are carried whose control
// process is killed right after the commit of each of them in turn. They share the decisions, to wait side by side.

const PRELOAD = fileURLToPath(new URL('../fixtures/kill/after-commit.mjs', import.meta.url));
const LANES = 3;
const WID = 'SHOP-001';
const FAST = {
  ORCH_JOB_LOCK_MS: '2000',
  ORCH_REDIS_RECOVERY_GRACE_S: '1',
  ORCH_RECONCILE_INTERVAL_S: '2',
  ORCH_REAPER_INTERVAL_S: '1',
  ORCH_WORKER_LOST_S: '6',
  ORCH_POST_DEPLOY_WINDOW_S: '2',
  ORCH_RESTART_LOOP_MAX: '50',
  ORCH_RUNS_PER_TASK_DAY: '200',
  ORCH_DIGEST_TIME: 'off',
};
const ASK = {
  project: 'shop',
  title: 'Write down the opening hours',
  description: 'Customers ask for the opening hours of the shop, so they should be written down.',
};
const ANSWERS: Record<string, 'approve' | 'confirm-deploy'> = {
  approval: 'approve',
  confirm: 'confirm-deploy',
};

interface Lane {
  state: DemoState;
  world: World;
  /** Decisions that have not killed it yet. */
  left(): string[];
  kills: number;
}

const closing: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

const sentAll = ({ state }: Lane): boolean =>
  state.rows('select id from outbox where sent_at is null').length === 0 &&
  state.rows('select write_key from comments').length ===
    state.rows(`select id from outbox where kind = 'post-comment'`).length;

const isOver = (lane: Lane): boolean =>
  lane.state.task(1)?.stage === 'done' &&
  sentAll(lane) &&
  lane.state.git('for-each-ref', '--format=%(refname)', 'refs/heads') === 'refs/heads/main';

/**
 * What the outside has seen of the task. Pings as they were ordered, once per cause: a chat takes no key with a message,
 * so what was sent in the very moment of the kill may be sent again.
 */
function outcomeOf({ state }: Lane) {
  const count = (sql: string): number => state.rows(sql).length;
  const names = (sql: string) => state.rows<{ name: string }>(sql).map(({ name }) => name);
  const starts = (service: 'shop' | 'shop-staging') =>
    state.deployLog(service).filter((line) => line.includes('deploy start')).length;
  return {
    task: state.task(1),
    comments: count('select id from comments'),
    pings: names(`select json_extract(payload, '$.ping') as name from outbox where kind = 'ping'`).sort(),
    merges: count(`select number from pull_requests where state = 'merged'`),
    hooks: [starts('shop-staging'), starts('shop')],
    subjects: state.subjects('main').sort(),
    repeated: repeated(state.subjects('--all').filter((subject) => subject.includes(WID))),
  };
}

/** Orders the task and answers what it asks. An answer whose process dies is given again, if it is still asked for. */
function answering({ state }: Lane, client: ReturnType<typeof createControlClient>) {
  const asked = state.task(1);
  if (asked === null) return client.createTask(ASK);
  const answer = ANSWERS[asked.activity];
  return answer === undefined ? Promise.resolve() : client.command(WID, answer);
}

/** Carries one task to its end, whatever is killed on the way. */
async function carry(name: string, decisions: readonly string[]): Promise<Lane> {
  const { dir, remove } = await temporaryDir(name);
  const world = await testWorld(dir);
  closing.push(async () => {
    await stopServices(world, process.env);
    await remove();
  });
  const file = path.join(dir, 'kill-after.json');
  writeFileSync(file, JSON.stringify(decisions));
  const left = (): string[] => JSON.parse(readFileSync(file, 'utf8'));
  const lane: Lane = { state: demoState(dir), world, left, kills: 0 };
  const env = {
    ...world.settings,
    ...FAST,
    ORCH_REDIS_SERVER_BIN: await testRedisBinary(),
    NODE_OPTIONS: `--import ${PRELOAD}`,
    KILL_AFTER: file,
  };
  for (;;) {
    const program = startProgram(['start', '--json'], env);
    const client = createControlClient(path.join(dir, 'control.sock'), 5000);
    let killed = false;
    void program.exited.then(() => {
      killed = true;
    });
    const over = async (): Promise<boolean> => {
      if (killed || isOver(lane)) return true;
      await answering(lane, client).catch(() => undefined);
      return false;
    };
    await until(over, { what: `${name} goes on: ${program.stderr()}`, deadlineMs: 120_000, everyMs: 100 });
    lane.kills += Number(killed);
    if (killed) continue;
    program.signal('SIGTERM');
    await program.exited;
    return lane;
  }
}

const DECISION = `select distinct name || ': ' || from_state || ' → ' || to_state as name from task_log where accepted = 1`;

describe.sequential('kill -9 of control at every commit boundary of one full task', () => {
  let undisturbed: Lane;
  let decisions: string[] = [];

  test('an undisturbed task shows what to expect', async () => {
    undisturbed = await carry('undisturbed', []);
    decisions = undisturbed.state.rows<{ name: string }>(DECISION).map(({ name }) => name);
    expect(decisions.length).toBeGreaterThan(20);
    expect(outcomeOf(undisturbed)).toMatchObject({
      task: { stage: 'done' },
      merges: 1,
      hooks: [1, 1],
      repeated: [],
    });
  });

  test('same final state and same count of comments, pings, merges, hook starts', async () => {
    const shares = Array.from({ length: LANES }, (_, lane) => decisions.filter((_, n) => n % LANES === lane));
    const lanes = await Promise.all(shares.map((share, n) => carry(`killed-${n}`, share)));
    const expected = outcomeOf(undisturbed);
    for (const lane of lanes) {
      expect(lane.left()).toEqual([]);
      expect(outcomeOf(lane)).toEqual(expected);
    }
    expect(lanes.reduce((sum, { kills }) => sum + kills, 0)).toBeGreaterThan(20);
  }, 480_000);
});
