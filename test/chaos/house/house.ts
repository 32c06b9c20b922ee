import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/ports.ts';
import { makeVolume, type Volume } from './disks.ts';
import { openPostOffice, type PostOffice } from './post-office.ts';
import { type Production, startProduction } from './production.ts';
import { type SupervisedProgram, startSupervised } from './programs.ts';
import { type ChaosRedis, startChaosRedis } from './redis.ts';
import { GITEA_SECRET, PLANE_SECRET, REPOS, type Servers, startServers } from './servers.ts';
import { CHOICES, FAST } from './settings.ts';

const CLI = fileURLToPath(new URL('../../fixtures/agents/chaos-cli.mjs', import.meta.url));
export const ADMIN = 'admin-token-of-the-chaos';

/** A running system: three processes of the product, a Redis, and the world around them. */
export interface House {
  dir: string;
  dbFile: string;
  /** What the agents wrote about themselves. */
  ledger: string;
  servers: Servers;
  post: PostOffice;
  redis: ChaosRedis;
  control: SupervisedProgram;
  workers: readonly SupervisedProgram[];
  /** Directories with run logs and markers, of control and of each worker. */
  runsDirs: readonly string[];
  disks: { runs: Volume; db: Volume };
  production: Production;
  httpUrl: string;
  /** A route of the control process, as its owner calls it; null when nobody answers. */
  call(to: string, body?: unknown): Promise<number | null>;
  close(): Promise<void>;
}

export async function startHouse(): Promise<House> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'orch-chaos-'));
  const disks = { runs: makeVolume(path.join(dir, 'runs'), 48), db: makeVolume(path.join(dir, 'db'), 48) };
  const port = await freePort();
  const httpUrl = `http://127.0.0.1:${port}`;
  const post = await openPostOffice(() => httpUrl);
  const servers = await startServers(post.url);
  for (const name of ['redis', 'production', 'home']) mkdirSync(path.join(dir, name));
  const redis = await startChaosRedis(path.join(dir, 'redis'));
  const production = await startProduction(path.join(dir, 'production'));
  const provider = await startProvider();
  const ledger = path.join(dir, 'ledger');
  writeFileSync(ledger, '');
  const place = { dir, port, redis, servers, production, providerUrl: provider.url, ledger };
  const control = await startSupervised({
    name: 'control',
    argv: ['start', '--json'],
    dir,
    env: envOf(place, 'control', { ORCH_WORKER_ROLES: 'gates', ...controlOnly(place) }),
  });
  const workers = await Promise.all(
    ['one', 'two'].map((name) =>
      startSupervised({
        name,
        argv: ['worker', '--json'],
        dir,
        env: envOf(place, name, { ORCH_WORKER_NAME: name, ORCH_WORKER_CAPACITY: '2' }),
      }),
    ),
  );
  return {
    ...{ dir, ledger, servers, post, redis, control, workers, disks, production, httpUrl },
    dbFile: path.join(dir, 'db', 'orchestrator.db'),
    runsDirs: ['control', 'one', 'two'].map((name) => path.join(dir, 'runs', name)),
    async call(to, body = {}) {
      const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(5000) };
      return fetch(`${httpUrl}${to}`, init).then(
        async (answer) => {
          await answer.arrayBuffer();
          return answer.status;
        },
        () => null,
      );
    },
    async close() {
      await Promise.all([...workers, control].map((program) => program.stop()));
      await redis.close();
      await Promise.all([servers.close(), post.close(), production.close(), provider.close()]);
      for (const volume of Object.values(disks)) volume.close();
      if (process.env.CHAOS_KEEP === undefined)
        await rm(dir, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
    },
  };
}

interface Place {
  dir: string;
  port: number;
  redis: ChaosRedis;
  servers: Servers;
  production: Production;
  providerUrl: string;
  ledger: string;
}

function envOf(place: Place, name: string, more: Record<string, string>): Record<string, string> {
  const { dir, redis, servers, providerUrl, ledger } = place;
  return {
    PATH: process.env.PATH ?? '',
    HOME: path.join(dir, 'home'),
    CHAOS_LEDGER: ledger,
    ...FAST,
    ...CHOICES,
    ORCH_CLAUDE_BIN: CLI,
    ANTHROPIC_API_KEY: 'sk-ant-of-nobody-at-all',
    ANTHROPIC_BASE_URL: providerUrl,
    ORCH_DATA_DIR: path.join(dir, 'data', name),
    ORCH_RUNS_DIR: path.join(dir, 'runs', name),
    ORCH_REDIS_URL: redis.url,
    ORCH_GITEA_URL: servers.gitea.url,
    ORCH_GITEA_TOKEN: servers.gitea.token,
    ORCH_MAX_CONCURRENCY: '4',
    ...more,
  };
}

/** What a worker does without (REC-183). */
const controlOnly = ({ dir, port, servers, production }: Place): Record<string, string> => ({
  ORCH_PROJECTS_JSON: JSON.stringify(registryOf({ servers, production })),
  ORCH_DB_PATH: path.join(dir, 'db', 'orchestrator.db'),
  ORCH_HTTP_PORT: String(port),
  ORCH_ADMIN_TOKEN: ADMIN,
  ORCH_PLANE_API_URL: servers.plane.url,
  ORCH_PLANE_WORKSPACE_SLUG: 'acme',
  ORCH_PLANE_API_TOKEN: servers.bot.token,
  ORCH_PLANE_WEBHOOK_SECRET: PLANE_SECRET,
  ORCH_GITEA_WEBHOOK_SECRET: GITEA_SECRET,
  ORCH_TELEGRAM_BOT_TOKEN: servers.telegram.token,
  ORCH_TELEGRAM_API_URL: servers.telegram.apiRoot,
  ORCH_TELEGRAM_ALLOWED_USERS: '1001:owner',
  ORCH_TELEGRAM_CHAT_ID: '1001',
});

/** The first project is deployed by a hook, the second one's delivery is its merge. */
function registryOf({ servers, production }: Pick<Place, 'servers' | 'production'>) {
  const common = { tracker: 'plane', forge: 'gitea', owner: 'acme', ci: 'engine', checks: 'sh check.sh' };
  const absent = { staging: 'none', image: 'none', dependency_audit: 'none' };
  const ways = [
    {
      deploy: 'hook',
      service: 'shop',
      deploy_hook: { script: production.hook, via: 'setsid' },
      health: { url: production.healthUrl },
      post_deploy: { action: 'ALERT_ONLY' },
    },
    { deploy: 'none' },
  ];
  return REPOS.map((names, n) => ({
    ...names,
    ...common,
    ...absent,
    plane_project_id: servers.boards[n as 0 | 1].id,
    ...ways[n],
  }));
}

/** The model's address only has to take connections: the preflight looks. */
async function startProvider(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
