import { describe, expect, it } from 'vitest';
import type { AgentHostSight } from '../../../src/app/hosts/able-hosts.ts';
import { unlessNobodyReady } from '../../../src/app/hosts/nobody-ready.ts';
import type { NotReady } from '../../../src/app/hosts/resilience.ts';
import { type JobContext, LookAgain, type Payload, type StepOutcome } from '../../../src/queues/catalog.ts';

const host = (name: string, more: Partial<AgentHostSight> = {}): AgentHostSight => ({
  ...{ name, labels: [], own: false, notReady: null },
  ...more,
});
const full = (name: string): { notReady: NotReady } => ({
  notReady: { host: name, cause: 'disk', reason: 'The disk is full.', fix: 'Free space.' },
});

interface More extends Partial<JobContext> {
  workerLabels?: string[];
}

function bench(hosts: AgentHostSight[], { workerLabels = [], ...more }: More = {}) {
  const said = { started: 0, told: [] as string[], progress: [] as unknown[] };
  const runAgent = async (): Promise<StepOutcome[]> => {
    said.started += 1;
    return [];
  };
  const work = unlessNobodyReady(runAgent, {
    hosts: { all: async () => hosts },
    tell: (task, { host: name, cause }) => void said.told.push(`${task} ${name} ${cause}`),
  });
  const payload = {
    task: 7,
    step: 'agent',
    input: { project: { workerLabels } },
  } as unknown as Payload<'run-agent'>;
  const context: JobContext = {
    ...{ jobId: 'j', attempt: 1, looks: 0, losses: 0, createdAt: 0, before: [], reported: null },
    signal: new AbortController().signal,
    progress: async (value) => void said.progress.push(value),
    ...more,
  };
  return { said, outcome: work(payload, context) };
}

describe('a run as control takes it (AGENT-44, AGENT-60)', () => {
  it('is carried out here where this host is ready', async () => {
    const { said, outcome } = bench([host('control', { own: true }), host('a')]);
    await outcome;
    expect(said.started).toBe(1);
  });

  it('is left to a host that is ready where this one is not, and looks queued meanwhile', async () => {
    const { said, outcome } = bench([host('control', { own: true, ...full('control') }), host('a')]);
    await expect(outcome).rejects.toBeInstanceOf(LookAgain);
    expect(said).toEqual({ started: 0, told: [], progress: [{ parked: true }] });
  });

  it('ends unstarted with reason and fix where no host for it is ready; each such host is told once', async () => {
    const { said, outcome } = bench(
      [
        host('a', { labels: ['far'], ...full('a') }),
        host('b', { labels: ['far'], ...full('b') }),
        host('control', { own: true }),
      ],
      { workerLabels: ['far'] },
    );
    expect(await outcome).toMatchObject([
      {
        outcome: 'faulted',
        reason: 'The disk is full. Free space.',
        evidence: { class: 'auth', outcome: null, notReady: { host: 'a', cause: 'disk' } },
      },
    ]);
    // The first is told by whoever records the run.
    expect(said.told).toEqual(['7 b disk']);
    expect(said.started).toBe(0);
  });

  it('stays queued where nobody offers its labels', async () => {
    const { said, outcome } = bench([host('control', { own: true })], { workerLabels: ['far'] });
    await expect(outcome).rejects.toBeInstanceOf(LookAgain);
    expect(said.started).toBe(0);
  });

  it.each<[string, Partial<JobContext>]>([
    ['was lost', { losses: 1 }],
    ['only has to be pushed', { reported: { finished: {} } }],
    ['is over', { signal: AbortSignal.abort('cancelled') }],
    ['follows a refusal', { before: [{ step: 'prepare', outcome: 'faulted', reason: '', evidence: {} }] }],
  ])('that %s is nobody’s readiness', async (_, more) => {
    const { said, outcome } = bench([host('control', { own: true, ...full('control') })], more);
    await outcome;
    expect(said.started).toBe(1);
  });
});
