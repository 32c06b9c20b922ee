import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import type { ProjectHealth } from '../../../src/pipeline/project.ts';

/** A running service whose answers the test changes at will. */
export interface Service {
  base: string;
  health: ProjectHealth;
  /** Answer of `/health`; the body is sent as it is when it is a string. */
  answer: { status: number; body: unknown };
  /** Headers of the latest request. */
  seen: IncomingHttpHeaders;
}

/** A function that starts services on loopback, stopped after each test. */
export function useServices(): (body: unknown, status?: number) => Promise<Service> {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  return async (body, status = 200) => {
    const server = createServer((request, response) => {
      service.seen = request.headers;
      const { answer } = service;
      response.writeHead(answer.status, answer.status === 302 ? { location: String(answer.body) } : {});
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const health = { url: `${base}/health`, okField: 'status', okValue: 'ok', shaField: 'commit' };
    const service: Service = { base, health, answer: { status, body }, seen: {} };
    return service;
  };
}
