import type { HttpClient, HttpFailed } from '../../http-client.ts';

const TIMEOUT_MS = 15_000;

/** Answer of a route: an HTTP error status is an answer, a transport error is not (SHIP-30). */
export interface Answer {
  /** Null when no answer came. */
  status: number | null;
  /** Parsed JSON object, null when the body is none. */
  body: Record<string, unknown> | null;
  /** One line: the status, or what prevented an answer. */
  detail: string;
}

/** The staging server as the suite sees it: its routes and nothing else (SHIP-37). */
export interface StagingServer {
  get(path: string): Promise<Answer>;
  send(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  /** Sends a body exactly as given, with these headers. */
  deliver(
    path: string,
    delivery: { headers: Readonly<Record<string, string>>; body: string },
  ): Promise<Answer>;
}

/** Creates the client. `adminToken` opens the routes that change something (REC-140). */
export function createStagingServer(
  http: HttpClient,
  { baseUrl, adminToken }: { baseUrl: string; adminToken?: string },
): StagingServer {
  const authorization: Record<string, string> = adminToken ? { authorization: `Bearer ${adminToken}` } : {};
  const base = baseUrl.replace(/\/+$/, '');
  const ask = async (
    path: string,
    request: { method: string; headers: Record<string, string>; json?: unknown; body?: string },
  ): Promise<Answer> => {
    const answer = await http.request({ ...request, url: base + path, timeoutMs: TIMEOUT_MS, retries: 0 });
    return answer.class === 'ok' ? read(answer.status, answer.body) : failed(answer);
  };
  return {
    get: (path) => ask(path, { method: 'GET', headers: authorization }),
    send: (method, path, json) =>
      ask(path, { method, headers: authorization, ...(json !== undefined && { json }) }),
    deliver: (path, { headers, body }) => ask(path, { method: 'POST', headers: { ...headers }, body }),
  };
}

function failed(outcome: HttpFailed): Answer {
  if (outcome.status === undefined) return { status: null, body: null, detail: outcome.reason };
  return read(outcome.status, outcome.body ?? '');
}

function read(status: number, text: string): Answer {
  return { status, body: object(text), detail: `HTTP ${status}` };
}

function object(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
