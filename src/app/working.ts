import type { ChatBot } from '../bot/bot.ts';
import { createProcessors } from '../processors/index.ts';
import type { RunAgentDeps } from '../processors/run-agent.ts';
import type { Processors } from '../queues/catalog.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import { revertLeaseOf, tellNotCarried, tellRevert } from './delivery/revert.ts';
import { tellRollback } from './delivery/rollback.ts';
import type { Hearing } from './hearing.ts';
import { createAgentHosts } from './hosts/able-hosts.ts';
import { findAgentUser } from './hosts/agent-user.ts';
import { type AgentsDeps, createReadiness, createRunner, homeOf } from './hosts/agents.ts';
import { createClaims } from './hosts/claims.ts';
import type { Crew } from './hosts/crew.ts';
import type { InHand } from './hosts/in-hand.ts';
import { clearWay } from './hosts/leftovers.ts';
import { ownWork } from './hosts/own-work.ts';
import { createResilience, type Resilience } from './hosts/resilience.ts';
import { leasePort, type Parts } from './parts.ts';
import type { Queueing } from './queueing.ts';
import type { CardRequests } from './surfaces/card-requests.ts';
import { commentOf } from './surfaces/comments.ts';
import { keepPostMortem } from './surfaces/post-mortem.ts';
import { traceJobs } from './tracing-jobs.ts';
import type { DutiesDeps } from './watch/duties.ts';
import type { ForgeWatch } from './watch/forge-watch.ts';
import type { PlaneWatch } from './watch/plane-watch.ts';
import type { Reconciling } from './watch/reconciling.ts';
import { roundsOf } from './watch/rounds.ts';

const S = 1000;
/** A run not heard for this long no longer counts as writing (heartbeats come every 15 s). */
const SILENT_MS = 30 * S;

export interface WorkDeps {
  parts: Parts;
  queueing: Queueing;
  agents: AgentsDeps;
  resilience: Resilience;
  cards: CardRequests;
}

export const agentsOf = (
  { config, secrets, redact, place, project, house, rooms }: Parts,
  { scriptedDir, isReady }: Pick<AgentsDeps, 'scriptedDir' | 'isReady'>,
): AgentsDeps => ({
  config,
  secrets,
  redact,
  env: place.env,
  home: place.home,
  host: config.redis.workerName,
  project,
  runs: house.runs,
  budgets: house.budgets,
  worktreePath: ({ repo, branch }) => rooms.workspace.open(project(repo)).worktreePath(branch),
  user: findAgentUser(config.agents.user),
  scriptedDir,
  isReady,
  now: place.now,
  log: place.log,
});

export const dutiesOf = (
  { house, project, config, place }: Parts,
  { publisher }: Queueing,
  { inHand, crew }: { inHand: InHand; crew: Pick<Crew, 'roll'> },
): DutiesDeps => ({
  inHand: () => new Set([...inHand.tasks(), ...crew.roll.tasks()]),
  house,
  publisher,
  project,
  leaseTtlMs: config.merge.leaseTtlS * S,
  // A lost job is missed for one round at most; the grace of the gates' side is longer (REC-72).
  graceMs: () => config.reconcile.intervalS * S,
  now: place.now,
  log: place.log,
});

export interface ProcessorParts extends WorkDeps {
  bot: ChatBot;
  hearing: Hearing;
  inHand: InHand;
  crew: Crew;
  reconciling: Reconciling;
  dispatcher: Dispatcher;
  forgeWatch: ForgeWatch;
  planeWatch: PlaneWatch;
  standIns: Partial<Processors>;
}

/** Breaker and preflight of this installation (AGENT-44, AGENT-45). */
export const resilienceOf = ({ house, config, place }: Parts, agents: AgentsDeps): Resilience =>
  createResilience({
    house,
    settings: {
      threshold: config.agents.breakerThreshold,
      cooldownMs: config.agents.breakerCooldownS * S,
    },
    readiness: createReadiness(agents),
    now: place.now,
    log: place.log,
  });

