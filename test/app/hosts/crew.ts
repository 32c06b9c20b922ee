import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createHearing } from '../../../src/app/hearing.ts';
import { createReaper, type ReaperDeps } from '../../../src/app/hosts/reaper.ts';
import { createRollCall, type RollCallDeps } from '../../../src/app/hosts/roll-call.ts';
import { openSpool } from '../../../src/app/hosts/run-once.ts';
import { createRunStore } from '../../../src/db/runs.ts';
import { createGrouped, createTogether } from '../../../src/db/transactions.ts';
import { createVerdictStore } from '../../../src/db/verdicts.ts';
import { silentLogger } from '../../../src/log.ts';
import type { AnnouncedRun, Announcement, OfferedResult } from '../../../src/queues/announcement.ts';
import type { CancelOrder } from '../../../src/queues/cancel.ts';
import { identify } from '../../../src/subprocess.ts';
import { started, storeOf } from '../../db/store.ts';

export const S = 1000;
export const LIMITS = { lostMs: 90 * S, deadLooks: 3, finalizeGraceMs: 300 * S, maxRunningMs: 7200 * S };
export const RUN = 't1.analysis.1.g1';

/** Another boot than this one: of its processes nothing can be proven from here. */
const ELSEWHERE = { pid: 1, startTime: '1', bootId: 'another host' };

/** A control process with one task whose analyst runs on the worker `w1` of another host. */
export function crewOf(change: { reaper?: Partial<ReaperDeps>; roll?: Partial<RollCallDeps> } = {}) {
  const store = storeOf();
  const runs = createRunStore(store.db);
  const at = { now: 2 * S };
  const now = () => at.now;
  const house = {
    ...store,
    ...{
      knows: store.store.accepted,
      together: createTogether(store.db),
      grouped: createGrouped(store.db),
      runs,
    },
    verdicts: createVerdictStore(store.db),
  };
  const { id: task, stage, attempt, fence, generation } = started(store, 1);
  const of = { task, stage, attempt, fence, generation, run: 1, role: 'analyst', capUsd: null };
  runs.queued({ ...of, id: RUN, logPath: '', createdAt: 1 * S });
  runs.started(RUN, at.now);
  const orders: CancelOrder[] = [];
  const acknowledged: string[] = [];
  const stoodDown: string[] = [];
  const jobs = { state: 'unknown', asked: 0 };
  const log = silentLogger();
  const cancel = async (order: CancelOrder) => void orders.push(order);
  const none = { ended: () => undefined, tell: () => undefined, spent: () => undefined };
  const hearing = createHearing({
    house: house as never,
    now,
    resilience: none,
    spent: none.spent,
    activity: () => undefined,
  });
  const roll = createRollCall({
    ...{ house, hearing, cancel, now, log, lostMs: LIMITS.lostMs },
    publisher: {
      stateOf: async () => {
        jobs.asked += 1;
        return jobs.state;
      },
    },
    acknowledge: (_, ids) => void acknowledged.push(...ids),
    standDown: (_, reason) => void stoodDown.push(reason),
    version: '1.2.3',
    settleMs: 0,
    ...change.roll,
  });
  const runsDir = mkdtempSync(path.join(os.tmpdir(), 'orch-crew-'));
  const spool = openSpool(runsDir);
  const reaper = createReaper({
    ...{ house, roll, spool, runsDir, cancel, now, log, limits: LIMITS },
    ownLimitMs: () => 1800 * S,
    inHand: () => new Set(),
    upSince: () => 0,
    isConnected: async () => true,
    detected: () => undefined,
    tipOf: async () => 'b'.repeat(40),
    ...change.reaper,
  });
  const run = (more: Partial<AnnouncedRun> = {}): AnnouncedRun => ({
    ...{ runId: RUN, task, fence, child: ELSEWHERE, alive: true, startedAt: 2 * S },
    ...{ lastOutputAt: null, phase: 'working', exit: null },
    ...more,
  });
  const announce = (more: Partial<Announcement> = {}): void =>
    roll.heard({
      ...{ v: 1, worker: 'w1', name: 'far', process: ELSEWHERE, roles: ['agents'], labels: [], capacity: 1 },
      ...{
        version: '1.0.0',
        payload: 1,
        preflight: { ok: true, detail: '' },
        at: at.now,
        results: [],
        lost: [],
      },
      runs: [run()],
      ...more,
    });
  const result = (evidence: Record<string, unknown> = {}): OfferedResult => ({
    ...{ runId: RUN, task, stage, attempt, generation, fence },
    result: {
      step: 'agent',
      outcome: 'passed',
      reason: 'The agent finished.',
      evidence: { ...FINISHED, ...evidence },
    },
  });
  return {
    ...{
      house,
      tasks: store.tasks,
      runs,
      task,
      at,
      orders,
      acknowledged,
      jobs,
      roll,
      reaper,
      runsDir,
      spool,
    },
    ...{ run, announce, result, hearing, stoodDown },
    /** Accepted events of the task after its start. */
    events: () =>
      store.tasks
        .log(task)
        .filter(({ accepted }) => accepted)
        .map(({ name }) => name)
        .slice(1),
  };
}

export const FINISHED = {
  ...{ class: 'finished', outcome: 'ok', run: 1, startSha: 'a'.repeat(40), headSha: 'b'.repeat(40) },
  ...{ codeChanged: true, usage: null, sessionId: 's1', exitCode: 0, logTail: '', restored: [] },
  ...{ archiveRef: null, resumeAt: null, session: null, notReady: null },
};

/** The identity of this very process, as a worker on this machine would announce it. */
export const here = () => identify(process.pid) as NonNullable<ReturnType<typeof identify>>;
