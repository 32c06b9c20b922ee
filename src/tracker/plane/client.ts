import type { HttpClient, HttpOutcome } from '../../http-client.ts';
import type { Logger } from '../../log.ts';
import type { TrackerRead } from '../port.ts';
import { readPages } from './pages.ts';
import { createRateLimiter, type Priority, pauseOf } from './rate-limit.ts';

export type TokenName = 'shared' | (string & {});

export interface PlaneClientOptions {
  /** `ORCH_PLANE_API_URL`, without `/api/v1`. */
  baseUrl: string;
  workspace: string;
  /** `ORCH_PLANE_API_TOKEN`. */
  token: string;
  /** `ORCH_PLANE_BOT_*` by role, and `stream`; unset ones are absent (PLANE-13). */
  roleTokens: Readonly<Record<string, string | undefined>>;
  style: 'auto' | 'work-items' | 'issues';
  timeoutMs: number;
  maxPages: number;
  ratePerMin: number;
  http: HttpClient;
  log: Logger;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

type Query = Readonly<Record<string, string | number>>;

export interface PlaneCall {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Raw segments below `/api/v1`, or below `/api/v2` for what only that one offers. */
  path: readonly string[];
  api?: 'v1' | 'v2';
  query?: Query;
  json?: unknown;
  /** Which token; default `shared`. */
  as?: TokenName;
  /** Default `refetch` for reads, `write` for everything else. */
  priority?: Priority;
}

export type PlaneFailure = Exclude<TrackerRead<never>, { kind: 'ok' }>;

/** A parsed 2xx, or what stopped the call; `data` then holds whatever JSON came with it. */
export type PlaneAnswer =
  | { ok: true; status: number; data: unknown }
  | { ok: false; status: number | null; data: unknown; failure: PlaneFailure };

/** One Plane workspace (PLANE-1 to PLANE-9); shared by all its projects. */
export interface PlaneClient {
  readonly workspace: string;
  readonly hasToken: (name: TokenName) => boolean;
  call(call: PlaneCall): Promise<PlaneAnswer>;
  read(call: PlaneCall): Promise<TrackerRead<unknown>>;
  /** All rows of a list; `until` ends it early (PLANE-8). */
  list(call: PlaneCall, until?: (row: unknown) => boolean): Promise<TrackerRead<unknown[]>>;
  /** Path of a project's issue list, in the spelling this server knows (PLANE-3). */
  items(project: string, ...rest: readonly string[]): Promise<TrackerRead<string[]>>;
  projectPath(project: string, ...rest: readonly string[]): string[];
}

const READ_RETRY_MS = [1000, 3000];
/** A longer wait is the caller's business (a delayed job), not a wait inside a call. */
const LONGEST_INLINE_WAIT_MS = 5000;

export function createPlaneClient(options: PlaneClientOptions): PlaneClient {
  const limiter = createRateLimiter({ perMinute: options.ratePerMin, now: options.now });
  const root = `${options.baseUrl.replace(/\/+$/, '')}/api`;
  const tokenOf = (name: TokenName = 'shared'): string =>
    (name === 'shared' ? undefined : options.roleTokens[name]) ?? options.token;

  const once = async (call: PlaneCall): Promise<PlaneAnswer> => {
    const token = tokenOf(call.as);
    const method = call.method ?? 'GET';
    const priority = call.priority ?? (method === 'GET' ? 'refetch' : 'write');
    const waitMs = await admitted(() => limiter.admit(token, priority), options.sleep);
    if (waitMs > 0) return tooSoon(waitMs);
    const outcome = await options.http.request({
      method,
      url: addressOf(root, call),
      headers: { 'x-api-key': token, accept: 'application/json' },
      timeoutMs: options.timeoutMs,
      retries: 0,
      ...(call.json === undefined ? {} : { json: call.json }),
    });
    if (outcome.status !== undefined)
      limiter.observe(token, { status: outcome.status, headers: outcome.headers ?? {} });
    return toAnswer(outcome);
  };

  /** PLANE-2: transient reads are repeated here, writes only by the outbox; a 429 never. */
  const call = async (wanted: PlaneCall): Promise<PlaneAnswer> => {
    const repeats = (wanted.method ?? 'GET') === 'GET' ? READ_RETRY_MS : [];
    for (const delayMs of repeats) {
      const answer = await once(wanted);
      if (answer.ok || answer.failure.kind !== 'transient' || answer.failure.retryAfterS !== undefined)
        return answer;
      await options.sleep(delayMs);
    }
    return once(wanted);
  };
  const read = async (wanted: PlaneCall): Promise<TrackerRead<unknown>> => {
    const answer = await call(wanted);
    return answer.ok ? { kind: 'ok', value: answer.data } : answer.failure;
  };
  const projectPath = (project: string, ...rest: readonly string[]) => [
    'workspaces',
    options.workspace,
    'projects',
    project,
    ...rest,
  ];
  const style = createStyle(options.style, (project, name) =>
    read({ path: projectPath(project, name), query: { per_page: 1 } }),
  );
  return {
    workspace: options.workspace,
    hasToken: (name) => name === 'shared' || Boolean(options.roleTokens[name]),
    call,
    read,
    projectPath,
    list: (wanted, until) =>
      readPages({ read, wanted, maxPages: options.maxPages, log: options.log, ...(until ? { until } : {}) }),
    items: async (project, ...rest) => {
      const name = await style(project);
      return name.kind === 'ok' ? { kind: 'ok', value: projectPath(project, name.value, ...rest) } : name;
    },
  };
}

async function admitted(admit: () => number, sleep: (ms: number) => Promise<void>): Promise<number> {
  const waitMs = admit();
  if (waitMs === 0 || waitMs > LONGEST_INLINE_WAIT_MS) return waitMs;
  await sleep(waitMs);
  return admit();
}

/** PLANE-3: asked once per process; while the server does not say, nothing is remembered. */
function createStyle(
  wanted: PlaneClientOptions['style'],
  probe: (project: string, name: string) => Promise<TrackerRead<unknown>>,
): (project: string) => Promise<TrackerRead<string>> {
  let known: string | null = wanted === 'auto' ? null : wanted;
  return async (project) => {
    if (known !== null) return { kind: 'ok', value: known };
    const read = await probe(project, 'work-items');
    if (read.kind !== 'ok' && read.kind !== 'not_found') return read;
    known = read.kind === 'ok' ? 'work-items' : 'issues';
    return { kind: 'ok', value: known };
  };
}

function addressOf(root: string, { api = 'v1', path, query = {} }: PlaneCall): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) search.set(key, String(value));
  const suffix = search.size > 0 ? `?${search}` : '';
  return `${root}/${api}/${path.map(encodeURIComponent).join('/')}/${suffix}`;
}

