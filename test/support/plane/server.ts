import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Api, type Reply, route, routeV2 } from './routes.ts';
import { createClock, type FakeProject, type FakeUser } from './state.ts';
import { again, type Change, deliveriesOf, type Hook, type Sent, type Weather } from './webhooks.ts';

/** One REST exchange, as it really was on the wire. */
export interface Exchange {
  method: string;
  path: string;
  query: [string, string][];
  headers: IncomingMessage['headers'];
  sent: unknown;
  status: number;
  answered: unknown;
}

/** What to do instead of answering: a status, silence, a cut line, or a cut line after the work was done. */
export interface Fault {
  matches: (method: string, path: string) => boolean;
  do: { status: number; headers?: Record<string, string>; body?: unknown } | 'hang' | 'drop' | 'drop-after';
  /** How often; default once. */
  times?: number;
}

export interface FakePlane {
  url: string;
  api: Api;
  users: FakeUser[];
  projects: FakeProject[];
  exchanges: Exchange[];
  faults: Fault[];
  hook: Hook;
  weather: Weather;
  /** Every delivery that was sent or collected, in order. */
  deliveries: Sent[];
  /** Sends what was held back. */
  release(order?: 'as-made' | 'reversed'): Promise<void>;
  /** Deliveries under way are done. */
  settled(): Promise<void>;
  /** Requests left in this minute, per token; answers then carry the headers, and 429 at zero. */
  limit: { remaining: number; resetAt: number } | null;
  addUser(name: string): FakeUser;
  close(): Promise<void>;
}

export interface FakePlaneOptions {
  workspace?: string;
  items?: Api['items'];
  relations?: boolean;
  webhookApi?: boolean;
  now?: () => number;
}

/** A Plane server in memory: real HTTP, real signatures, faults on demand. */
export async function createFakePlane(options: FakePlaneOptions = {}): Promise<FakePlane> {
  const projects: FakeProject[] = [];
  const held: Sent[] = [];
  const underway: Promise<unknown>[] = [];
  const world = {
    projects,
    users: [] as FakeUser[],
    exchanges: [] as Exchange[],
    faults: [] as Fault[],
    deliveries: [] as Sent[],
    hook: {
      url: null,
      secret: `plane_wh_${randomUUID().replaceAll('-', '')}`,
      dialect: 'v1',
      partial: false,
    } as Hook,
    weather: { lose: false, copies: 1, hold: false } as Weather,
    limit: null as FakePlane['limit'],
  };
  const deliver = (sent: Sent) => {
    world.deliveries.push(sent);
    const { url } = world.hook;
    if (url !== null)
      underway.push(
        fetch(url, { method: 'POST', body: sent.body, headers: sent.headers }).catch(() => undefined),
      );
  };
  const emit = (change: Change) => {
    for (const sent of deliveriesOf(world.hook, change)) {
      if (world.weather.lose) continue;
      const copies = Array.from({ length: world.weather.copies }, (_, n) => (n === 0 ? sent : again(sent)));
      const { hold } = world.weather;
      if (typeof hold === 'function' ? hold(change) : hold) held.push(...copies);
      else for (const copy of copies) deliver(copy);
    }
  };
  const api: Api = {
    workspace: options.workspace ?? 'acme',
    projects,
    items: options.items ?? 'work-items',
    relations: options.relations ?? true,
    hooks: options.webhookApi ? [] : null,
    at: createClock(options.now ?? Date.now),
    changed: emit,
  };
  const server = createServer((request, response) => {
    handle({ api, world }, request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const settled = async () => {
    await Promise.all(underway.splice(0));
  };
  return Object.assign(world, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    api,
    settled,
    release: async (order: 'as-made' | 'reversed' = 'as-made') => {
      const kept = held.splice(0);
      for (const sent of order === 'reversed' ? kept.reverse() : kept) {
        deliver(sent);
        await settled();
      }
    },
    addUser: (name: string) => {
      const user = { id: randomUUID(), name, token: `plane_api_${randomUUID()}` };
      world.users.push(user);
      return user;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

interface Inside {
  api: Api;
  world: Pick<FakePlane, 'users' | 'exchanges' | 'faults' | 'limit'>;
}

async function handle(
  { api, world }: Inside,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', 'http://localhost');
  const text = await readBody(request);
  const fault = takeFault(world.faults, method, url.pathname);
  if (fault === 'hang') return;
  if (fault === 'drop') return void request.socket.destroy();
  const sent = text === '' ? null : (JSON.parse(text) as Record<string, unknown>);
  const reply =
    typeof fault === 'object' ? { body: {}, ...fault } : answer({ api, world }, { request, url, sent });
  if (fault === 'drop-after') return void request.socket.destroy();
  const status = reply.status;
  const [path, query, headers] = [url.pathname, [...url.searchParams], request.headers];
  world.exchanges.push({ method, path, query, headers, sent, status, answered: reply.body });
  const more = (typeof fault === 'object' ? fault.headers : undefined) ?? limitHeaders(world);
  response.writeHead(status, { 'content-type': 'application/json', ...more });
  response.end(status === 204 ? undefined : JSON.stringify(reply.body));
}

function answer(
  { api, world }: Inside,
  { request, url, sent }: { request: IncomingMessage; url: URL; sent: Record<string, unknown> | null },
): Reply {
  const [, version] = /^\/api\/(v[12])\/.*\/$/.exec(url.pathname) ?? [];
  if (version === undefined) return { status: 404, body: { error: 'Page not found.' } };
  const user = world.users.find(({ token }) => token === request.headers['x-api-key']);
  if (!user) return { status: 401, body: { detail: 'Given API token is not valid' } };
  if (world.limit !== null) {
    if (world.limit.remaining === 0) return { status: 429, body: { error_message: 'RATE_LIMIT_EXCEEDED' } };
    world.limit.remaining -= 1;
  }
  const path = url.pathname.slice('/api/v1/'.length, -1).split('/').map(decodeURIComponent);
  return (version === 'v1' ? route : routeV2)(api, {
    method: request.method ?? 'GET',
    path,
    query: url.searchParams,
    sent: sent ?? {},
    user,
  });
}

function limitHeaders({ limit }: Inside['world']): Record<string, string> {
  if (limit === null) return {};
  return { 'x-ratelimit-remaining': String(limit.remaining), 'x-ratelimit-reset': String(limit.resetAt) };
}

function takeFault(faults: Fault[], method: string, path: string): Fault['do'] | undefined {
  const fault = faults.find((one) => one.matches(method, path));
  if (!fault) return undefined;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
  return fault.do;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
