import { expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { Unreachable } from '../../src/processors/outage.ts';
import { passed, type StepCall, type StepResultOf, step } from '../../src/processors/step.ts';
import { type JobContext, LookAgain, type StepPayload } from '../../src/queues/catalog.ts';

const payload = { step: 'gate.ci_green', input: {} } as unknown as StepPayload & {
  input: Record<string, unknown>;
};

/** One job that BullMQ runs again and again: its progress is what it reported last. */
function createJob(work: (call: StepCall) => Promise<StepResultOf>) {
  let reported: Record<string, unknown> | null = null;
  let looks = 0;
  const run = step(work);
  return {
    reported: () => reported,
    async look(): Promise<number | StepResultOf> {
      const context = {
        jobId: 'j',
        before: [],
        signal: new AbortController().signal,
        looks,
        reported,
        progress: async (value: Record<string, unknown>) => {
          reported = value;
        },
      } as unknown as JobContext;
      try {
        return (await run(payload, context)).at(-1) as StepResultOf;
      } catch (error) {
        if (!(error instanceof LookAgain)) throw error;
        looks += 1;
        return error.delayMs;
      }
    },
  };
}

const unreachable = () => new AppError('git-unreachable', 'git fetch: 502', { retry: true });

test('issue 5: while the forge is away a step sleeps longer and longer, says why, and ends by itself', async () => {
  let away = true;
  const job = createJob(async () => {
    if (away) throw unreachable();
    return passed('green');
  });
  const delays = [await job.look(), await job.look(), await job.look()];
  expect(delays).toEqual([2000, 4000, 8000]);
  expect(job.reported()).toMatchObject({ outages: 3, outage: { reason: 'git fetch: 502', k: 3, max: 240 } });
  for (let n = 0; n < 5; n += 1) await job.look();
  expect(await job.look()).toBe(60_000);
  away = false;
  expect(await job.look()).toMatchObject({ outcome: 'passed', reason: 'green' });
});

test('issue 5: what a step did already is not done twice, and what it remembered is kept', async () => {
  let runs = 0;
  let away = true;
  const job = createJob(async ({ context }) => {
    if (context.reported?.finished === undefined) runs += 1;
    await context.progress({ remembered: 'rebased', finished: context.reported?.finished });
    if (away) throw new Unreachable('push: 502', { finished: { class: 'finished' } });
    return passed('pushed');
  });
  await job.look();
  await job.look();
  expect(job.reported()).toMatchObject({
    remembered: 'rebased',
    finished: { class: 'finished' },
    outages: 2,
  });
  away = false;
  expect(await job.look()).toMatchObject({ outcome: 'passed' });
  expect(runs).toBe(1);
});

test("SHIP-103 outages do not use up a step's own patience; other faults stay faults", async () => {
  const seen: number[] = [];
  let turn = 0;
  const job = createJob(async ({ context }) => {
    seen.push(context.looks);
    turn += 1;
    if (turn <= 2) throw unreachable();
    if (turn <= 4) throw new LookAgain(1);
    throw new AppError('git-failed', 'the disk is full', { retry: true });
  });
  for (let n = 0; n < 4; n += 1) await job.look();
  await expect(job.look()).rejects.toMatchObject({ code: 'git-failed' });
  expect(seen).toEqual([0, 0, 0, 1, 2]);
});

test('PIPE-63 a gate that could not reach the forge looks again instead of asking a person', async () => {
  const job = createJob(async () => ({
    outcome: 'cannot-verify',
    reason: 'cannot verify: push: 502',
    evidence: { unreachable: true },
  }));
  expect(await job.look()).toBe(2000);
});