/** How runs are claimed and carried out on this host. */
function runAgentOf({
  parts,
  agents,
  resilience,
  crew,
}: Pick<ProcessorParts, 'parts' | 'agents' | 'resilience' | 'crew'>): RunAgentDeps {
  const { house, rooms, config, place } = parts;
  const { host, now } = place;
  return {
    workspace: rooms.workspace,
    agent: createRunner(agents),
    place: { host, home: homeOf(agents) },
    refusal: createClaims({ ...agents, task: house.tasks.get, resilience }),
    fenceHolds: async (task, fence) => house.tasks.fence(task) === fence,
    clearWay: (request) => clearWay(config.server.runsDir, request),
    hold: crew.holding.hold,
    random: Math.random,
    now,
  };
}

/** Every job's processor over the rooms. */
export function wireProcessors({
  parts,
  queueing,
  agents,
  resilience,
  cards,
  bot,
  hearing,
  inHand,
  crew,
  reconciling,
  dispatcher,
  forgeWatch,
  planeWatch,
  standIns,
}: ProcessorParts): Processors {
  const { house, rooms, project, config, place, http, trackerFor } = parts;
  const { now, log } = place;
  const { workerName: host } = config.redis;
  const report = (event: Parameters<typeof house.engine.apply>[0]): void => void house.engine.apply(event);
  const common = {
    workspace: rooms.workspace,
    forgeFor: rooms.forgeFor,
    task: house.tasks.get,
    project,
    report,
    now,
  };
  const duties = dutiesOf(parts, queueing, { inHand, crew });
  const hosts = createAgentHosts(parts, crew, resilience);
  const rounds = roundsOf({
    hosts,
    parts,
    duties,
    dispatcher,
    forgeWatch,
    planeWatch,
    reconciling,
    crew,
    resilience,
  });
  const processors = createProcessors({
    agent: runAgentOf({ parts, agents, resilience, crew }),
    gate: { portsFor: rooms.gatePorts, host, now },
    checks: { workspace: rooms.workspace, portsFor: rooms.gitPorts, host, now },
    settle: {
      ended: hearing.settled,
      report: (event) => house.grouped(() => house.engine.apply(event)),
      now,
    },
    delivery: {
      ...common,
      hooks: rooms.hooks,
      hookRun: rooms.hookRun,
      stagingDeps: rooms.stagingDeps,
      settings: rooms.deliverySettings,
      http,
      lease: leasePort(house, config, now),
      deploys: house.deploys,
      keepReport: (kept) => house.artefacts.put({ ...kept, at: now() }),
      warn: (facts, message) => log.warn(facts, message),
      keptReport: house.artefacts.get,
      keepPostMortem: (task) => keepPostMortem(parts, task),
      logsToMain: config.deploy.logToMain,
      notCarried: (end) => tellNotCarried(house, { ...end, at: now() }),
      portsFor: rooms.gatePorts,
      // Nobody beats for a revert: its lease lasts as long as its re-test may.
      revertLease: revertLeaseOf(house, (config.merge.leaseTtlS + config.merge.retestTimeoutS) * S, now),
      reverted: (end) => tellRevert({ house, now }, end),
      rolledBack: (end) => tellRollback({ house, report, service: project(end.task.repo).service, now }, end),
    },
    tracker: {
      task: house.tasks.get,
      trackerFor,
      comment: (task, job) => commentOf(parts, task, job),
      superseded: (task, key) => house.outbox.newerStatus(task, key),
      async done(key) {
        await house.grouped(() => house.outbox.done(key, now()));
        dispatcher.nudge();
      },
      report,
      now,
      dropped: (task, what, reason) =>
        log.warn({ taskId: task, what, reason }, 'a tracker write was refused for good'),
    },
    endOfTask: {
      ...common,
      atWork: async (task) =>
        house.runs
          .live()
          .some(
            (run) =>
              run.task === task && run.status !== 'queued' && now() - (run.heartbeatAt ?? 0) < SILENT_MS,
          ),
    },
    chat: {
      async refreshCard(task) {
        cards.began(task);
        const shown = await bot.refreshCard(task);
        parts.metrics.cardShown(task, now());
        return shown;
      },
      ping: (ping) => bot.ping({ ...ping, ping: ping.ping as never }),
      digest: bot.digest,
    },
    duties: rounds,
  });
  const own = ownWork(processors, { parts, queueing, crew, hosts, resilience });
  return traceJobs(inHand.watch({ ...processors, ...own, ...standIns }, hearing));
}
