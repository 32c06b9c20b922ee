import type { LoadedConfig } from '../../config/load.ts';
import { createRedactor } from '../../log.ts';
import { createRunAgent } from '../../processors/run-agent.ts';
import { createChecks } from '../../processors/run-gate.ts';
import type { CancelListener } from '../../queues/cancel.ts';
import type { Processors } from '../../queues/catalog.ts';
import type { StartRate } from '../../queues/start-rate.ts';
import type { Place } from '../parts.ts';
import { traceJobs } from '../tracing-jobs.ts';
import { findAgentUser } from './agent-user.ts';
import { type AgentHost, createReadiness, createRunner, homeOf } from './agents.ts';
import type { Holding } from './holding.ts';
import { clearWay } from './leftovers.ts';
import { type Checks, placed, suits } from './placement.ts';
import { type openSpool, runOnce } from './run-once.ts';
import { createWorkerRooms } from './worker-rooms.ts';

export interface WorkerJobsDeps {
  place: Place;
  loaded: LoadedConfig;
  scriptedDir: string;
  cancel: CancelListener;
  holding: Holding;
  spool: ReturnType<typeof openSpool>;
  rate: StartRate;
  /** Called where a run met a host that is not ready: it claims none until it is. */
  notReady: () => void;
}

export interface WorkerJobs {
  processors: Processors;
  readiness: ReturnType<typeof createReadiness>;
}

const S = 1000;
/** For another host to take a run that this one cannot start. */
const NOT_READY_MS = 500;

/** What a worker host does: agent runs, and gates that need git only. The other queues are never claimed here. */
export function createWorkerJobs(deps: WorkerJobsDeps): WorkerJobs {
  const { place, loaded, holding, cancel, scriptedDir } = deps;
  const { env, home, log, now } = place;
  const { config, secrets } = loaded;
  const { workerName, workerLabels: labels = [], workerLostS } = config.redis;
  const redact = createRedactor(secrets);
  const rooms = createWorkerRooms(loaded, place, redact);
  const user = findAgentUser(config.agents.user);
  const host: AgentHost = {
    ...{ config, secrets, redact, env, home, host: workerName, scriptedDir, user, now, log },
  };
  const readiness = createReadiness(host);
  const runAgent = createRunAgent({
    workspace: rooms.workspace,
    agent: createRunner(host),
    place: { host: workerName, home: homeOf(host) },
    // Caps and breaker were checked by the control process when it planned the run. What this host cannot run is left to
    // others; control says so where there are none (AGENT-44).
    refusal: async () => {
      if ((await readiness.check()).ready) return null;
      deps.notReady();
      return { lookAgainMs: NOT_READY_MS };
    },
    // Whoever supersedes a run orders its end (AGENT-56).
    fenceHolds: async (task, fence) => (await cancel.covers(task, fence)) === null,
    clearWay: (request) => clearWay(config.server.runsDir, request),
    hold: holding.hold,
    random: Math.random,
    now,
  });
  const { spool, rate } = deps;
  const { workspace, gitPorts: portsFor } = rooms;
  const checks = createChecks({ workspace, portsFor, host: workerName, now });
  const processors: Pick<Processors, 'run-agent'> & Checks = {
    'run-agent': runOnce({
      ...{ runAgent, spool, rate, labels, log },
      host: workerName,
      lostMs: workerLostS * S,
    }),
    ...placed(checks, (asked) => suits(asked, labels)),
  };
  return { processors: traceJobs(processors as Processors), readiness };
}
