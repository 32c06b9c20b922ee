import { createHmac, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { git, temporaryDir } from '../git/repository.ts';
import { serveGit } from './git-http.ts';
import { type ApiReply, closeOrphans, type RouteWorld, route } from './routes.ts';
import { FakeRepository, type Flavour } from './state.ts';

/** One REST exchange, as it really was on the wire. */
export interface Exchange {
  method: string;
  path: string;
  query: [string, string][];
  sent: unknown;
  status: number;
  answered: unknown;
}

/** What to do instead of answering: a status, a closed connection, silence, or a closed connection after the work. */
export interface Fault {
  matches: (method: string, path: string) => boolean;
  do: { status: number; message?: string } | 'drop' | 'drop-after' | 'hang';
  /** How often; default once. */
  times?: number;
}

export interface Webhook {
  event: string;
  body: string;
  headers: Record<string, string>;
}

export interface FakeGitea {
  url: string;
  dir: string;
  token: string;
  /** The first of its repositories; most tests need one. */
  repo: FakeRepository;
  repos: readonly FakeRepository[];
  exchanges: Exchange[];
  /** Every webhook the server made, delivered or lost. */
  webhooks: Webhook[];
  faults: Fault[];
  /** Webhooks are made but never sent. */
  loseWebhooks: boolean;
  /** Where a public name leads from here. */
  resolves: (url: string) => string;
  /** Deliveries under way. */
  settled: () => Promise<unknown>;
  close(): Promise<void>;
}

export interface FakeGiteaOptions {
  flavour?: Flavour;
  maxItems?: number;
  /** Name of its first repository; default `shop-api`. */
  name?: string;
  /** Names of further repositories of the same owner. */
  more?: readonly string[];
}

/** A Gitea: REST state here, git through the real `git http-backend`, webhooks signed. */
export async function createFakeGitea(options: FakeGiteaOptions = {}): Promise<FakeGitea> {
  const { dir, remove } = await temporaryDir();
  const repos = [options.name ?? 'shop-api', ...(options.more ?? [])].map(
    (name) => new FakeRepository(dir, 'acme', name),
  );
  const [repo] = repos as [FakeRepository, ...FakeRepository[]];
  await Promise.all(repos.map(seed));
  const token = `token-${randomUUID()}`;
  const deliveries: Promise<unknown>[] = [];
  const world = {
    dir,
    token,
    repo,
    repos,
    exchanges: [] as Exchange[],
    webhooks: [] as Webhook[],
    faults: [] as Fault[],
    loseWebhooks: false,
    resolves: (to: string) => to,
    settled: () => Promise.all(deliveries),
  };
  const emitFrom =
    (from: FakeRepository): RouteWorld['emit'] =>
    (event, type, payload, only) => {
      for (const hook of from.hooks.filter(({ active, id }) => active && id === (only ?? id))) {
        const repository = { id: repos.indexOf(from) + 1, full_name: from.fullName };
        const body = JSON.stringify({ ...payload, repository });
        const headers = webhookHeaders(event, type, { secret: hook.secret, body });
        world.webhooks.push({ event: type, body, headers });
        // One attempt, never repeated.
        if (!world.loseWebhooks)
          deliveries.push(
            fetch(world.resolves(hook.url), { method: 'POST', body, headers }).catch(() => undefined),
          );
      }
    };
  const { flavour = 'gitea-1.26', maxItems = 50 } = options;
  const apis = repos.map((one) => ({ repo: one, flavour, maxItems, emit: emitFrom(one) }));
  const server = createServer((request, response) => {
    handle(world, apiOf(apis, request.url ?? '/'), { request, response }).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(world, { url, close: () => closeAll(server, remove) });
}

type World = Omit<FakeGitea, 'url' | 'close'>;
type Api = Parameters<typeof route>[0];

/** The repository an address names, through REST or git; what names none is answered by the first. */
function apiOf(apis: readonly Api[], url: string): Api {
  const [, owner, name] = /^\/(?:api\/v1\/repos\/)?([^/]+)\/([^/?]+)/.exec(url) ?? [];
  const named = apis.find(({ repo }) => `${owner}/${name?.replace(/\.git$/, '')}` === repo.fullName);
  return named ?? (apis[0] as Api);
}

async function seed(repo: FakeRepository): Promise<void> {
  await mkdir(repo.gitDir, { recursive: true });
  await git(repo.gitDir, 'init', '--bare', '--quiet', '--initial-branch=main');
  await git(repo.gitDir, 'config', 'http.receivepack', 'true');
  const tree = await git(repo.gitDir, 'mktree');
  const sha = await git(repo.gitDir, 'commit-tree', tree, '-m', 'Initial commit');
  await git(repo.gitDir, 'update-ref', 'refs/heads/main', sha);
}

export function webhookHeaders(event: string, type: string, signed: { secret: string; body: string }) {
  return {
    'content-type': 'application/json',
    'x-gitea-event': event,
    'x-gitea-event-type': type,
    'x-gitea-delivery': randomUUID(),
    'x-gitea-signature': createHmac('sha256', signed.secret).update(signed.body).digest('hex'),
  };
}

async function handle(
  world: World,
  api: Api,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const body = await readBody(request);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const fault = takeFault(world, request.method ?? 'GET', url.pathname);
  if (fault === 'hang') return;
  if (fault === 'drop') return void request.socket.destroy();
  if (fault && typeof fault === 'object')
    return reply(response, { status: fault.status, body: { message: fault.message ?? 'fault' } });
  const isGit = !url.pathname.startsWith('/api/');
  if (isGit) await handleGit(world, api, { request, response, body });
  else {
    const exchange = await handleApi(world, api, { request, url, body });
    if (fault === 'drop-after') return void request.socket.destroy();
    world.exchanges.push(exchange.record);
    reply(response, exchange.reply);
  }
}

function takeFault(world: World, method: string, path: string): Fault['do'] | null {
  const fault = world.faults.find((candidate) => candidate.matches(method, path));
  if (!fault) return null;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) world.faults.splice(world.faults.indexOf(fault), 1);
  return fault.do;
}

async function handleApi(
  world: World,
  api: Api,
  { request, url, body }: { request: IncomingMessage; url: URL; body: Buffer },
): Promise<{ reply: ApiReply; record: Exchange }> {
  const method = request.method ?? 'GET';
  const path = url.pathname.slice('/api/v1'.length);
  const sent: unknown = body.length > 0 ? JSON.parse(body.toString('utf8')) : null;
  const segments = path.split('/').filter(Boolean).map(decodeURIComponent);
  const call = { method, segments, query: url.searchParams, body: (sent ?? {}) as Record<string, unknown> };
  const allowed = request.headers.authorization === `token ${world.token}`;
  const answer = allowed ? await route(api, call) : { status: 401, body: { message: 'token is required' } };
  const record = {
    method,
    path,
    query: [...url.searchParams],
    sent,
    status: answer.status,
    answered: answer.body,
  };
  return { reply: answer, record };
}

async function handleGit(
  world: World,
  api: Api,
  { request, response, body }: { request: IncomingMessage; response: ServerResponse; body: Buffer },
): Promise<void> {
  const basic = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString(
    'utf8',
  );
  if (basic.slice(basic.indexOf(':') + 1) !== world.token) {
    response.setHeader('www-authenticate', 'Basic realm="Gitea"');
    return reply(response, { status: 401 });
  }
  const isPush = request.url?.endsWith('/git-receive-pack') === true;
  if (isPush && api.repo.scopes && !api.repo.scopes.has('write:repository'))
    return reply(response, { status: 403 });
  const before = new Map((isPush ? await api.repo.branches() : []).map(({ name, sha }) => [name, sha]));
  await serveGit(request, response, { projectRoot: world.dir, user: basic.split(':')[0] ?? '', body });
  if (!isPush) return;
  const after = new Map((await api.repo.branches()).map(({ name, sha }) => [name, sha]));
  const zeros = '0'.repeat(40);
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(name) === after.get(name)) continue;
    const change = { before: before.get(name) ?? zeros, after: after.get(name) ?? zeros };
    if (change.after === zeros) await closeOrphans(api, name);
    api.emit('push', 'push', { ref: `refs/heads/${name}`, ...change, pusher: { login: 'someone' } });
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, answer: ApiReply): void {
  response.statusCode = answer.status;
  if (answer.body !== undefined) response.setHeader('content-type', 'application/json');
  response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
}

async function closeAll(server: Server, remove: () => Promise<void>): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await remove();
}
