import type { OutboxRow } from '../db/outbox.ts';
import type { Logger } from '../log.ts';
import type { Effect } from '../pipeline/effects.ts';
import { gateStep } from '../pipeline/plan.ts';
import { GATE_RULES } from '../pipeline/stages.ts';
import { runIdOf } from '../processors/plan-agent.ts';
import { inputOf, type PlanDeps, planStage } from '../processors/plan-stage.ts';
import type { StepInput } from '../processors/step-input.ts';
import type { CancelOrder } from '../queues/cancel.ts';
import { PAYLOAD_VERSION } from '../queues/catalog.ts';
import type { Publisher } from '../queues/publisher.ts';
import type { House } from './house.ts';
import type { CardRequests } from './surfaces/card-requests.ts';

export interface SendDeps {
  house: House;
  publisher: Publisher;
  cancel: (order: CancelOrder) => Promise<void>;
  plan: PlanDeps;
  cards: CardRequests;
  runLog: (runId: string) => string;
  now: () => number;
  log: Logger;
}

type Send<K extends Effect['kind']> = (
  deps: SendDeps,
  effect: Extract<Effect, { kind: K }>,
  row: OutboxRow,
) => Promise<void>;

const v = PAYLOAD_VERSION;
/** Ids may not contain `:` (BullMQ), keys do. */
const jobIdOf = (key: string): string => key.replaceAll(':', '_');

const runStage: Send<'run-stage'> = async (deps, effect, { task: id }) => {
  const { house, plan, publisher, log } = deps;
  const task = house.tasks.get(id);
  if (task === null || task.fence !== effect.fence) {
    log.info({ taskId: id, fence: effect.fence }, 'superseded before it was published');
    return;
  }
  const flow = planStage(plan, task, effect);
  const agent = flow.steps.find(({ payload }) => payload.step === 'agent');
  if (agent) {
    const { stage, attempt, generation, fence } = effect;
    const request = (agent.payload.input as unknown as StepInput).agent?.request;
    const runId = runIdOf(task);
    house.together(() => {
      house.runs.supersede(id, runId, deps.now());
      house.runs.queued({
        id: runId,
        task: id,
        stage,
        attempt,
        run: request?.run ?? 1,
        generation,
        fence,
        role: request?.role ?? '',
        capUsd: request?.runCapUsd ?? null,
        sessionId: request?.session.id ?? null,
        resumed: request?.session.resume ?? false,
        logPath: deps.runLog(runId),
        createdAt: deps.now(),
      });
    });
  }
  // Every earlier publication of the task is obsolete from now on, wherever its jobs are (AGENT-56).
  const obsolete = { task: id, fence: effect.fence - 1, reason: 'superseded by a newer publication' };
  await Promise.all([deps.cancel(obsolete), publisher.publishFlow(flow)]);
};

const cancelRun: Send<'cancel-run'> = ({ cancel }, { fence, reason }, { task }) =>
  cancel({ task, fence, reason });

const wakeGate: Send<'wake-gate'> = async ({ publisher }, { stage, attempt, generation }, { task }) => {
  const waiting = Object.values(GATE_RULES).filter(({ pending }) => pending !== undefined);
  await Promise.all(
    waiting.map(({ step }) => {
      const name = Object.keys(GATE_RULES).find(
        (gate) => gate === `check_${step}`,
      ) as keyof typeof GATE_RULES;
      return publisher.promote({ task, stage, attempt, generation }, gateStep(name));
    }),
  );
};

const setStatus: Send<'set-status'> = async ({ publisher, house, now }, { status }, { task, dedupKey }) => {
  // Skipped here already where it can be: a task that runs fast leaves most of them behind at once (TRK-4).
  if (house.outbox.newerStatus(task, dedupKey)) return house.outbox.done(dedupKey, now());
  await publisher.publish('set-status', { v, task, status, key: dedupKey }, { jobId: jobIdOf(dedupKey) });
};

