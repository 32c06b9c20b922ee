import type { HttpClient, HttpOutcome } from '../../http-client.ts';
import type { Logger } from '../../log.ts';
import type { ForgeFailure, ForgeRead } from '../port.ts';

export interface GiteaApiOptions {
  /** `ORCH_GITEA_URL`; a trailing `/` is removed (FORGE-20). */
  baseUrl: string;
  token: string;
  owner: string;
  repo: string;
  http: HttpClient;
  /** `ORCH_GITEA_TIMEOUT_S` as milliseconds, per request (FORGE-20). */
  timeoutMs: number;
  log: Logger;
  /** Epoch ms. */
  now: () => number;
}

type Query = Readonly<Record<string, string | number>>;

/** Result of a write: the parsed answer, or what stopped it with the server's own message. */
export type GiteaAnswer =
  | { ok: true; status: number; data: unknown }
  | { ok: false; status: number | null; message: string; failure: ForgeFailure };

/** Gitea's REST interface for one repository (FORGE-20 to FORGE-24). Paths are lists of raw segments. */
export interface GiteaApi {
  /** Below `/api/v1`. */
  get(path: readonly string[], query?: Query): Promise<ForgeRead<unknown>>;
  /** Below `/repos/{owner}/{repo}`. */
  getRepo(path: readonly string[], query?: Query): Promise<ForgeRead<unknown>>;
  /** All pages of a list below the repository; `pick` finds the rows of a page. Over 40 pages: cut or refused. */
  pages(
    path: readonly string[],
    options: PagesOptions,
  ): Promise<ForgeRead<{ pages: unknown[]; rows: unknown[] }>>;
  send(method: 'POST' | 'PATCH' | 'DELETE', path: readonly string[], json?: unknown): Promise<GiteaAnswer>;
}

export interface PagesOptions {
  query?: Query;
  pick: (page: unknown) => unknown[] | null;
  tooMany: 'cut' | 'refuse';
}

const MAX_PAGES = 40;
const PAGE_SIZE = 50;
const REPORT_EVERY_MS = 3_600_000;

/** Creates the REST client of one repository. */
export function createGiteaApi(options: GiteaApiOptions): GiteaApi {
  const { http, timeoutMs } = options;
  const root = `${options.baseUrl.replace(/\/+$/, '')}/api/v1`;
  const repoPath = ['repos', options.owner, options.repo];
  const headers = { authorization: `token ${options.token}`, accept: 'application/json' };
  const report = createReporter(options);
  const call = async (
    method: string,
    path: readonly string[],
    more: { query?: Query; json?: unknown } = {},
  ) => {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(more.query ?? {})) query.set(key, String(value));
    const url = `${root}/${path.map(encodeURIComponent).join('/')}${query.size > 0 ? `?${query}` : ''}`;
    const json = more.json === undefined ? {} : { json: more.json };
    const answer = toAnswer(await http.request({ method, url, headers, timeoutMs, ...json }));
    if (!answer.ok) report(answer);
    return answer;
  };
  const get = async (path: readonly string[], query?: Query): Promise<ForgeRead<unknown>> => {
    const answer = await call('GET', path, query ? { query } : {});
    return answer.ok ? { kind: 'ok', value: answer.data } : answer.failure;
  };
  const getRepo = (path: readonly string[], query?: Query) => get([...repoPath, ...path], query);
  const pageSize = createPageSize(get);
  return {
    get,
    getRepo,
    send: (method, path, json) => call(method, [...repoPath, ...path], json === undefined ? {} : { json }),
    pages: async (path, wanted) => {
      const limit = await pageSize();
      return limit.kind === 'ok' ? readPages(getRepo, path, { ...wanted, limit: limit.value }) : limit;
    },
  };
}

async function readPages(
  getRepo: GiteaApi['getRepo'],
  path: readonly string[],
  wanted: PagesOptions & { limit: number },
): Promise<ForgeRead<{ pages: unknown[]; rows: unknown[] }>> {
  const pages: unknown[] = [];
  const rows: unknown[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const read = await getRepo(path, { ...wanted.query, page, limit: wanted.limit });
    if (read.kind !== 'ok') return read;
    const found = wanted.pick(read.value);
    if (!found) return { kind: 'permanent', reason: `the forge's answer for ${path.join('/')} has no rows` };
    pages.push(read.value);
    rows.push(...found);
    if (found.length < wanted.limit) return { kind: 'ok', value: { pages, rows } };
  }
  if (wanted.tooMany === 'cut') return { kind: 'ok', value: { pages, rows } };
  return { kind: 'permanent', reason: `more than ${MAX_PAGES} pages of ${path.join('/')}` };
}

/** FORGE-22: asked once; a page size above the server's would end every list after its first page. */
function createPageSize(get: GiteaApi['get']): () => Promise<ForgeRead<number>> {
  let known: number | null = null;
  return async () => {
    if (known !== null) return { kind: 'ok', value: known };
    const read = await get(['settings', 'api']);
    if (read.kind === 'not_found') known = PAGE_SIZE;
    else if (read.kind !== 'ok') return read;
    else known = Math.min(PAGE_SIZE, maxItems(read.value));
    return { kind: 'ok', value: known };
  };
}

function maxItems(settings: unknown): number {
  const found = (settings as { max_response_items?: unknown } | null)?.max_response_items;
  return typeof found === 'number' && found > 0 ? found : PAGE_SIZE;
}

function toAnswer(outcome: HttpOutcome): GiteaAnswer {
  if (outcome.class === 'ok') {
    try {
      return {
        ok: true,
        status: outcome.status,
        data: outcome.body.trim() === '' ? null : JSON.parse(outcome.body),
      };
    } catch {
      const reason = `expected JSON from the forge, found ${outcome.headers['content-type'] ?? 'something else'}`;
      return { ok: false, status: outcome.status, message: reason, failure: { kind: 'permanent', reason } };
    }
  }
  const status = outcome.status ?? null;
  const message = messageOf(outcome.body) || outcome.reason;
  const kind = status === 404 ? 'not_found' : outcome.class;
  return { ok: false, status, message, failure: { kind, reason: reasonOf(status, message) } };
}

/** FORGE-24, in words. */
function reasonOf(status: number | null, message: string): string {
  if (status === null) return message;
  const said = /^HTTP \d+$/.test(message) ? '' : `: ${message}`;
  if (status === 401)
    return `the forge refused the token (HTTP 401${said}); expected a valid token sent as "token <value>"`;
  if (status === 403) return `the token has no right to do this (HTTP 403${said})`;
  if (status === 423) return `the repository is archived (HTTP 423${said})`;
  return `HTTP ${status}${said}`;
}

function messageOf(body: string | undefined): string {
  try {
    const found = (JSON.parse(body ?? '') as { message?: unknown } | null)?.message;
    return typeof found === 'string' ? found.slice(0, 300) : '';
  } catch {
    return '';
  }
}

/** 401, 403 and 423 are said once per project and hour (FORGE-24). */
function createReporter(options: GiteaApiOptions): (answer: Extract<GiteaAnswer, { ok: false }>) => void {
  const last = new Map<number, number>();
  return ({ status, failure }) => {
    if (status !== 401 && status !== 403 && status !== 423) return;
    if (options.now() - (last.get(status) ?? Number.NEGATIVE_INFINITY) < REPORT_EVERY_MS) return;
    last.set(status, options.now());
    options.log.warn({ repo: options.repo, status, reason: failure.reason }, 'forge refused a request');
  };
}
