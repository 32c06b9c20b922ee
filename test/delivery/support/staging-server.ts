import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { slugOf } from '../../../src/workspace/names.ts';

const TOKEN = 'staging-admin-token';
const SECRET = 'plane-secret';

export type Routes = Record<string, { status?: number; body?: unknown } | undefined>;

/** A staging instance played on loopback; `routes` replaces single answers. */
export interface StagingInstance {
  base: string;
  token: string;
  /** `METHOD /path` of everything that was asked, in order. */
  asked: string[];
}

/** A function that plays staging instances, stopped after each test. */
export function useStagingInstances(): (routes?: Routes) => Promise<StagingInstance> {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  return async (routes = {}) => {
    const asked: string[] = [];
    let slug = '';
    let title = '';
    const event = JSON.stringify({ event: 'issue', action: 'updated' });
    const signature = createHmac('sha256', SECRET).update(event).digest('hex');
    const usual = (): Routes => ({
      'GET /health': { body: { status: 'ok', service: 'orchestrator', commit: 'abcdef0' } },
      'GET /queue': {
        body: {
          counts: {},
          max_concurrency: 1,
          resilience: {},
          recent: [{ agent: 'analyst', repo: 'sandbox', task: 7, task_content: `${title}\nIts text.` }],
        },
      },
      'GET /status': { body: { staging: true } },
      'GET /staging': {
        body: {
          sandbox: { repo: 'sandbox', project_id: 'p-1' },
          forbidden_projects: ['p-prod'],
          tracker: { ok: true, detail: '' },
          forge: { ok: true, detail: '' },
        },
      },
      'GET /projects': { body: { projects: [{ repo: 'sandbox', plane_project_id: 'p-1' }] } },
      'POST /tasks': { status: 201, body: { work_item_id: 'BOX-7', task_id: 7, status: 'Backlog' } },
      'POST /staging/tasks/BOX-7/start-event': {
        body: { headers: { 'x-plane-signature': signature }, body: event },
      },
      'POST /webhook/plane': { body: { status: 'accepted' } },
      'GET /staging/branches': { body: { branches: ['main', `feature/BOX-7-${slug}`] } },
      'GET /staging/tasks/BOX-7': { body: { tracker_state: 'In Review' } },
      'DELETE /staging/tasks/BOX-7': { status: 204 },
    });
    const server = createServer((request, response) => {
      const route = `${request.method} ${request.url}`;
      asked.push(route);
      let text = '';
      request.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        if (route === 'POST /tasks') title = String(JSON.parse(text).title);
        // Cut as the product cuts it (FORGE-63).
        slug = slugOf(title);
        const open = request.method === 'GET' || request.headers.authorization === `Bearer ${TOKEN}`;
        const signed = request.headers['x-plane-signature'] === signature && text === event;
        const allowed = route === 'POST /webhook/plane' ? signed : open;
        const answer = route in routes ? routes[route] : usual()[route];
        if (answer === undefined) return response.writeHead(404).end();
        if (!allowed) return response.writeHead(401).end('{"error":"no"}');
        const { status = 200, body } = answer;
        return response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: TOKEN, asked };
  };
}
