import { describeError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { WorkStage } from '../../pipeline/stages.ts';
import { isTerminal } from '../../pipeline/stages.ts';
import type { AnnouncedRun, Announcement, OfferedResult } from '../../queues/announcement.ts';
import type { CancelOrder } from '../../queues/cancel.ts';
import { stepJobId } from '../../queues/catalog.ts';
import type { Publisher } from '../../queues/publisher.ts';
import type { Hearing } from '../hearing.ts';
import type { House } from '../house.ts';

export interface RollCallDeps {
  house: Pick<House, 'runs' | 'tasks' | 'engine'>;
  hearing: Pick<Hearing, 'ended'>;
  publisher: Pick<Publisher, 'stateOf'>;
  cancel: (order: CancelOrder) => Promise<void>;
  acknowledge: (worker: string, runIds: readonly string[]) => void;
  standDown: (worker: string, reason: string) => void;
  /** Of this program; workers of another major version get no work (REC-172). */
  version: string;
  /** How long a job may take to complete by itself, in milliseconds. Default 5000. */
  settleMs?: number;
  /** A worker not heard for so long is lost, in milliseconds. */
  lostMs: number;
  now: () => number;
  log: Logger;
}

/** A worker as it was last heard; `heardAt` in control's clock. */
export interface KnownWorker {
  last: Announcement;
  heardAt: number;
  /** Its process is proven dead; whoever speaks for it again lives. */
  gone?: true;
}

/** What the workers have said of themselves (REC-43 to REC-45). */
export interface RollCall {
  heard(announcement: Announcement): void;
  workers(): KnownWorker[];
  /** Those that are not lost and may be given work (REC-172). */
  ready(): Announcement[];
  worker(id: string): KnownWorker | null;
  /** It was proven that its process is dead. */
  gone(id: string): void;
  /** The run as its worker announced it last, while that worker is not lost. */
  run(runId: string): AnnouncedRun | null;
  /** Tasks one of whose runs a worker has in hand. */
  tasks(): ReadonlySet<number>;
  /** Takes over a result that did not come through the queue, and sees to it that the stage goes on. */
  take(offered: OfferedResult): void;
}

/** Clocks further apart are reported (REC-184). */
const SKEW_MS = 30_000;
/** A job that its worker is just completing goes on by itself. */
const SETTLE_MS = 5000;
const MAX_LOOKS = 60;

export const majorOf = (version: string): string => version.split('.')[0] ?? '';

export function createRollCall(deps: RollCallDeps): RollCall {
  const { house, now, log } = deps;
  const known = new Map<string, KnownWorker>();
  const warned = new Set<string>();

  const isHeard = ({ heardAt, gone }: KnownWorker): boolean => !gone && now() - heardAt < deps.lostMs;
  const present = (): KnownWorker[] => [...known.values()].filter(isHeard);

  function heard(announcement: Announcement): void {
    const { worker, name, at, leaving, results, runs } = announcement;
    if (Math.abs(now() - at) > SKEW_MS && !warned.has(worker)) {
      warned.add(worker);
      log.warn({ worker: name, seconds: Math.round((at - now()) / 1000) }, 'the clock of a worker differs');
    }
    // Results first: a run that has left the list must not look lost before its result is in.
    for (const offered of results) take(offered);
    if (results.length > 0)
      deps.acknowledge(
        worker,
        results.map(({ runId }) => runId),
      );
    const strange = isOtherMajor(announcement);
    if (strange) deps.standDown(worker, strange);
    if (leaving) known.delete(worker);
    else known.set(worker, { last: announcement, heardAt: now() });
    for (const run of runs) checkRun(run, { host: name, worker, exit: run.exit });
  }

  /** Why this worker gets no work; null where it does. */
  function isOtherMajor({ name, version, payload }: Announcement): string | null {
    if (majorOf(version) === majorOf(deps.version)) return null;
    const reason = `${name} runs version ${version} (payload ${payload}), control runs ${deps.version}`;
    if (!warned.has(reason)) log.warn({ reason }, 'a worker of another major version gets no work');
    warned.add(reason);
    return reason;
  }

  function checkRun(run: AnnouncedRun, by: Parameters<House['runs']['heard']>[1]): void {
    const task = house.tasks.get(run.task);
    if (task !== null && !isTerminal(task.stage) && run.fence >= task.fence) {
      house.runs.heard(run.runId, by, now());
      return;
    }
    log.info(
      { runId: run.runId, worker: by.host, fence: run.fence },
      'a run of an old fence is told to stop',
    );
    order(run, 'its fence is no longer current');
  }

  const order = ({ task, fence }: { task: number; fence: number }, reason: string): void =>
    void deps
      .cancel({ task, fence, reason })
      .catch((error: unknown) => log.debug({ err: describeError(error) }, 'cancel order not sent'));

  function take(offered: OfferedResult): void {
    const row = house.runs.byId(offered.runId);
    if (row === null || row.status === 'ended') return;
    const { task, stage, attempt, generation, result } = offered;
    deps.hearing.ended({ task, stage, attempt, generation, step: result.step }, result);
    goOn(offered, 0).catch((error: unknown) =>
      log.warn(
        { runId: offered.runId, err: describeError(error) },
        'a stage could not go on from its result',
      ),
    );
  }

  /** The queue may have lost the job, or given it to somebody who waits for a decision (REC-25, REC-42). */
  async function goOn(offered: OfferedResult, looks: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, deps.settleMs ?? SETTLE_MS).unref());
    const { task: id, fence, runId, result } = offered;
    const task = house.tasks.get(id);
    if (task === null || task.fence !== fence || isTerminal(task.stage) || looks >= MAX_LOOKS) return;
    const state = await deps.publisher
      .stateOf('agents', stepJobId({ ...offered, stage: task.stage }, result.step))
      .catch(() => 'active');
    if (state === 'completed') return;
    if (state === 'active') return goOn(offered, looks + 1);
    order(offered, 'its result came another way');
    house.engine.apply({
      kind: 'fact',
      name: 'wake',
      key: `${runId}:goes-on`,
      at: now(),
      target: { task: id, stage: task.stage as WorkStage, attempt: offered.attempt, fence },
      data: {},
    });
  }

  return {
    heard,
    take,
    workers: () => [...known.values()],
    ready: () =>
      present()
        .map(({ last }) => last)
        .filter(({ version }) => majorOf(version) === majorOf(deps.version)),
    worker: (id) => known.get(id) ?? null,
    gone(id) {
      const worker = known.get(id);
      if (worker) known.set(id, { ...worker, gone: true });
    },
    run(runId) {
      const runs = present().flatMap(({ last }) => last.runs);
      return runs.find((run) => run.runId === runId) ?? null;
    },
    tasks: () => new Set(present().flatMap(({ last }) => last.runs.map(({ task }) => task))),
  };
}
