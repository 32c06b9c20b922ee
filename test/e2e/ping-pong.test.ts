import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskState } from '../../src/pipeline/task.ts';
import { type GiteaHouse, startGiteaHouse } from '../support/whole/gitea-house.ts';

const AGENTS = fileURLToPath(new URL('../fixtures/delivery/agents', import.meta.url));
const LIMIT = 3;
const ORDER = [
  'Ordered by the test, word for word.',
  `DO: ${JSON.stringify([{ write: { 'notes/word.md': '# Word {attempt}\n' } }])}`,
  'REVIEW: never',
].join('\n');

let house: GiteaHouse;
beforeAll(async () => {
  const settings = { ORCH_MAX_DEVELOPER_RETRIES: String(LIMIT), ORCH_RECONCILE_INTERVAL_S: '1' };
  house = await startGiteaHouse({ ci: 'engine', scriptedDir: AGENTS, settings });
});
afterAll(() => house?.close());

const runsOf = (id: number, stage: string) =>
  house.app.parts.house.runs.of(id).filter((run) => run.stage === stage).length;
const stopped = ({ activity }: TaskState) => activity.kind === 'blocked';

async function mergeByHand(id: number): Promise<void> {
  const { branch } = house.task(id);
  const { repo } = house.gitea;
  const pull = repo.pulls.find(({ head, state }) => head === branch && state === 'open');
  const body = { Do: 'merge', head_commit_id: await repo.head(branch) };
  expect(await house.person('POST', `pulls/${pull?.number}/merge`, body)).toBe(200);
  const noted = () => house.app.view(id)?.notes ?? [];
  await expect.poll(noted, { timeout: 30_000 }).toContainEqual({ kind: 'merged-outside' });
}

/** When the reconciler looked last. */
async function lastLook(): Promise<number> {
  const headers = { authorization: 'Bearer admin-token-of-the-test' };
  const answer = await fetch(`http://127.0.0.1:${house.app.httpPort}/queue`, { headers });
  return ((await answer.json()) as { reconcile: { last_run_at: number } }).reconcile.last_run_at;
}

test('inc-77 a reviewer who never agrees is stopped at the cap; what a person merges in the middle starts no round (PIPE-38, PIPE-5)', async () => {
  const id = await house.newTask('Find the right word', ORDER);
  await house.carry(id, 'the second refusal', ({ bounces }) => bounces.length === 2);
  await mergeByHand(id);
  const blocked = await house.carry(id, 'the cap', stopped);
  expect(blocked).toMatchObject({ stage: 'development', activity: { cause: 'rework-exhausted' } });
  expect(blocked.bounces).toHaveLength(LIMIT);
  const rounds = { development: 1 + LIMIT, review: 1 + LIMIT };
  const counted = () => ({ development: runsOf(id, 'development'), review: runsOf(id, 'review') });
  expect(counted()).toEqual(rounds);
  // The reconciler has looked at it twice more.
  const since = Date.now();
  await expect.poll(lastLook, { timeout: 30_000 }).toBeGreaterThan(since + 1000);
  expect(counted()).toEqual(rounds);
  expect(house.task(id)).toMatchObject({ stage: 'development', activity: { cause: 'rework-exhausted' } });
  expect(house.task(id).landedSha).toBeNull();
});
