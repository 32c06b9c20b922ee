import type { Announcement } from '../../queues/announcement.ts';
import type { Parts } from '../parts.ts';
import type { Crew } from './crew.ts';
import { suits } from './placement.ts';
import type { NotReady, Resilience } from './resilience.ts';

/** A host that takes agent runs, as it is now. */
export interface AgentHostSight {
  name: string;
  labels: readonly string[];
  /** True for the control process itself. */
  own: boolean;
  /** Why it runs no model now (AGENT-44). */
  notReady: NotReady | null;
}

/** The hosts that take agent runs: this one where it has the role, and all that are heard (AGENT-60). */
export interface AgentHosts {
  all(): Promise<readonly AgentHostSight[]>;
}

/** Of these hosts, those that offer every label. */
export const suited = (hosts: readonly AgentHostSight[], asked: readonly string[]): AgentHostSight[] =>
  hosts.filter(({ labels }) => suits(asked, labels));

/** Nobody can run a model for this project now: there are hosts for it, and none is ready. */
export const nobodyReady = (hosts: readonly Pick<AgentHostSight, 'notReady'>[]): boolean =>
  hosts.length > 0 && hosts.every(({ notReady }) => notReady !== null);

function sightOf({ name, labels, preflight: { ok, problem, detail } }: Announcement): AgentHostSight {
  const { cause = 'not-ready', reason = detail, fix = '' } = problem ?? {};
  return { name, labels, own: false, notReady: ok ? null : { host: name, cause, reason, fix } };
}

export function createAgentHosts(
  { config: { redis } }: Pick<Parts, 'config'>,
  { others }: Pick<Crew, 'others'>,
  resilience: Pick<Resilience, 'check'>,
): AgentHosts {
  const { workerName: name, workerLabels: labels = [], workerRoles } = redis;

  async function own(): Promise<AgentHostSight[]> {
    if (!workerRoles.includes('agents')) return [];
    const answer = await resilience.check();
    const notReady = answer.ready
      ? null
      : { host: name, cause: answer.cause, reason: answer.reason, fix: answer.fix };
    return [{ name, labels, own: true, notReady }];
  }

  return {
    async all() {
      const heard = (await others()).filter(({ roles }) => roles.includes('agents'));
      return [...(await own()), ...heard.map(sightOf)];
    },
  };
}
