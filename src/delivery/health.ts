import type { HttpClient, HttpOutcome } from '../http-client.ts';
import type { ProjectHealth } from '../pipeline/project.ts';
import { judgeServedSha, type ServedSha, type SourceTreeOf } from './served-sha.ts';

/** How long a health endpoint may take (SHIP-114). */
export const PROBE_TIMEOUT_MS = 5_000;

/** One look at a service. `detail` is one line for people. */
export interface ServiceProbe {
  healthy: boolean;
  served: ServedSha;
  detail: string;
}

export interface ProbeRequest {
  health: ProjectHealth;
  /** Commit that should run; null when it is not known, then any is accepted. */
  expectedSha: string | null;
  sourceTreeOf?: SourceTreeOf;
  signal?: AbortSignal;
}

/**
 * One health probe: healthy means HTTP 200 within 5 s and JSON with `okField` equal to `okValue` (SHIP-114). The
 * served commit is judged beside it, also when the service is unhealthy. Caches are bypassed and redirects to
 * another host refused (SHIP-183); nothing is repeated. Never rejects for anything the service does.
 */
export async function probeService(http: HttpClient, request: ProbeRequest): Promise<ServiceProbe> {
  const { health, expectedSha, sourceTreeOf, signal } = request;
  const outcome = await http.request({
    url: health.url,
    headers: { 'cache-control': 'no-cache', pragma: 'no-cache', accept: 'application/json' },
    timeoutMs: PROBE_TIMEOUT_MS,
    retries: 0,
    maxBytes: 64 * 1024,
    ...(signal && { signal }),
  });
  const body = jsonObject(outcome.body);
  const problem = problemOf(outcome, body, health);
  const exposed = body?.[health.shaField];
  const served = await judgeServedSha(exposed, expectedSha ?? String(exposed ?? ''), sourceTreeOf);
  return { healthy: problem === null, served, detail: problem ?? describe(served, expectedSha ?? '') };
}

/** True when any HTTP answer below 400 comes back: the rule for `post_deploy.probes` (SHIP-153). */
export async function probeUrl(http: HttpClient, url: string): Promise<{ ok: boolean; detail: string }> {
  const headers = { 'cache-control': 'no-cache' };
  const outcome = await http.request({ url, headers, timeoutMs: PROBE_TIMEOUT_MS, retries: 0 });
  return outcome.class === 'ok'
    ? { ok: true, detail: `${url} ${outcome.status}` }
    : { ok: false, detail: `${url} ${outcome.reason}` };
}

function problemOf(
  outcome: HttpOutcome,
  body: Record<string, unknown> | null,
  health: ProjectHealth,
): string | null {
  if (outcome.status === undefined)
    return `${health.url}: ${'reason' in outcome ? outcome.reason : 'no answer'}`;
  if (outcome.status !== 200) return `${health.url}: expected HTTP 200, found ${outcome.status}`;
  if (!body) return `${health.url}: expected a JSON object`;
  const value = body[health.okField];
  if (String(value) === health.okValue && typeof value !== 'object') return null;
  const found = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100);
  return `${health.url}: expected ${health.okField} = ${health.okValue}, found ${found}`;
}

function describe(served: ServedSha, expected: string): string {
  if (served.match === 'not-exposed') return 'healthy, commit not exposed';
  if (served.match === 'other')
    return `healthy, but serves ${served.exposed} instead of ${expected.slice(0, 7)}`;
  return `healthy, serves ${served.exposed}`;
}

function jsonObject(text: string | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
