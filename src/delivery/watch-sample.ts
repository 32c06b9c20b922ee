import { describeError } from '../errors.ts';
import type { HttpClient } from '../http-client.ts';
import type { ProjectHealth } from '../pipeline/project.ts';
import { PROBE_TIMEOUT_MS, probeService, probeUrl } from './health.ts';
import { readCounters } from './metrics-text.ts';
import type { Counters, WatchSample } from './monitor.ts';
import type { SourceTreeOf } from './served-sha.ts';

export interface WatchTarget {
  health: ProjectHealth;
  /** `post_deploy.probes`. */
  probes: readonly string[];
  metricsUrl?: string;
  landedSha: string;
  sourceTreeOf?: SourceTreeOf;
  /** Commits of newer deploys of the same service. */
  newerShas?: readonly string[];
}

/**
 * Looks once at a watched service: health, served commit, every declared probe, counters (SHIP-153). A tick is
 * healthy when health and all probes are. A fault of ours gives a sample that is no check (SHIP-155); never rejects.
 */
export async function sampleWatch(http: HttpClient, target: WatchTarget, at: number): Promise<WatchSample> {
  try {
    const [service, counters, ...probes] = await Promise.all([
      probeService(http, { ...target, expectedSha: target.landedSha }),
      target.metricsUrl === undefined ? null : fetchCounters(http, target.metricsUrl),
      ...target.probes.map((url) => probeUrl(http, url)),
    ]);
    const bad = probes.filter((probe) => !probe.ok).map((probe) => probe.detail);
    const named = service.served.exposed?.toLowerCase();
    return {
      at,
      healthy: service.healthy && bad.length === 0,
      served: service.served,
      servedByNewerDeploy:
        named !== undefined && (target.newerShas ?? []).some((sha) => sha.toLowerCase().startsWith(named)),
      counters,
      detail: [service.detail, ...bad].join('; '),
    };
  } catch (error) {
    const detail = `not checked: ${describeError(error)}`;
    return { at, healthy: null, served: null, counters: null, detail };
  }
}

async function fetchCounters(http: HttpClient, url: string): Promise<Counters | null> {
  const outcome = await http.request({ url, timeoutMs: PROBE_TIMEOUT_MS, retries: 0 });
  return outcome.class === 'ok' ? readCounters(outcome.body) : null;
}
