import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createHttpServer, type HttpDeps, type RouteDeps } from '../../src/http/server.ts';
import { silentLogger } from '../../src/log.ts';

export interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
  /** The body as JSON. */
  json(): unknown;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface Running {
  port: number;
  socketPath: string;
  /** A request over TCP. */
  ask(path: string, options?: Ask): Promise<Answer>;
  /** A request over the control socket. */
  askSocket(path: string, options?: Ask): Promise<Answer>;
  close(): Promise<void>;
}

const send = (
  where: { port: number } | { socketPath: string },
  path: string,
  options: Ask,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...where,
        host: '127.0.0.1',
        path,
        method: options.method ?? 'GET',
        headers: options.headers ?? {},
        agent: false,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            json: () => JSON.parse(text),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });

const routes: RouteDeps = {
  about: { version: '1.2.3', commit: 'abc1234', instance: 'i1', staging: false },
  ready: { checks: [], stopping: () => false, timeoutMs: 200 },
  status: { now: () => 0, paused: () => false, activeTasks: () => [] },
  queue: {},
  projects: () => [],
};

export interface Setup {
  routes?: Partial<RouteDeps>;
  access?: Partial<HttpDeps['access']>;
}

/** A fresh data directory, removed with the test. */
export async function dataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'http-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** What a server on a free port and a socket in a fresh directory is made of. */
export async function depsOf({ routes: more, access }: Setup = {}): Promise<HttpDeps> {
  let id = 0;
  return {
    host: '127.0.0.1',
    port: 0,
    socketPath: join(await dataDir(), 'control.sock'),
    access: { userName: 'tester', isLoopback: (address) => address === '127.0.0.1', ...access },
    routes: { ...routes, ...more },
    newId: () => `id${++id}`,
    log: silentLogger(),
  };
}

/** Starts a server that is closed with the test. */
export async function start(setup: Setup = {}): Promise<Running> {
  const deps = await depsOf(setup);
  const server = createHttpServer(deps);
  const { port } = await server.listen();
  onTestFinished(() => server.close(0));
  const socketPath = deps.socketPath ?? '';
  return {
    port,
    socketPath,
    ask: (path, options = {}) => send({ port }, path, options),
    askSocket: (path, options = {}) => send({ socketPath }, path, options),
    close: () => server.close(0),
  };
}

export const TOKEN = 'admin-token-1';
export const withToken = { headers: { authorization: `Bearer ${TOKEN}` } };

/** A POST of this JSON, with the token when asked for. */
export const post = (body: unknown, headers: Record<string, string> = {}): Ask => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
