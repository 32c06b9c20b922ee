import type { FactData } from '../pipeline/events.ts';
import type { WorkStage } from '../pipeline/stages.ts';
import type { RunProgress } from '../pipeline/view.ts';
import type { Outage } from '../processors/outage.ts';
import type { RunReport } from '../processors/run-report.ts';
import { factOfStep, resultKey } from '../processors/settle-stage.ts';
import type { StepOutcome } from '../queues/catalog.ts';
import type { ResultListener, StepRef } from '../queues/results.ts';
import type { Resilience } from './hosts/resilience.ts';
import type { House } from './house.ts';

export interface HearingDeps {
  house: House;
  now: () => number;
  resilience: Pick<Resilience, 'ended' | 'tell'>;
  /** Looks at the caps while money is spent; `liveUsd` is what the present run has cost so far (AGENT-47). */
  spent: (task: number, liveUsd: number) => void;
  /** A running task's card should be drawn anew because of live activity (CARD-8). */
  activity: (task: number) => void;
}

interface ProgressMessage {
  progress?: {
    phase: string;
    activity: RunProgress['activity'];
    turns: number;
    tokens: { in: number; out: number };
    cost_usd: number | null;
    estimated: boolean;
    context_pct?: number | null;
    model: string | null;
    host: string;
    pgid?: number | null;
    fence: number;
  };
  /** The run may not start yet. */
  parked?: boolean;
  pending?: {
    gate: FactData['gate-result']['gate'];
    result: FactData['gate-result']['result'];
    retryAt: number;
  };
  outage?: Outage;
}

const awayOf = ({ k, max, delayMs }: Outage, at: number) => ({ k, max, retryAt: at + delayMs });

const runIdOf = ({ task, stage, attempt, generation }: StepRef): string =>
  `t${task}.${stage}.${attempt}.g${generation}`;

export interface Hearing extends Pick<ResultListener, 'started' | 'progressed'> {
  /** True when the end of this step has been recorded as a fact. */
  heard(ref: StepRef): boolean;
  /** A step of another host ended, whoever tells it; recorded when this returns. */
  ended(ref: StepRef, result: StepOutcome): void;
  /** A step ended here. Recorded when this resolves, in one commit with what ended in the same moment. */
  endedHere(ref: StepRef, result: StepOutcome): Promise<void>;
  /** The same, told by the settle job; what is known already changes nothing. */
  settled(ref: StepRef & { fence: number }, result: StepOutcome): Promise<void>;
}

/** So many ends of steps are known without a look into the log; the repeats of an end come within a second. */
const REMEMBERED = 1000;

