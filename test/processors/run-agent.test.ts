import { describe, expect, it } from 'vitest';
import type { AgentRun } from '../../src/agent/port.ts';
import { createRunAgent, type RunAgentDeps } from '../../src/processors/run-agent.ts';
import type { Refusal } from '../../src/processors/run-report.ts';
import { type JobContext, LookAgain } from '../../src/queues/catalog.ts';
import { agentRequest } from '../support/agent/request.ts';
import { projectOf } from '../support/machine.ts';

const NOW = 1_000_000;
const HEAD = 'a'.repeat(40);

const ended = (change: Partial<AgentRun> = {}): AgentRun => ({
  class: 'finished',
  outcome: 'ok',
  reason: 'The agent finished.',
  exitCode: 0,
  signal: null,
  usage: null,
  sessionTotals: { costUsd: 1, models: {} },
  sessionId: 's1',
  turns: 2,
  contextPct: 5,
  toolCounts: {},
  logTail: '',
  permissionDenials: [],
  lastActivity: null,
  durationMs: 1,
  survivors: [],
  ...change,
});

interface Case {
  run?: Partial<AgentRun>;
  refusal?: Refusal | { lookAgainMs: number };
  /** Answers of the fence, one per question; the last one stays. */
  fence?: boolean[];
  alive?: number[];
  /** What an earlier look at the same job told. */
  reported?: Record<string, unknown>;
}

/** One job over a workspace that writes down what is asked of it. */
async function work({ run, refusal, fence = [true], alive = [], reported }: Case) {
  const did: string[] = [];
  const told: unknown[] = [];
  const note = <T>(what: string, answer: T): T => {
    did.push(what);
    return answer;
  };
  const ws = {
    ensureWorktree: async () => note('worktree', { path: '/tree' }),
    finishRun: async () =>
      note('commit and push', { kind: 'pushed', head: HEAD, restored: [], changed: false }),
    archiveRun: async ({ keepTree }: { keepTree: boolean }) =>
      note(keepTree ? 'archive, tree kept' : 'archive', { ref: 'refs/archive/x', sha: HEAD, pushed: true }),
    mirror: { changedPaths: async () => [] },
  };
  const answers = [...fence];
  const deps: RunAgentDeps = {
    workspace: { open: () => ws, gitVersion: async () => ({ version: '', enough: true }) } as never,
    agent: { run: async () => note('run', ended(run)) },
    place: { host: 'here', home: '/home' },
    refusal: async () => refusal ?? null,
    fenceHolds: async () => (answers.length > 1 ? answers.shift() : answers[0]) ?? true,
    clearWay: async () => alive,
    hold: () => ({
      spawned: () => undefined,
      phase: () => undefined,
      exited: ({ outcome }) => note(`ended ${outcome}`, undefined),
      release: () => undefined,
    }),
    random: () => 0.5,
    now: () => NOW,
  };
  const input = {
    ...{ taskId: 1, wid: 'SHOP-014', prefix: 'SHOP', project: projectOf(), stage: 'development', attempt: 1 },
    ...{ branch: 'feature/SHOP-014-x', startSha: HEAD, headSha: HEAD },
    agent: {
      request: agentRequest({}),
      scope: {},
      resume: false,
      cap: { name: 'attempt', usd: 10 },
      retry: { transientBefore: 0, unknownLimitsBefore: 0, baseMs: 10_000, maxMs: 600_000, jitterS: 60 },
    },
  };
  const context = {
    before: [],
    signal: new AbortController().signal,
    reported: reported ?? null,
    progress: async (value: unknown) => void told.push(value),
  } as unknown as JobContext;
  const payload = { step: 'agent', input } as never;
  const result = await createRunAgent(deps)(payload, context).catch((error: unknown) => error);
  const report = Array.isArray(result) ? result[0].evidence : null;
  return { did, told, report, result };
}

