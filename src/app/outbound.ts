import path from 'node:path';
import type { PlanDeps } from '../processors/plan-stage.ts';
import { createDispatcher, type Dispatcher } from '../queues/dispatcher.ts';
import { checkHistoryOf } from './delivery/check-history.ts';
import { agentPlanDeps } from './hosts/agents.ts';
import { createSender } from './sending.ts';
import { gateSettingsOf } from './settings.ts';
import { alert } from './surfaces/alerts.ts';
import { issueUrlOf } from './surfaces/views.ts';
import type { WorkDeps } from './working.ts';

const S = 1000;

/** Publishes what the engine committed (REC-30). */
export function createOutbound({ parts, queueing, agents, cards }: Omit<WorkDeps, 'resilience'>): Dispatcher {
  const { house, config, project, place, onCommit, trackerFor } = parts;
  const { now, log } = place;
  const plan: PlanDeps = {
    project,
    runs: house.runs.of,
    verdicts: house.verdicts.of,
    checkHistory: (repo) => checkHistoryOf(house, repo),
    issueUrl: issueUrlOf(trackerFor),
    gateSettings: gateSettingsOf(config),
    botUsers: () => [],
    agent: agentPlanDeps(agents),
  };
  const dispatcher = createDispatcher({
    due: house.outbox.due,
    send: createSender({
      house,
      publisher: queueing.publisher,
      cancel: queueing.cancel,
      plan,
      cards,
      runLog: (runId) => path.join(config.server.runsDir, `${runId}.log`),
      now,
      log,
    }),
    sent: house.outbox.sent,
    failed: house.outbox.failed,
    stuck(row, error) {
      log.error({ outboxId: row.id, kind: row.kind, err: error }, 'an outbox row is stuck');
      if (row.kind === 'ping') return;
      const text = `${row.kind} could not be sent ten times and is tried every 10 min: ${error}`;
      alert(house, { cause: `stuck.${row.id}`, text, at: now() }, row.task);
    },
    now,
    log,
    intervalMs: config.redis.queuePollInterval * S,
  });
  onCommit.tell = dispatcher.nudge;
  return dispatcher;
}
