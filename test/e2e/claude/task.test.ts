import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, skipWithoutCli } from '../../support/claude/bench.ts';
import { type ClaudeHouse, startClaudeHouse } from '../../support/claude/house.ts';
import type { Reply, Turn } from '../../support/claude/messages-api.ts';
import {
  analysis,
  architecture,
  askOne,
  bash,
  development,
  LOOKING,
  review,
  staging,
  testing,
} from '../../support/claude/shop-roles.ts';

/** Resets in a moment; nothing is tried again within a minute all the same. */
const limitText = () => `Claude AI usage limit reached|${Math.floor(Date.now() / 1000) + 5}`;
const DEAR = { input: 1000, output: 30_000 };
let house: ClaudeHouse;

const driver = () => {
  const { local } = house.app.chat;
  if (local === null) throw new Error('no local chat');
  return local.driver;
};
const sessions = () => house.app.parts.house.runs.sessions(house.task().id);
const desk = () => ({ task: house.task(), worktree: house.worktree(), stagingUrl: house.stagingUrl });
const runsOf = (stage: string) => sessions().filter((run) => run.stage === stage);

/** What the model of each role says; `step` counts its answers since it was last spoken to. */
function mind({ step, said }: Turn): Reply {
  const { stage, attempt } = house.task();
  const at = desk();
  const runs = runsOf(stage).length;
  const scripts: Record<string, () => Reply[]> = {
    analysis: () => (attempt === 1 ? askOne(at) : analysis(at)),
    architecture: () => (runs === 1 ? limited(step) : architecture(at)),
    development: () =>
      runs === 1 ? Array.from({ length: 9 }, () => bash('echo thinking', DEAR)) : development(at),
    review: () => review(at),
    testing: () => testing(at),
    'deploy-staging': () => staging(at),
  };
  expect(said).not.toBe('');
  return scripts[stage]?.()[step] ?? { text: 'done' };
}

/** Works for one turn, then meets the limit of the account. */
const limited = (step: number): Reply[] => [
  bash('ls docs'),
  ...Array.from(
    { length: step },
    (): Reply => ({
      ...{ status: 429, type: 'rate_limit_error', message: limitText() },
      headers: { 'x-should-retry': 'false' },
    }),
  ),
];

describe('one whole task with the real CLI in the running system', () => {
  beforeAll(async () => {
    // Each test says why it is skipped then.
    if ('skipped' in CLI) return;
    house = await startClaudeHouse({
      ORCH_BUDGET_ATTEMPT_USD: '1',
      ORCH_BUDGET_MIN_RUN_USD: '0.05',
      ORCH_USAGE_LIMIT_JITTER_S: '0',
      ORCH_PROGRESS_INTERVAL_MS: '200',
      ORCH_POST_DEPLOY_WINDOW_S: '2',
    });
    house.api.think(mind);
    driver().says('/new shop Greet people\nWhoever opens the shop shall be greeted by name, politely, once.');
  });
  afterAll(() => house?.close());

  it('asks back, and the answer given in chat continues the same session (AGENT-39)', async (context) => {
    skipWithoutCli(context);
    await house.until('the questions of the analyst', ({ activity }) => activity.kind === 'answers');
    driver().says(`/answer ${house.task().wid} Only members.`);
    await house.until('an approval', ({ activity }) => activity.kind === 'approval');
    const [first, second] = runsOf('analysis');
    expect(second).toMatchObject({ attempt: 2, sessionId: first?.sessionId, session: { resumed: true } });
    const [told] = house.api.seen.filter(({ body }) => body.includes('Only members.'));
    expect(told?.body).toContain('Who may leave a note?');
    await driver().seesButton(/Approve/);
    await driver().presses(/Approve/);
  });

  it('parks at a usage limit and goes on by itself, in the same session (AGENT-43)', async (context) => {
    skipWithoutCli(context);
    const { activity } = await house.until('the limit', (task) => task.activity.kind === 'limit');
    expect(activity).toMatchObject({ facts: { auto: 1 } });
    house.skip(61_000);
    await house.until('the development', ({ stage }) => stage === 'development');
    const [first, second] = runsOf('architecture');
    expect(first).toMatchObject({ class: 'limit', session: { turns: 1 } });
    expect(second).toMatchObject({
      class: 'finished',
      sessionId: first?.sessionId,
      session: { resumed: true },
    });
    expect(house.task().failedRuns + house.task().transientRuns).toBe(0);
  });

  it('is stopped by its budget, and a tap raises it and continues the session (AGENT-47)', async (context) => {
    skipWithoutCli(context);
    await house.until('the budget', ({ activity }) => activity.kind === 'budget');
    const before = house.app.parts.house.runs.spent({ task: house.task().id, stage: 'development' });
    expect(before.usd).toBeGreaterThan(0.9);
    expect(before.usd).toBeLessThan(2);
    expect(before.reservedUsd).toBe(0);
    expect(pings()).toEqual(expect.arrayContaining(['budget-80', 'budget']));
    await driver().seesButton(/\+\$5/);
    await driver().presses(/\+\$5/);
    await house.until('the next run', () => runsOf('development').length === 2);
    expect(house.task().raisedUsd).toEqual({ attempt: 5, task: 0 });
  });

  it('shows on the card what the agent does while it does it (AGENT-50)', async (context) => {
    skipWithoutCli(context);
    await driver().sees(({ text }) => text?.includes(LOOKING) === true, { deadlineMs: 30_000 });
  });

  it('goes through all six roles to production', async (context) => {
    skipWithoutCli(context);
    await house.until('a confirmation', ({ activity }) => activity.kind === 'confirm');
    const [first, second] = runsOf('development');
    expect(second).toMatchObject({
      class: 'finished',
      sessionId: first?.sessionId,
      session: { resumed: true },
    });
    await driver().seesButton(/Deploy [0-9a-f]{7}/);
    await driver().presses(/Deploy [0-9a-f]{7}/);
    await driver().seesButton(/^Yes/);
    await driver().presses(/^Yes/);
    await house.until('the end', ({ stage }) => stage === 'done');
    const roles = new Set(house.api.seen.map(({ system }) => /You are the (\w+)/.exec(system)?.[1]));
    expect([...roles].sort()).toEqual([
      'analyst',
      'architect',
      'deployer',
      'developer',
      'reviewer',
      'tester',
    ]);
    expect(sessions().every(({ ended }) => ended)).toBe(true);
  });
});

const pings = (): string[] =>
  house.app.parts.house.db.$client
    .prepare("select json_extract(payload, '$.ping') as name from outbox where kind = 'ping'")
    .all()
    .map((row) => String((row as { name: string }).name));