describe('one run of a role, from claim to report', () => {
  it('a finished run is committed and pushed; what its session needs is reported (AGENT-33, AGENT-57)', async () => {
    const { did, report } = await work({});
    expect(did).toEqual(['worktree', 'run', 'ended ok', 'commit and push']);
    const session = { turns: 2, contextPct: 5, host: 'here', home: '/home', totals: { costUsd: 1 } };
    expect(report).toMatchObject({ class: 'finished', headSha: HEAD, sessionId: 's1', session });
  });

  it('what waits for its push is pushed by the host that has it, and left alone by every other (AGENT-49)', async () => {
    const finished = ended();
    expect((await work({ reported: { finished, host: 'here' } })).did).toEqual([
      'ended ok',
      'commit and push',
    ]);
    const other = await work({ reported: { finished, host: 'there' } });
    expect([other.did, other.result]).toEqual([[], expect.any(LookAgain)]);
    const late = await work({ reported: { finished, host: 'there' }, fence: [false] });
    expect(late.report).toMatchObject({ class: 'cancelled' });
  });

  it('nothing is touched while processes of the run survive it', async () => {
    const { did, report } = await work({ run: { survivors: [4711] } });
    expect(did).toEqual(['worktree', 'run', 'ended ok']);
    expect(report).toMatchObject({ class: 'crash', reason: expect.stringContaining('4711') });
  });

  it('nothing starts while processes of an earlier run live (REC-24)', async () => {
    const { did, result } = await work({ alive: [42] });
    expect(did).toEqual([]);
    expect(result).toMatchObject({ code: 'run-alive', retry: true });
  });

  it('an old fence stops it before the start, and before the commit (AGENT-56)', async () => {
    const early = await work({ fence: [false] });
    expect(early.did).toEqual([]);
    expect(early.report).toMatchObject({ class: 'cancelled', session: null });
    const late = await work({ fence: [true, false] });
    expect(late.did).toEqual(['worktree', 'run', 'ended ok', 'archive']);
    expect(late.report).toMatchObject({ class: 'cancelled', outcome: 'cancelled' });
  });

  it('a run that may go on leaves its worktree as it is; any other is put aside (AGENT-25, FORGE-88)', async () => {
    expect((await work({ run: { class: 'limit', outcome: 'limit' } })).did).toContain('archive, tree kept');
    expect((await work({ run: { class: 'limit', outcome: 'limit', turns: 0 } })).did).toContain('archive');
    expect((await work({ run: { class: 'timeout', outcome: 'timed-out' } })).did).toContain('archive');
  });

  it.each([
    ['a stated Retry-After counts', { class: 'transient', retryAfterS: 90 }, 90_000],
    ['else the back-off', { class: 'transient' }, 10_000],
    [
      'a limit is clamped to a minute, and jittered',
      { class: 'limit', limitResetAt: NOW + 1 },
      60_000 + 30_000,
    ],
    ['a limit without a time is guessed', { class: 'limit' }, 1_800_000 + 30_000],
    ['others wait for no time', { class: 'crash' }, null],
  ] as const)('when the next one may start: %s (AGENT-42, AGENT-43)', async (_, run, afterMs) => {
    const { report } = await work({ run });
    expect(report.resumeAt).toBe(afterMs === null ? null : NOW + afterMs);
  });

  it('a budget stop names the cap it met', async () => {
    const { report } = await work({ run: { class: 'budget', outcome: 'budget' } });
    expect(report).toMatchObject({ class: 'budget', cap: { name: 'attempt', usd: 10 }, resumeAt: null });
  });

  it('not admitted by the breaker it waits in the queue and says so (AGENT-45)', async () => {
    const { did, told, result } = await work({ refusal: { lookAgainMs: 5000 } });
    expect(did).toEqual([]);
    expect(told).toEqual([{ parked: true }]);
    expect(result).toBeInstanceOf(LookAgain);
  });

  it('a host that is not ready is reported with the reason and the fix (AGENT-44)', async () => {
    const notReady = { host: 'here', cause: 'disk', reason: 'Full.', fix: 'Free space.' };
    const { did, report } = await work({ refusal: { class: 'auth', reason: 'Full. Free space.', notReady } });
    expect(did).toEqual([]);
    expect(report).toMatchObject({ class: 'auth', notReady, usage: null, outcome: null });
  });
});
