import type { Logger } from './log.ts';

/** One outbound request. `json` is serialised as the body; without it `body` is sent as it is. */
export interface HttpRequest {
  /** Default `GET`. */
  method?: string;
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array<ArrayBuffer> | FormData | URLSearchParams;
  json?: unknown;
  /** Deadline of one try, body included. Default: the client's. */
  timeoutMs?: number;
  /** Repeats after a transient result (1 s, then 3 s). Default 2 for GET and HEAD, 0 for everything else. */
  retries?: number;
  /** Largest accepted body of a 2xx answer; default 8 MiB. A larger one is `permanent`. */
  maxBytes?: number;
  signal?: AbortSignal;
}

interface Answer {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What stopped a request that has no usable answer. */
export type HttpFailure =
  | 'network'
  | 'timed-out'
  | 'cancelled'
  | 'status'
  | 'redirect'
  | 'too-large'
  | 'invalid-json'
  | 'invalid-request';

/**
 * The result of a request (classes of TRK-3). `transient` may succeed later unchanged: network, time-out,
 * 408, 425, 429, 5xx. `permanent` will not: any other status, a redirect to another host, an answer that
 * cannot be used. `reason` is one line for people with secrets masked; bodies of failures are cut at 64 KiB.
 */
export type HttpOutcome =
  | ({ class: 'ok' } & Answer)
  | ({ class: 'transient'; failure: HttpFailure; reason: string; retryAfterS?: number } & Partial<Answer>)
  | ({ class: 'permanent'; failure: HttpFailure; reason: string } & Partial<Answer>);

export type HttpFailed = Exclude<HttpOutcome, { class: 'ok' }>;
export type JsonOutcome = ({ class: 'ok'; data: unknown } & Answer) | HttpFailed;

export interface HttpClient {
  /** Never rejects: every result, refusal and fault of the network is a value. */
  request(request: HttpRequest): Promise<HttpOutcome>;
  /** `request`, with the body of a 2xx parsed as JSON into `data` (null when empty). */
  json(request: HttpRequest): Promise<JsonOutcome>;
}

export interface HttpClientOptions {
  userAgent: string;
  /** Default deadline of one try. */
  timeoutMs: number;
  /** Masks secrets in reasons, failure bodies and log lines. */
  redact?: (text: string) => string;
  log?: Logger;
  fetch?: typeof fetch;
  /** Waits between repeats; replaced in tests. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

const RETRY_DELAYS_MS = [1_000, 3_000];
const MAX_FAILURE_BYTES = 64 * 1024;
const MAX_OK_BYTES = 8 * 1024 * 1024;
const MAX_REDIRECTS = 5;
/** A longer `Retry-After` is the caller's business (a delayed job), not a wait inside a call. */
const LONGEST_INLINE_WAIT_S = 5;

/** The only door for outbound HTTP: deadline, size limit, same-host redirects, failure classes, masking. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const wait = options.sleep ?? sleepFor;
  const request = async (wanted: HttpRequest): Promise<HttpOutcome> => {
    const repeats = wanted.retries ?? (isRead(wanted) ? RETRY_DELAYS_MS.length : 0);
    for (let done = 0; ; done += 1) {
      const outcome = await tryOnce(options, wanted);
      if (outcome.class !== 'transient' || outcome.failure === 'cancelled' || done >= repeats) return outcome;
      if ((outcome.retryAfterS ?? 0) > LONGEST_INLINE_WAIT_S) return outcome;
      const delayMs = RETRY_DELAYS_MS[Math.min(done, RETRY_DELAYS_MS.length - 1)] ?? 0;
      await wait(Math.max(delayMs, (outcome.retryAfterS ?? 0) * 1_000), wanted.signal);
      if (wanted.signal?.aborted) return outcome;
    }
  };
  return { request, json: async (wanted) => parseJson(await request(wanted)) };
}

/** Turns an `ok` outcome into its parsed JSON; a body that is not JSON is `permanent`. */
export function parseJson(outcome: HttpOutcome): JsonOutcome {
  if (outcome.class !== 'ok') return outcome;
  try {
    return { ...outcome, data: outcome.body.trim() === '' ? null : JSON.parse(outcome.body) };
  } catch {
    const reason = `expected JSON, found ${outcome.headers['content-type'] ?? 'a body without a content type'}`;
    return { ...outcome, class: 'permanent', failure: 'invalid-json', reason };
  }
}

async function tryOnce(options: HttpClientOptions, wanted: HttpRequest): Promise<HttpOutcome> {
  const startedAt = performance.now();
  const timeoutMs = wanted.timeoutMs ?? options.timeoutMs;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = wanted.signal ? AbortSignal.any([deadline, wanted.signal]) : deadline;
  const outcome = await send(options, wanted, signal).catch((error: unknown): HttpOutcome => {
    if (wanted.signal?.aborted)
      return { class: 'transient', failure: 'cancelled', reason: 'the caller cancelled' };
    if (deadline.aborted)
      return { class: 'transient', failure: 'timed-out', reason: `no answer within ${timeoutMs} ms` };
    return { class: 'transient', failure: 'network', reason: networkReason(error) };
  });
  const masked = maskFailure(outcome, options.redact ?? ((text) => text));
  options.log?.debug(
    {
      method: wanted.method ?? 'GET',
      url: shownUrl(wanted.url),
      class: masked.class,
      status: masked.status,
      durationMs: Math.round(performance.now() - startedAt),
    },
    'http request',
  );
  return masked;
}

/** Sends and follows redirects on the same host; throws only what `fetch` throws. */
async function send(
  options: HttpClientOptions,
  wanted: HttpRequest,
  signal: AbortSignal,
): Promise<HttpOutcome> {
  if (!URL.canParse(wanted.url)) return refused('invalid-request', 'the address is not a URL');
  let url = new URL(wanted.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return refused('invalid-request', `expected http or https, found ${url.protocol}`);
  let method = (wanted.method ?? 'GET').toUpperCase();
  for (let hops = 0; ; hops += 1) {
    const withBody = method !== 'GET' && method !== 'HEAD';
    const response = await (options.fetch ?? fetch)(url, {
      method,
      headers: headersOf(options, wanted, withBody),
      redirect: 'manual',
      signal,
      ...(withBody ? bodyOf(wanted) : {}),
    });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null)
      return await classify(response, wanted.maxBytes ?? MAX_OK_BYTES);
    await response.body?.cancel();
    const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (!target || target.host !== url.host || (url.protocol === 'https:' && target.protocol !== 'https:'))
      return refused('redirect', `refused a redirect to ${target?.host ?? 'an invalid address'}`, response);
    if (hops >= MAX_REDIRECTS) return refused('redirect', `more than ${MAX_REDIRECTS} redirects`, response);
    if (withBody && response.status < 307 && response.status !== 303)
      return refused('redirect', `refused to repeat a ${method} after ${response.status}`, response);
    if (response.status === 303) method = 'GET';
    url = target;
  }
}

function headersOf(options: HttpClientOptions, wanted: HttpRequest, withBody: boolean): Headers {
  const headers = new Headers(wanted.headers);
  if (!headers.has('user-agent')) headers.set('user-agent', options.userAgent);
  if (withBody && wanted.json !== undefined && !headers.has('content-type'))
    headers.set('content-type', 'application/json');
  return headers;
}

function bodyOf(wanted: HttpRequest): {
  body?: string | Uint8Array<ArrayBuffer> | FormData | URLSearchParams;
} {
  if (wanted.json !== undefined) return { body: JSON.stringify(wanted.json) };
  return wanted.body === undefined ? {} : { body: wanted.body };
}

async function classify(response: Response, maxOkBytes: number): Promise<HttpOutcome> {
  const { status } = response;
  const read = await readBody(response, response.ok ? maxOkBytes : MAX_FAILURE_BYTES);
  const answer: Answer = { status, headers: Object.fromEntries(response.headers), body: read.text };
  if (response.ok) {
    if (!read.cut) return { class: 'ok', ...answer };
    const kept = { ...answer, body: '' };
    return {
      class: 'permanent',
      failure: 'too-large',
      reason: `answer is over ${maxOkBytes} bytes`,
      ...kept,
    };
  }
  const reason = `HTTP ${status}`;
  if (status !== 408 && status !== 425 && status !== 429 && status < 500)
    return { class: 'permanent', failure: 'status', reason, ...answer };
  const retryAfterS = parseRetryAfter(answer.headers['retry-after'], answer.headers.date);
  const outcome = { class: 'transient', failure: 'status', reason, ...answer } as const;
  return retryAfterS === undefined ? outcome : { ...outcome, retryAfterS };
}

async function readBody(response: Response, limit: number): Promise<{ text: string; cut: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let cut = false;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk.subarray(0, limit - size));
    cut = size + chunk.length > limit;
    size += chunk.length;
    if (cut) break;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), cut };
}

/** Seconds from a `Retry-After` header: a number, or a date measured against the server's own `Date`. */
export function parseRetryAfter(value: string | undefined, serverDate?: string): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - Date.parse(serverDate ?? '')) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

function refused(failure: HttpFailure, reason: string, response?: Response): HttpOutcome {
  return { class: 'permanent', failure, reason, ...(response && { status: response.status }) };
}

function maskFailure(outcome: HttpOutcome, redact: (text: string) => string): HttpOutcome {
  if (outcome.class === 'ok') return outcome;
  const body = outcome.body === undefined ? {} : { body: redact(outcome.body) };
  return { ...outcome, reason: redact(outcome.reason), ...body };
}

/** undici says "fetch failed" and keeps the real reason in `cause`. */
function networkReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause ? String(cause.code) : undefined;
  return cause.message || code || cause.name;
}

/** Address for a log line: without user, password and query. */
function shownUrl(url: string): string {
  if (!URL.canParse(url)) return '(invalid)';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

const isRead = (wanted: HttpRequest): boolean =>
  ['GET', 'HEAD'].includes((wanted.method ?? 'GET').toUpperCase());

function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