function tooSoon(waitMs: number): PlaneAnswer {
  const retryAfterS = Math.ceil(waitMs / 1000);
  const reason = `the request limit of this token is used up for ${retryAfterS} s`;
  return { ok: false, status: null, data: null, failure: { kind: 'transient', reason, retryAfterS } };
}

function toAnswer(outcome: HttpOutcome): PlaneAnswer {
  const status = outcome.status ?? null;
  const data = parse(outcome.body);
  if (outcome.class === 'ok') {
    if (data !== undefined) return { ok: true, status: outcome.status, data };
    const found = outcome.headers['content-type'] ?? 'something else';
    const reason = `expected JSON from Plane, found ${found}`;
    return { ok: false, status, data: null, failure: { kind: 'permanent', reason } };
  }
  const reason = reasonOf(status, data) ?? outcome.reason;
  return { ok: false, status, data: data ?? null, failure: failureOf(outcome, reason) };
}

function failureOf(outcome: Exclude<HttpOutcome, { class: 'ok' }>, reason: string): PlaneFailure {
  if (outcome.status === 404) return { kind: 'not_found', reason };
  if (outcome.class === 'permanent') return { kind: 'permanent', reason };
  const retryAfterS =
    outcome.status === 429 ? pauseOf(outcome.headers ?? {}) : (outcome.retryAfterS ?? undefined);
  return retryAfterS === undefined
    ? { kind: 'transient', reason }
    : { kind: 'transient', reason, retryAfterS };
}

/** The parsed body; null for an empty one, undefined for one that is not JSON. */
function parse(body: string | undefined): unknown {
  if (body === undefined || body.trim() === '') return null;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function reasonOf(status: number | null, data: unknown): string | null {
  if (status === null) return null;
  const { error, detail } = (data ?? {}) as { error?: unknown; detail?: unknown };
  const said = [error, detail].find((text) => typeof text === 'string');
  const tail = said === undefined ? '' : `: ${String(said).slice(0, 200)}`;
  if (status === 401) return `Plane refused the token (HTTP 401${tail})`;
  if (status === 403) return `the token has no right to do this in Plane (HTTP 403${tail})`;
  return `HTTP ${status}${tail}`;
}