const createIssue: Send<'create-issue'> = ({ publisher }, { key, labels }, { task, dedupKey: order }) =>
  publisher.publish('create-issue', { v, task, key, labels: [...labels], order }, { jobId: jobIdOf(order) });

const postComment: Send<'post-comment'> = ({ publisher }, { kind: _, ...rest }, { task, dedupKey }) =>
  publisher.publish('post-comment', { v, task, ...rest, key: dedupKey }, { jobId: jobIdOf(dedupKey) });

const refreshCard: Send<'refresh-card'> = async ({ publisher, cards, now }, _, { task, id }) => {
  if (!cards.needsJob(task, id, now())) return;
  try {
    await publisher.publish('refresh-card', { v, task }, { deduplicate: `card-${task}` });
  } catch (error) {
    cards.began(task);
    throw error;
  }
};

const ping: Send<'ping'> = ({ publisher }, { kind: _, ...rest }, { task, dedupKey, id, createdAt }) =>
  publisher.publish('ping', { v, task, ...rest, seq: id, at: createdAt }, { jobId: jobIdOf(dedupKey) });

const stopWork: Send<'stop-work'> = ({ publisher }, { fence, by, reason }, { task, id }) =>
  publisher.publish('stop-work', { v, task, fence, by, reason }, { jobId: `t${task}.stop.${id}` });

const startWatch: Send<'start-watch'> = async ({ house, publisher }, { attempt }, { task }) => {
  const deploy = house.deploys.of(task, attempt);
  if (deploy)
    await publisher.publish('watch-deploy', { v, task, deploy: deploy.id }, { jobId: `watch.${deploy.id}` });
};

const startRevert: Send<'start-revert'> = async (
  { house, plan, publisher },
  { by },
  { task: id, id: row },
) => {
  const task = house.tasks.get(id);
  if (task === null) return;
  const input = { ...inputOf(plan, task) };
  await publisher.publish('revert', { v, task: id, by, input }, { jobId: `t${id}.revert.${row}` });
};

const finishWork: Send<'finish-work'> = ({ publisher }, _, { task, id }) =>
  publisher.publish('finish-work', { v, task }, { jobId: `t${task}.finish.${id}` });

/** How each outward effect leaves the process; local ones never get here. */
const SENDERS: { readonly [K in Effect['kind']]?: Send<K> } = {
  'run-stage': runStage,
  'cancel-run': cancelRun,
  'wake-gate': wakeGate,
  'create-issue': createIssue,
  'set-status': setStatus,
  'post-comment': postComment,
  'refresh-card': refreshCard,
  ping,
  'stop-work': stopWork,
  'start-watch': startWatch,
  'finish-work': finishWork,
  'start-revert': startRevert,
};

const TO_TRACKER: ReadonlySet<string> = new Set(['create-issue', 'set-status', 'post-comment']);

/** Nothing is written to the tracker of a project that has left the registry or changed (REG-7). */
const isForeign = ({ house }: SendDeps, { task: id, payload }: OutboxRow): boolean => {
  if (!TO_TRACKER.has(payload.kind)) return false;
  const activity = house.tasks.get(id)?.activity;
  return activity?.kind === 'blocked' && activity.cause === 'project-changed';
};

/** Sends one outbox row; a throw keeps it (REC-30). */
export function createSender(deps: SendDeps): (row: OutboxRow) => Promise<void> {
  return async (row) => {
    const { payload } = row;
    if (payload.kind === 'emit') {
      deps.house.engine.apply(payload.event);
      return;
    }
    const send = SENDERS[payload.kind] as
      | ((deps: SendDeps, effect: Effect, row: OutboxRow) => Promise<void>)
      | undefined;
    if (isForeign(deps, row)) return deps.house.outbox.done(row.dedupKey, deps.now());
    if (send === undefined) throw new Error(`no sender for the effect ${payload.kind}`);
    await send(deps, payload, row);
  };
}
