import { expect, test } from 'vitest';
import { NotYet } from '../../src/gates/gate.ts';
import { checksBelow, createProjectChecks } from '../../src/processors/project-checks.ts';
import type { StepCall } from '../../src/processors/step.ts';
import type { StepInput } from '../../src/processors/step-input.ts';
import { type JobContext, StepFirst, type StepOutcome, type StepPayload } from '../../src/queues/catalog.ts';
import type { ChecksRequest, ChecksResult } from '../../src/workspace/checks.ts';
import type { Workspace } from '../../src/workspace/workspace.ts';

const SHA = 'a'.repeat(40);
const request: ChecksRequest = { sha: SHA, branch: 'b', command: 'npm test', deadlineMs: 1000, id: 'x' };
const red = { state: 'failure', sha: SHA, exitCode: 1, reason: 'exit 1 in 2 s' } as ChecksResult;
const input = { taskId: 1, project: { repo: 'shop' } } as unknown as StepInput;
const payload = {
  task: 1,
  stage: 'development',
  attempt: 1,
  generation: 1,
  step: 'gate.ci_green',
} as StepPayload;

const contextOf = (
  before: readonly StepOutcome[] = [],
  signal = new AbortController().signal,
): JobContext => ({
  ...{ jobId: 'j', attempt: 1, looks: 0, losses: 0, createdAt: 0, reported: null },
  ...{ signal, before, progress: async () => undefined },
});
const callOf = (before: readonly StepOutcome[]): StepCall => ({ payload, input, context: contextOf(before) });

const workspaceOf = (runs: ChecksRequest[]): Pick<Workspace, 'open'> => ({
  open: () =>
    ({
      runChecks: async (asked: ChecksRequest) => {
        runs.push(asked);
        return red;
      },
    }) as unknown as ReturnType<Workspace['open']>,
});

test('FORGE-40 a gate asks for the check command as a step of its own, with everything the step needs', async () => {
  const signal = new AbortController().signal;
  const asked = checksBelow(callOf([]))({ ...request, signal });
  const { wanted } = (await asked.catch((error: unknown) => error)) as NotYet<StepFirst>;
  expect(wanted).toBeInstanceOf(StepFirst);
  expect(wanted.payload).toMatchObject({
    ...payload,
    step: 'project-checks',
    input: { ...input, checks: request },
  });
  // It travels through Redis.
  expect(JSON.parse(JSON.stringify(wanted.payload))).toEqual(wanted.payload);
});

test('the step runs exactly that and hands red up as its answer: the gate is who judges', async () => {
  const runs: ChecksRequest[] = [];
  const checks = createProjectChecks({ workspace: workspaceOf(runs), host: 'host-a' });
  const order = { ...payload, step: 'project-checks', input: { ...input, checks: request } };
  const outcomes = await checks(order, contextOf());
  expect(runs).toMatchObject([request]);
  expect(outcomes).toMatchObject([
    { step: 'project-checks', outcome: 'passed', evidence: { host: 'host-a' } },
  ]);
  await expect(checksBelow(callOf(outcomes))(request)).resolves.toEqual(red);
});

test('a run of another commit is no answer', async () => {
  const other = { ...red, sha: 'b'.repeat(40) };
  const before = [
    { step: 'project-checks', outcome: 'passed' as const, reason: '', evidence: { checked: other } },
  ];
  await expect(checksBelow(callOf(before))(request)).rejects.toBeInstanceOf(NotYet);
});

test('a run that was stopped is no answer either', async () => {
  const controller = new AbortController();
  const workspace = {
    open: () => ({
      runChecks: async () => {
        controller.abort('cancelled');
        return red;
      },
    }),
  } as unknown as Workspace;
  const checks = createProjectChecks({ workspace, host: 'host-a' });
  const order = { ...payload, step: 'project-checks', input: { ...input, checks: request } };
  await expect(checks(order, contextOf([], controller.signal))).rejects.toBe('cancelled');
});
