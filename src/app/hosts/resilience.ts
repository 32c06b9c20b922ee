import { admit, type Breaker, type BreakerSettings, closedBreaker, record } from '../../agent/breaker.ts';
import type { AgentOutcome } from '../../agent/port.ts';
import type { Preflight } from '../../agent/preflight.ts';
import type { Logger } from '../../log.ts';
import type { TaskState } from '../../pipeline/task.ts';
import type { WaitingKind } from '../../pipeline/waiting.ts';
import type { House } from '../house.ts';
import { type AgentHosts, suited } from './able-hosts.ts';

export interface ResilienceDeps {
  house: Pick<House, 'breakers' | 'tasks' | 'runs' | 'outbox' | 'engine'>;
  settings: BreakerSettings;
  readiness: { check(): Promise<Preflight>; invalidate(): void };
  now: () => number;
  log: Logger;
}

/** Why a host runs no model; told once per host and cause (AGENT-44). */
export interface NotReady {
  host: string;
  cause: string;
  reason: string;
  fix: string;
}

/** Health of the provider account and of the hosts: what may start, and who is told (AGENT-44, AGENT-45). */
export interface Resilience {
  /** Null when the run may start; else milliseconds until it should ask again. */
  admit(runId: string): number | null;
  /** What an ended run teaches; wakes the waiting tasks when the breaker closes. */
  ended(run: { runId: string; outcome: AgentOutcome }): void;
  /** One ping per host and cause, until the host is ready again. */
  tell(task: number, about: NotReady): void;
  /** Wakes tasks that wait for a ready runtime once there is one for them (AGENT-44). */
  recheck(hosts: AgentHosts, asked: (task: TaskState) => readonly string[]): Promise<void>;
  breaker(): Breaker;
  /** The last answer of the check of this host; null before the first one. */
  preflight(): { at: number; answer: Preflight } | null;
  /** The check of this host, remembered for `preflight`. */
  check(): Promise<Preflight>;
}

/** While another run asks the provider the question. */
const PROBING_MS = 5000;

export function createResilience(deps: ResilienceDeps): Resilience {
  const { house, settings, readiness, now, log } = deps;
  /** Causes that were told, by host. */
  const told = new Map<string, Set<string>>();
  let last: { at: number; answer: Preflight } | null = null;

  const breaker = (): Breaker => (house.breakers.get() as Breaker | null) ?? closedBreaker(settings);
  const keep = (before: Breaker, after: Breaker): void => {
    if (after === before) return;
    house.breakers.put(after, now());
    if (after.state === before.state) return;
    log.warn({ from: before.state, to: after.state, failures: after.failures }, 'breaker changed');
    if (after.state === 'closed') wake('breaker', 'the breaker closed');
  };
  function wake(kind: WaitingKind, reason: string, may: (task: TaskState) => boolean = () => true): void {
    for (const { id, version } of house.tasks.waiting(kind).filter(may)) {
      house.engine.apply({
        kind: 'fact',
        name: 'runtime-changed',
        key: `${kind}-ready:${id}:${version}`,
        at: now(),
        target: { task: id },
        data: { ready: true, reason },
      });
    }
  }
  async function check(): Promise<Preflight> {
    const answer = await readiness.check();
    last = { at: now(), answer };
    return answer;
  }

  /** A probe that was lost never answers: the next run asks (AGENT-45). */
  function forgetLostProbe(): void {
    const before = breaker();
    const { state, probe } = before;
    if (state !== 'half-open' || probe === null || house.runs.byId(probe)?.status !== 'ended') return;
    keep(before, record(before, { runId: probe, outcome: 'interrupted', now: now() }, settings));
  }

  return {
    breaker,
    check,
    preflight: () => last,
    admit(runId) {
      forgetLostProbe();
      const before = breaker();
      const { breaker: after, allowed } = admit(before, runId, now());
      keep(before, after);
      if (allowed) return null;
      return after.state === 'open' ? Math.max(1000, (after.openUntil ?? 0) - now()) : PROBING_MS;
    },
    ended({ runId, outcome }) {
      if (outcome === 'auth') readiness.invalidate();
      const before = breaker();
      keep(before, record(before, { runId, outcome, now: now() }, settings));
    },
    tell(task, { host, cause, reason, fix }) {
      const causes = told.get(host) ?? new Set();
      if (causes.has(cause)) return;
      told.set(host, causes.add(cause));
      const key = `${host}.${cause}`;
      // The text of the ping ends both itself.
      const params = { host, reason: reason.replace(/\.$/, ''), how: fix.replace(/\.$/, '') };
      const ping = { kind: 'ping', ping: 'agents-not-ready', sound: 'sound', params } as const;
      const at = now();
      house.outbox.add({
        task,
        key: `ping:not-ready:${key}:${at}`,
        payload: { ...ping, cause: `not-ready.${key}.${at}` },
        at,
      });
    },
    async recheck(hosts, asked) {
      if (house.tasks.waiting('runtime').length === 0 && told.size === 0) return;
      const ready = (await hosts.all()).filter(({ notReady }) => notReady === null);
      for (const { name } of ready) told.delete(name);
      wake('runtime', 'the agents are ready', (task) => suited(ready, asked(task)).length > 0);
    },
  };
}
