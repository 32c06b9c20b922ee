import { gateOfStep } from '../pipeline/plan.ts';
import { listenToSteps, type StepRef } from '../queues/results.ts';
import type { Cleanup } from './cleanup.ts';
import type { Hearing } from './hearing.ts';
import type { Crew } from './hosts/crew.ts';
import type { Parts } from './parts.ts';
import type { Queueing } from './queueing.ts';

export interface ListeningDeps {
  parts: Parts;
  queueing: Queueing;
  hearing: Hearing;
  crew: Pick<Crew, 'reaper'>;
  cleanup: Cleanup;
}

const keyOf = ({ task, stage, attempt, generation, step }: StepRef): string =>
  `${task}.${stage}.${attempt}.${generation}.${step}`;

/** A worker was given a run that another one has lost, and waits for a decision (AGENT-59). */
const isOrphaned = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'orphaned' in data && data.orphaned === true;

/** Hears how steps go: their results, how long gates take, and whose lock runs out (REC-23, REC-42). */
export function startListening({ parts, queueing, hearing, crew, cleanup }: ListeningDeps): void {
  const { place, metrics } = parts;
  const begun = new Map<string, number>();
  const steps = listenToSteps(
    { connect: () => queueing.connections.worker(), prefix: queueing.connections.prefix, log: place.log },
    ['agents', 'gates', 'checks', 'delivery'],
    {
      progressed(ref, data) {
        hearing.progressed(ref, data);
        if (isOrphaned(data)) void crew.reaper.suspect(ref);
      },
      started(ref) {
        if (gateOfStep(ref.step) !== null) begun.set(keyOf(ref), place.now());
        hearing.started(ref);
      },
      ended(ref, result) {
        const since = begun.get(keyOf(ref));
        begun.delete(keyOf(ref));
        if (since !== undefined) metrics.gateTook(String(gateOfStep(ref.step)), place.now() - since);
        // Who carries steps out here tells their ends at once.
        const told = hearing.heard(ref) ? null : result();
        if (told !== null) hearing.ended(ref, told);
      },
      lost(ref) {
        metrics.stalled();
        void crew.reaper.suspect(ref);
      },
    },
  );
  cleanup.add('step events', () => steps.close());
}