/** Records what steps report while their stage is under way (REC-42, AGENT-50). */
export function createHearing({ house, now, activity, resilience, spent }: HearingDeps): Hearing {
  /** Fence of a step that is still under way; null once it is obsolete. */
  const fenceOf = ({ task, stage, attempt, generation, fence }: StepRef): number | null => {
    if (fence !== undefined) return house.tasks.fence(task) === fence ? fence : null;
    const state = house.tasks.get(task);
    const current =
      state !== null && state.stage === stage && state.attempt === attempt && state.generation === generation;
    return current ? state.fence : null;
  };

  function record(ref: StepRef & { fence: number }, result: StepOutcome): void {
    const { task, stage, attempt, generation } = ref;
    const { step, outcome, reason, evidence } = result;
    if (outcome === 'not-run') {
      // It never had a process, so it must not hold money back.
      if (step === 'agent')
        house.runs.ended(runIdOf(ref), { class: 'cancelled', usage: null, sessionId: null, at: now() });
      return;
    }
    house.verdicts.put(task, {
      stage: stage as WorkStage,
      attempt,
      generation,
      step,
      outcome,
      reason,
      evidence,
      at: now(),
    });
    if (step !== 'agent') return;
    recordRun(ref, evidence as unknown as RunReport);
  }

  function recordRun(ref: StepRef, end: RunReport): void {
    const runId = runIdOf(ref);
    const first = house.runs.ended(runId, {
      class: end.class ?? 'crash',
      usage: end.usage ?? null,
      sessionId: end.sessionId ?? null,
      refused: end.outcome === null,
      session: end.session ? { ...end.session, totals: end.session.totals ?? null } : null,
      at: now(),
    });
    if (!first) return;
    if (end.outcome) resilience.ended({ runId, outcome: end.outcome });
    if (end.notReady) resilience.tell(ref.task, end.notReady);
    spent(ref.task, 0);
  }

  /** Keys of ends that were recorded lately, oldest first: each is told up to three times (REC-42). */
  const recorded = new Set<string>();
  const keyOf = (ref: StepRef, step: string): string =>
    resultKey({ ...ref, stage: ref.stage as WorkStage }, step);
  const isRecorded = (key: string): boolean => recorded.has(key) || house.knows(key);

  /** Told by whoever carried it out, by the queue, or by the settle job; the key of its fact where that was taken. */
  function take(ref: StepRef, result: StepOutcome, fence: number | null): string | null {
    if (fence === null || isRecorded(keyOf(ref, result.step))) return null;
    record({ ...ref, fence }, result);
    const fact = factOfStep({ ...ref, fence, stage: ref.stage as WorkStage }, result, now());
    return fact !== null && house.engine.apply(fact).ok ? fact.key : null;
  }

  const takeHere = async (ref: StepRef, result: StepOutcome, fence: () => number | null): Promise<void> => {
    if (!recorded.has(keyOf(ref, result.step)))
      remember(await house.grouped(() => take(ref, result, fence())));
  };

  /** Only after the commit: what was taken back must be told again. */
  function remember(key: string | null): void {
    if (key === null) return;
    recorded.add(key);
    const [oldest] = recorded;
    if (recorded.size > REMEMBERED && oldest !== undefined) recorded.delete(oldest);
  }

  return {
    settled: (ref, result) => takeHere(ref, result, () => ref.fence),
    endedHere: (ref, result) => takeHere(ref, result, () => fenceOf(ref)),
    ended: (ref, result) => remember(house.together(() => take(ref, result, fenceOf(ref)))),
    heard: (ref) => isRecorded(keyOf(ref, ref.step)),
    started(ref) {
      if (ref.step !== 'agent') return;
      house.runs.started(runIdOf(ref), now());
      activity(ref.task);
    },
    progressed(ref, data) {
      const { progress, pending, outage, parked } = data as ProgressMessage;
      if (parked) house.runs.parked(runIdOf(ref));
      if (progress) {
        const { phase, activity: doing, turns, tokens, cost_usd, estimated, model, context_pct } = progress;
        const kept = {
          phase,
          activity: doing,
          turns,
          tokensIn: tokens.in,
          tokensOut: tokens.out,
          costUsd: cost_usd,
          estimated,
          model,
          contextPct: context_pct ?? null,
          pgid: progress.pgid ?? null,
          at: now(),
        };
        house.runs.progressed(runIdOf(ref), kept, progress.host);
        activity(ref.task);
        if (cost_usd !== null) spent(ref.task, cost_usd);
      }
      const fence = fenceOf(ref);
      if (outage && fence !== null)
        house.engine.apply({
          kind: 'fact',
          name: 'runtime-changed',
          key: `t${ref.task}.${ref.stage}.${ref.attempt}.${ref.step}.g${ref.generation}:away:${outage.k}.${now()}`,
          at: now(),
          target: { task: ref.task, stage: ref.stage as WorkStage, attempt: ref.attempt, fence },
          data: { ready: false, reason: outage.reason, away: awayOf(outage, now()) },
        });
      if (!pending || fence === null) return;
      house.engine.apply({
        kind: 'fact',
        name: 'gate-result',
        key: `t${ref.task}.${ref.stage}.${ref.attempt}.${ref.step}.g${ref.generation}:pending:${pending.retryAt}`,
        at: now(),
        target: { task: ref.task, stage: ref.stage as WorkStage, attempt: ref.attempt, fence },
        data: pending,
      });
    },
  };
}
