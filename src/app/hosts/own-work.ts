import type { Processors } from '../../queues/catalog.ts';
import { createStartRate } from '../../queues/start-rate.ts';
import type { Parts } from '../parts.ts';
import type { Queueing } from '../queueing.ts';
import type { AgentHosts } from './able-hosts.ts';
import type { Crew } from './crew.ts';
import { unlessNobodyReady } from './nobody-ready.ts';
import { type Checks, isOffered, placed, suits } from './placement.ts';
import type { Resilience } from './resilience.ts';
import { runOnce } from './run-once.ts';

export interface OwnWorkDeps {
  parts: Parts;
  queueing: Queueing;
  crew: Crew;
  hosts: AgentHosts;
  resilience: Pick<Resilience, 'tell'>;
}

const S = 1000;

/** Checks are this host's where it takes gates and has the labels, or where nobody else could take them. */
const checksHere =
  ({ config: { redis } }: Parts, { others }: Pick<Crew, 'others'>) =>
  async (asked: readonly string[]): Promise<boolean> =>
    (redis.workerRoles.includes('gates') && suits(asked, redis.workerLabels ?? [])) ||
    !isOffered(await others(), { role: 'gates', asked });

/** Runs and checks as the control process takes them: a host among hosts. */
export function ownWork(
  processors: Processors,
  { parts, queueing, crew, hosts, resilience }: OwnWorkDeps,
): Pick<Processors, 'run-agent'> & Checks {
  const { config, place } = parts;
  const { now, log } = place;
  const rate = createStartRate(queueing.producer, {
    prefix: queueing.connections.prefix,
    perMinute: config.redis.agentStartsPerMin,
    now,
  });
  const runAgent = runOnce({
    runAgent: processors['run-agent'],
    host: config.redis.workerName,
    labels: config.redis.workerLabels ?? [],
    spool: crew.spool,
    lostMs: config.redis.workerLostS * S,
    ...{ rate, log },
  });
  return {
    ...placed(processors, checksHere(parts, crew)),
    'run-agent': unlessNobodyReady(runAgent, { hosts, tell: resilience.tell }),
  };
}
