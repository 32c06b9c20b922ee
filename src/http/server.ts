import { createServer, type Server } from 'node:http';
import Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import type { Logger } from '../log.ts';
import { traced } from '../tracing.ts';
import { type Access, type AccessOptions, createAccess } from './access.ts';
import { createAdmission } from './admission.ts';
import { type BoardDeps, createBoardRoutes } from './board/routes.ts';
import { BULL_BOARD_PATH, type BullBoardQueue, createBullBoard } from './bull-board.ts';
import type { ControlApi, RepoApi } from './control-api.ts';
import { createErrorHandler } from './errors.ts';
import { listenSocket, listenTcp } from './listen.ts';
import { createCommandRoute } from './routes/commands.ts';
import { type About, createHealthRoute } from './routes/health.ts';
import { createIssueRoutes, type IssueApi } from './routes/issues.ts';
import { createMaintenanceRoutes, type MaintenanceApi } from './routes/maintenance.ts';
import { createMetricsRoute, type MetricsSource } from './routes/metrics.ts';
import { createProjectsRoute } from './routes/projects.ts';
import { createQueueRoute, type QueueBlocks } from './routes/queue.ts';
import { createReadyRoute, type ReadyDeps } from './routes/ready.ts';
import { createRepoRoutes } from './routes/repo.ts';
import { createStagingRoutes, type StagingApi } from './routes/staging.ts';
import { createStatusRoute, type StatusDeps } from './routes/status.ts';
import { createTaskIntakeRoute, createTaskReadingRoutes } from './routes/tasks.ts';
import type { WebhookRoute } from './webhook.ts';

/** What each group of routes is made of; an absent group has no routes. */
export interface RouteDeps {
  about: About;
  ready: ReadyDeps;
  status: Omit<StatusDeps, 'about'>;
  queue: QueueBlocks;
  projects: Parameters<typeof createProjectsRoute>[1];
  metrics?: MetricsSource;
  control?: ControlApi;
  issues?: IssueApi;
  repo?: RepoApi;
  maintenance?: MaintenanceApi;
  staging?: StagingApi;
  webhooks?: readonly WebhookRoute[];
  /** Bytes of webhook bodies under way at once; default 64 MiB. */
  webhookBytes?: number;
  /** The page of tasks, logs and costs. */
  board?: BoardDeps;
  /** Queues shown by Bull Board. */
  bullBoard?: readonly BullBoardQueue[];
}

export interface HttpDeps {
  host: string;
  /** 0 picks a free port. */
  port: number;
  /** `<data>/control.sock`; null serves no socket. */
  socketPath: string | null;
  access: AccessOptions;
  routes: RouteDeps;
  /** For requests that bring no `Idempotency-Key`. */
  newId(): string;
  log: Logger;
}

export interface HttpServer {
  /**
   * Starts to listen on address and socket; on failure neither stays open. Throws AppError `port-in-use`,
   * `port-not-allowed`, `address-not-available`, `already-running`, `socket-path-too-long`, `socket-not-created`.
   */
  listen(): Promise<{ port: number }>;
  /** Accepts nothing more, lets requests under way finish for `graceMs` (default 1000), then cuts them off. */
  close(graceMs?: number): Promise<void>;
}

const WEBHOOK_BYTES = 64 * 2 ** 20;
/** What a body without a stated length is taken for. */
const BODY_BYTES = 2 * 2 ** 20;

/** The front door: one application on a TCP address and on the control socket (REC-140, REC-140a). */
export function createHttpServer(deps: HttpDeps): HttpServer {
  const access = createAccess(deps.access);
  let isClosing = false;
  const handle = createApp(deps, access, () => isClosing).callback();
  const tcp = createServer(handle);
  const socket = createServer((request, response) => {
    access.trust(request);
    return handle(request, response);
  });
  for (const server of [tcp, socket]) server.requestTimeout = 60_000;

  return {
    async listen() {
      const port = await listenTcp(tcp, deps.host, deps.port);
      try {
        if (deps.socketPath !== null) await listenSocket(socket, deps.socketPath);
      } catch (error) {
        await closeServer(tcp, 0);
        throw error;
      }
      for (const server of [tcp, socket]) {
        server.on('error', (error) => deps.log.error({ err: error }, 'connection not accepted'));
      }
      deps.log.info({ host: deps.host, port, socket: deps.socketPath }, 'http listening');
      return { port };
    },
    async close(graceMs = 1000) {
      isClosing = true;
      await Promise.all([closeServer(tcp, graceMs), closeServer(socket, graceMs)]);
    },
  };
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return Promise.resolve();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  return new Promise((resolve) => {
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function createApp({ routes, log, newId }: HttpDeps, access: Access, isClosing: () => boolean): Koa {
  const app = new Koa();
  app.on('error', (error) => log.error({ err: error }, 'request failed'));
  app.use(async (ctx, next) => {
    await next();
    // A connection kept alive would hold up the end.
    if (isClosing()) ctx.set('Connection', 'close');
  });
  app.use(createErrorHandler(log));
  // What changes something begins a trace (REC-143); reading is nobody's cause.
  app.use((ctx, next) =>
    ctx.method === 'GET' ? next() : traced({ name: `${ctx.method} ${ctx.path}` }, () => next()),
  );
  const keyOf = (ctx: Context): string => {
    const given = ctx.get('Idempotency-Key');
    return `http:${given === '' ? newId() : given.slice(0, 200)}`;
  };
  for (const router of routersOf(routes, access, keyOf)) app.use(router.routes());
  if (routes.bullBoard) app.use(behind(access.browsing, BULL_BOARD_PATH, createBullBoard(routes.bullBoard)));
  return app;
}

function routersOf(routes: RouteDeps, access: Access, keyOf: (ctx: Context) => string): Router[] {
  const { control, issues, repo, maintenance, metrics, staging, webhooks = [] } = routes;
  const admit = createAdmission({ maxBytes: routes.webhookBytes ?? WEBHOOK_BYTES, bodyMaxBytes: BODY_BYTES });
  return [
    // First: a request passes every router before its own.
    ...webhooks.map(({ name, handle }) => new Router().post(`/webhook/${name}`, admit, handle)),
    createHealthRoute(routes.about),
    createReadyRoute(routes.ready),
    createStatusRoute(access, { ...routes.status, about: routes.about }),
    createQueueRoute(access, routes.queue),
    createProjectsRoute(access, routes.projects),
    ...(metrics ? [createMetricsRoute(access, metrics)] : []),
    // Before the commands of a task, whose route would take these words for one.
    ...(issues ? [createIssueRoutes(access, issues)] : []),
    ...(control
      ? [
          createTaskReadingRoutes(access, control),
          createTaskIntakeRoute(access, control, keyOf),
          createCommandRoute(access, control, keyOf),
        ]
      : []),
    ...(routes.board ? [createBoardRoutes(routes.board, access)] : []),
    ...(repo ? [createRepoRoutes(access, repo)] : []),
    ...(maintenance ? [createMaintenanceRoutes(access, maintenance)] : []),
    ...(staging ? [createStagingRoutes(access, staging)] : []),
  ];
}

/** The pages below `path` are reached through the check only. */
const behind =
  (check: Middleware, path: string, pages: Middleware): Middleware =>
  (ctx, next) =>
    ctx.path === path || ctx.path.startsWith(`${path}/`) ? check(ctx, async () => pages(ctx, next)) : next();
