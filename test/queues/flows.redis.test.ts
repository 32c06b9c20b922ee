import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import { createCancelListener, createCanceller } from '../../src/queues/cancel.ts';
import {
  CATALOG,
  type JobContext,
  LookAgain,
  PAYLOAD_VERSION,
  type Processors,
  StepFirst,
  type StepOutcome,
  type StepPayload,
} from '../../src/queues/catalog.ts';
import { createPublisher, type Publisher, type StageFlow } from '../../src/queues/publisher.ts';
import { scheduleFirstRound } from '../../src/queues/schedules.ts';
import { createWorkers } from '../../src/queues/worker.ts';
import { withRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const redis = withRedis();
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const owned = (): Redis => redis.connect();

const ref = (step: string, generation = 1): StepPayload => ({
  v: PAYLOAD_VERSION,
  task: 7,
  wid: 'SHOP-007',
  repo: 'shop',
  stage: 'review',
  attempt: 1,
  generation,
  fence: 3,
  step,
});

const flowOf = (steps: string[], generation = 1): StageFlow => ({
  settle: ref('settle', generation),
  steps: steps.map((step) => ({
    payload: { ...ref(step, generation), input: {} },
    ...(step === 'agent' ? { extra: { role: 'reviewer' } } : {}),
  })),
  priority: 40,
});

type Work = (payload: StepPayload, context: JobContext) => Promise<unknown>;

/** Workers over these processors; jobs without one pass their step. */
function run(
  work: Partial<Record<keyof typeof CATALOG, Work>>,
  concurrency = 2,
  newerPayload?: (version: number) => void,
): Publisher {
  const pass: Work = async ({ step }, { before }) => [
    ...before,
    { step, outcome: 'passed', reason: '', evidence: {} },
  ];
  const processors = Object.fromEntries(
    Object.keys(CATALOG).map((name) => [name, work[name as keyof typeof CATALOG] ?? pass]),
  );
  const { prefix } = redis;
  const log = silentLogger();
  const publisher = createPublisher({ connection: owned(), prefix, keepDoneH: 1, log });
  closing.push(() => publisher.close());
  const cancel = createCancelListener({
    subscriber: new Redis(redis.connection),
    reader: owned(),
    prefix,
    log,
    pollMs: 50,
  });
  closing.push(() => cancel.close());
  const workers = createWorkers(
    {
      ...{ connect: owned, prefix, cancel, lockMs: 10_000, log, publishBelow: publisher.publishBelow },
      processors: processors as unknown as Processors,
      ...(newerPayload ? { newerPayload } : {}),
    },
    (['stages', 'agents', 'gates', 'checks'] as const).map((queue) => ({ queue, concurrency })),
  );
  closing.push(() => workers.close('test'));
  return publisher;
}

const settled = (): { results: StepOutcome[][]; work: Work } => {
  const results: StepOutcome[][] = [];
  return { results, work: async (_, { before }) => void results.push([...before]) };
};

const faultsAtOnce = async (publisher: Publisher, queue: 'checks' | 'agents', id: string): Promise<void> => {
  // Exhaust the attempts without waiting for the real back-off.
  const due = async () => {
    const job = await publisher.queues[queue].getJob(id);
    if (job && (await job.isDelayed())) await job.promote();
    return (await job?.getState()) === 'failed';
  };
  await until(due, { what: `${id} has failed for good` });
};

describe('one stage attempt is one flow (REC-11)', () => {
  it('hands every result up in order to settle', async () => {
    const { results, work } = settled();
    const publisher = run({ 'settle-stage': work });
    await publisher.publishFlow(flowOf(['agent', 'gate.reviewer_verdict', 'gate.review_approved']));
    await until(() => results.length === 1, { what: 'settle ran 1 times' });
    expect(results[0]?.map(({ step, outcome }) => [step, outcome])).toEqual([
      ['agent', 'passed'],
      ['gate.reviewer_verdict', 'passed'],
      ['gate.review_approved', 'passed'],
    ]);
  });

  it('inc-13 a step that faults for good still settles, and nothing stays in waiting-children', async () => {
    const { results, work } = settled();
    const publisher = run({
      'settle-stage': work,
      'run-check': async () => {
        throw new Error('the disk is gone');
      },
      'run-gate': async ({ step }, { before }) => [
        ...before,
        { step, outcome: 'not-run', reason: '', evidence: {} },
      ],
    });
    await publisher.publishFlow(flowOf(['agent', 'gate.reviewer_verdict', 'gate.review_approved']));
    await faultsAtOnce(publisher, 'checks', 't7.review.1.gate.reviewer_verdict');
    await until(() => results.length === 1, { what: 'settle ran 1 times' });
    expect(results[0]).toContainEqual({
      step: 'gate.reviewer_verdict',
      outcome: 'faulted',
      reason: 'the disk is gone',
      evidence: {},
    });
    for (const queue of ['stages', 'gates', 'checks', 'agents'] as const) {
      expect(await publisher.queues[queue].getJobCountByTypes('waiting-children')).toBe(0);
    }
  });

  it('inc-29 PIPE-14 publishing the same flow again is a no-op, also after it has ended; a new generation runs', async () => {
    let runs = 0;
    const { results, work } = settled();
    const publisher = run({
      'settle-stage': work,
      'run-agent': async ({ step }) => {
        runs += 1;
        return [{ step, outcome: 'passed', reason: '', evidence: {} }];
      },
    });
    const flow = flowOf(['agent']);
    await Promise.all(Array.from({ length: 20 }, () => publisher.publishFlow(flow)));
    await until(() => results.length === 1, { what: 'settle ran 1 times' });
    await publisher.publishFlow(flow);
    await publisher.publishFlow(flowOf(['agent'], 2));
    await until(() => results.length === 2, { what: 'settle ran 2 times' });
    expect(runs).toBe(2);
  });
});

describe('a step that waits', () => {
  it('looks again later without spending an attempt, and can be promoted (PIPE-70)', async () => {
    const looks: number[] = [];
    const { results, work } = settled();
    const publisher = run({
      'settle-stage': work,
      'run-gate': async ({ step }, { attempt, looks: n, progress, reported }) => {
        looks.push(n);
        expect(attempt).toBe(1);
        if (n === 0) {
          await progress({ remembered: 'first look' });
          throw new LookAgain(600_000);
        }
        return [{ step, outcome: 'passed', reason: String(reported?.remembered), evidence: {} }];
      },
    });
    await publisher.publishFlow(flowOf(['gate.ci_green']));
    await until(() => publisher.promote(ref('gate.ci_green'), 'gate.ci_green'), {
      what: 'the gate is delayed',
    });
    await until(() => results.length === 1, { what: 'settle ran 1 times' });
    expect(looks).toEqual([0, 1]);
    expect(results[0]?.[0]?.reason).toBe('first look');
  });

  it('inc-72 inc-03 what waits holds no slot: at concurrency 1 the other task goes on and both finish (PIPE-45, SHIP-53)', async () => {
    const { results, work } = settled();
    const done: string[] = [];
    const publisher = run(
      {
        'settle-stage': work,
        'run-gate': async ({ step, task }, { looks }) => {
          // The first holds the only slot and wants what the second one has.
          if (task === 7 && looks === 0) throw new LookAgain(600_000);
          done.push(`t${task}`);
          return [{ step, outcome: 'passed', reason: '', evidence: {} }];
        },
      },
      1,
    );
    const gate = (task: number): StageFlow => {
      const flow = flowOf(['gate.branch_mergeable']);
      return {
        ...flow,
        settle: { ...flow.settle, task },
        steps: flow.steps.map(({ payload, ...more }) => ({ ...more, payload: { ...payload, task } })),
      };
    };
    await publisher.publishFlow(gate(7));
    await publisher.publishFlow(gate(8));
    await until(() => done.includes('t8'), { what: 'the second task has the slot' });
    await publisher.promote(ref('gate.branch_mergeable'), 'gate.branch_mergeable');
    await until(() => results.length === 2, { what: 'both have settled' });
    expect(done).toEqual(['t8', 't7']);
  });

  it('asks for another step first, holds no slot for it, and goes on with what that hands up (FORGE-40)', async () => {
    const { results, work } = settled();
    let judged = 0;
    const publisher = run(
      {
        'settle-stage': work,
        'run-gate': async (payload, { before, attempt }) => {
          judged += 1;
          expect(attempt).toBe(1);
          const run = before.find(({ step }) => step === 'project-checks');
          if (run === undefined)
            throw new StepFirst({ ...payload, step: 'project-checks', input: { checks: 1 } });
          return [...before, { step: payload.step, outcome: 'passed', reason: run.reason, evidence: {} }];
        },
        'project-checks': async ({ step, ...rest }) => [
          {
            step,
            outcome: 'passed',
            reason: JSON.stringify((rest as { input?: unknown }).input),
            evidence: {},
          },
        ],
      },
      1,
    );
    await publisher.publishFlow(flowOf(['agent', 'gate.ci_green']));
    await until(() => results.length === 1, { what: 'settle ran 1 times' });
    expect(judged).toBe(2);
    expect(results[0]?.map(({ step }) => step).toSorted()).toEqual([
      'agent',
      'gate.ci_green',
      'project-checks',
    ]);
    expect(results[0]?.find(({ step }) => step === 'gate.ci_green')?.reason).toBe('{"checks":1}');
  });

  it('inc-13 goes on also when the step it asked for has failed for good', async () => {
    const { results, work } = settled();
    const publisher = run({
      'settle-stage': work,
      'run-gate': async (payload, { before }) => {
        const run = before.find(({ step }) => step === 'project-checks');
        if (run === undefined) throw new StepFirst({ ...payload, step: 'project-checks', input: {} });
        return [...before, { step: payload.step, outcome: 'not-run', reason: run.outcome, evidence: {} }];
      },
      'project-checks': async () => {
        throw new Error('the disk is gone');
      },
    });
    await publisher.publishFlow(flowOf(['gate.ci_green']));
    await until(async () => (await publisher.stateOf('checks', 't7.review.1.project-checks')) === 'delayed', {
      what: 'the checks have faulted',
    });
    await faultsAtOnce(publisher, 'checks', 't7.review.1.project-checks');
    await until(() => results.length === 1, { what: 'settle ran 1 times' });
    expect(results[0]?.map(({ step, outcome }) => [step, outcome])).toEqual([
      ['project-checks', 'faulted'],
      ['gate.ci_green', 'not-run'],
    ]);
  });

  it('AGENT-59 a cancel order reaches the process that holds the job, and work not begun never starts', async () => {
    const { results, work } = settled();
    const reasons: unknown[] = [];
    const publisher = run({
      'settle-stage': work,
      'run-agent': async ({ step }, { signal }) => {
        if (!signal.aborted)
          await new Promise((stopped) => signal.addEventListener('abort', stopped, { once: true }));
        reasons.push(signal.reason);
        return [{ step, outcome: 'not-run', reason: String(signal.reason), evidence: {} }];
      },
    });
    const cancel = createCanceller(owned(), redis.prefix);
    await publisher.publishFlow(flowOf(['agent']));
    await until(async () => (await publisher.queues.agents.getActiveCount()) === 1, {
      what: 'the agent runs',
    });
    await cancel({ task: 7, fence: 3, reason: 'stopped' });
    await until(() => results.length === 1, { what: 'settle ran 1 times' });
    await publisher.publishFlow(flowOf(['agent'], 2));
    await until(() => results.length === 2, { what: 'settle ran 2 times' });
    expect(reasons).toEqual(['stopped', 'stopped']);
  });
});

describe('the catalog (REC-14, REC-15)', () => {
  it('gives every job a priority, and refuses a payload that is not valid before it is published', async () => {
    const publisher = run({});
    await publisher.publish('refresh-card', { v: 1, task: 7 });
    const [job] = await publisher.queues.chat.getJobs(['prioritized', 'waiting', 'delayed']);
    expect(job?.opts.priority).toBe(100);
    const wrong = { v: 1, task: 'seven' } as unknown as { v: 1; task: number };
    await expect(publisher.publish('refresh-card', wrong)).rejects.toThrow(/expected number/i);
  });
});

it('a payload of a newer program is put back for 60 s, told, and costs no attempt (REC-172)', async () => {
  const told: number[] = [];
  let worked = 0;
  const work: Work = async () => {
    worked += 1;
    return [];
  };
  const publisher = run({ 'run-gate': work }, 2, (version) => told.push(version));
  const newer = { ...ref('gate.review_approved'), v: PAYLOAD_VERSION + 1, unheardOf: true };
  const { id = '' } = await publisher.queues.gates.add('run-gate', newer as never, { attempts: 3 });
  const job = async () => publisher.queues.gates.getJob(id);
  await until(async () => (await job())?.isDelayed(), { what: 'the job is put back' });
  const { delay, attemptsMade } = (await job()) ?? {};
  expect({ told, worked, attemptsMade }).toEqual({ told: [PAYLOAD_VERSION + 1], worked: 0, attemptsMade: 0 });
  expect(delay).toBeGreaterThan(55_000);
  expect(delay).toBeLessThanOrEqual(60_000);
});

it('the first round of the reconciler comes 10 s after a start, once, however long its interval (REC-70)', async () => {
  const publisher = createPublisher({
    ...{ connection: owned(), prefix: redis.prefix, keepDoneH: 1 },
    log: silentLogger(),
  });
  closing.push(() => publisher.close());
  await scheduleFirstRound(publisher, 7);
  await scheduleFirstRound(publisher, 7);
  const jobs = await publisher.queues.system.getDelayed();
  expect(jobs.map(({ name, delay }) => [name, delay])).toEqual([['reconcile', 10_000]]);
});
