import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import path from 'node:path';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { ChatBot } from '../../bot/bot.ts';
import { sentence } from '../../bot/sentence.ts';
import { createCatalog } from '../../bot/texts.ts';
import { isLoopback } from '../../config/loopback.ts';
import { describeProject } from '../../config/project-summary.ts';
import { GITEA_SIGNATURE_HEADERS } from '../../forge/gitea/webhook.ts';
import type { RepoApi } from '../../http/control-api.ts';
import { createHmacVerifier } from '../../http/secret.ts';
import { createHttpServer, type HttpServer } from '../../http/server.ts';
import { createWebhookRoute, type WebhookRoute } from '../../http/webhook.ts';
import type { Shutdown } from '../../shutdown.ts';
import { intakeProblemText } from '../../tracker/comments/intake.ts';
import { PLANE_SIGNATURE_HEADERS } from '../../tracker/plane/webhook.ts';
import { startRevert } from '../delivery/revert.ts';
import { planRollback, type RollbackPort, startRollback } from '../delivery/rollback.ts';
import { createStaging } from '../delivery/staging.ts';
import { liftFreezes } from '../delivery/unfreezing.ts';
import type { Crew } from '../hosts/crew.ts';
import type { Resilience } from '../hosts/resilience.ts';
import type { Parts } from '../parts.ts';
import type { Queueing } from '../queueing.ts';
import { unknownProject } from '../registry.ts';
import { reloadRegistry } from '../reload.ts';
import type { ForgeWatch } from '../watch/forge-watch.ts';
import type { PlaneWatch } from '../watch/plane-watch.ts';
import type { Reconciling } from '../watch/reconciling.ts';
import type { RedisLoss } from '../watch/redis-loss.ts';
import { refreshTrackers } from '../watch/refresh-trackers.ts';
import { createBoardApi } from './board.ts';
import { createIssues } from './issues.ts';
import { queueBlocks } from './queue-blocks.ts';
import { readyChecks } from './ready-checks.ts';
import { createReplies, summaryOf } from './replies.ts';
import { telegramWebhook } from './telegram-webhook.ts';
import { type ViewDeps, viewOf } from './views.ts';

export interface FrontDoorDeps {
  parts: Parts;
  queueing: Queueing;
  views: ViewDeps;
  rollback: RollbackPort;
  crew: Crew;
  reconciling: Reconciling;
  loss: RedisLoss;
  shutdown: Pick<Shutdown, 'stopping'>;
  resilience: Pick<Resilience, 'breaker' | 'preflight'>;
  forgeWatch: ForgeWatch;
  planeWatch: PlaneWatch;
  bot: Pick<ChatBot, 'webhookSecret' | 'handleUpdate' | 'connection' | 'pausedMs'>;
  /** A way in for an owner (ACC-3, LOCAL-2). */
  pair: () => { code: string } | { url: string };
  /** Id of this data directory's control process. */
  instance: string;
}

const READY_TIMEOUT_MS = 2000;

/** HTTP on its address and on the control socket (REC-140, REC-140a). */
export function createFrontDoor(deps: FrontDoorDeps): HttpServer {
  const { parts, queueing, views } = deps;
  const { config, house, place, registry, redact, trackerFor } = parts;
  const { now, log, version, commit } = place;
  const texts = createCatalog()(config.i18n.lang, config.i18n.tz);
  const sentenceOf = (task: number): string => {
    const view = viewOf(views, task);
    return view ? sentence(view, texts) : '';
  };
  const replies = {
    house,
    find: registry.find,
    intake: { house, config, trackerFor, now },
    sentence: sentenceOf,
    describe: (problem: Parameters<typeof intakeProblemText>[0]) =>
      intakeProblemText(problem, config.i18n.lang),
    redact,
    now,
  };
  const { adminToken } = config.security;
  const staging = createStaging(parts);
  return createHttpServer({
    host: config.server.httpHost,
    port: config.server.httpPort,
    socketPath: path.join(config.server.dataDir, 'control.sock'),
    access: {
      ...(adminToken === undefined ? {} : { adminToken }),
      userName: userInfo().username,
      isLoopback,
    },
    newId: randomUUID,
    log,
    routes: {
      about: { version, commit, instance: deps.instance, staging: config.server.staging },
      ready: {
        stopping: () => deps.shutdown.stopping,
        timeoutMs: READY_TIMEOUT_MS,
        checks: readyChecks(deps),
      },
      status: {
        now,
        paused: () => house.gates.pauses().some(({ scope }) => scope === '*'),
        activeTasks: () => house.tasks.live().map((task) => summaryOf(replies, task)),
      },
      queue: queueBlocks(deps),
      projects: () => registry.current().projects.map((project) => ({ ...describeProject(project, config) })),
      control: createReplies(replies),
      issues: createIssues(parts),
      repo: repoApi(deps),
      webhooks: [
        giteaWebhook(deps),
        planeWebhook(deps),
        ...telegramWebhook(deps.bot, config.server.webhookMaxBytes),
      ],
      maintenance: {
        pair: deps.pair,
        reload: () => reloadRegistry(parts),
        refreshTracker: (name) => refreshTrackers(parts, name),
        drain: async () => {
          const { agents } = queueing.publisher.queues;
          await agents.pause();
          return { running: await agents.getActiveCount() };
        },
      },
      ...(staging ? { staging } : {}),
      metrics: parts.metrics.registry,
      board: {
        api: createBoardApi({ parts, views, texts }),
        ...config.i18n,
        botToken: config.telegram.botToken,
        publicUrl: config.server.publicUrl,
        now,
      },
      bullBoard: Object.values(queueing.publisher.queues).map((queue) => new BullMQAdapter(queue)),
    },
  });
}

/** `POST /webhook/gitea` (FORGE-50, REC-35). Without a secret everything is refused and the forges are polled. */
function giteaWebhook({ parts, forgeWatch }: FrontDoorDeps): WebhookRoute {
  const { forge, server, security } = parts.config;
  const secret = forge.giteaWebhookSecret;
  return createWebhookRoute({
    name: 'gitea',
    maxBytes: server.webhookMaxBytes,
    verify: secret === undefined ? null : createHmacVerifier(secret, GITEA_SIGNATURE_HEADERS),
    allowUnsigned: security.allowUnsignedWebhooks,
    counted: parts.metrics.webhook,
    ...forgeWatch.hook,
  });
}

/** `POST /webhook/plane` (PLANE-38, REC-35). Without a secret everything is refused and Plane is polled. */
function planeWebhook({ parts, planeWatch }: FrontDoorDeps): WebhookRoute {
  const { tracker, server, security } = parts.config;
  const secret = tracker.planeWebhookSecret;
  return createWebhookRoute({
    name: 'plane',
    maxBytes: server.webhookMaxBytes,
    verify: secret === undefined ? null : createHmacVerifier(secret, PLANE_SIGNATURE_HEADERS),
    allowUnsigned: security.allowUnsignedWebhooks,
    counted: parts.metrics.webhook,
    ...planeWatch.hook,
  });
}

function repoApi({ parts, rollback }: FrontDoorDeps): RepoApi {
  const { house, place, project, registry } = parts;
  const needRepo = { ok: false, reason: 'unknown_project', message: 'Say which project.' } as const;
  return {
    freeze({ repo, scope, reason, actor }) {
      if (repo === null) return needRepo;
      const { repo: name } = registry.find(repo) ?? unknownProject(repo);
      house.gates.freeze({ repo: name, scope, reason, by: actor.name, at: place.now() });
      return { ok: true, detail: `${repo} frozen (${scope})` };
    },
    unfreeze({ repo, actor }) {
      if (repo === null) return needRepo;
      const name = registry.find(repo)?.repo ?? repo;
      const { lifted, detail } = liftFreezes(house, { repo: name, by: actor.name, at: place.now() });
      return lifted > 0
        ? { ok: true, status: 'unfrozen', detail }
        : { ok: true, status: 'not_frozen', detail: `${name} is not frozen` };
    },
    pause({ repo, actor }) {
      house.gates.pause({ repo, by: actor.name, at: place.now() });
      return { ok: true, detail: 'paused' };
    },
    resume({ repo, actor }) {
      house.gates.resume({ repo, by: actor.name, at: place.now() });
      return { ok: true, detail: 'resumed' };
    },
    rollback({ repo, wid, actor }) {
      const task = wid === null ? null : (house.tasks.byWid(wid)?.id ?? null);
      const plan = planRollback({ house, project }, { repo, task });
      if (!plan.ok) return { ok: false, reason: 'not_waiting', message: plan.message };
      const begun = startRollback({ house, rollback, now: place.now }, plan, actor.name);
      return begun.ok ? begun : { ...begun, reason: 'not_waiting' };
    },
    revert({ wid, actor }) {
      const task = wid === null ? null : house.tasks.byWid(wid);
      if (task === null) return { ...needRepo, message: 'Say which task.' };
      const begun = startRevert({ house, now: place.now }, { task: task.id, by: actor.name });
      return begun.ok ? begun : { ...begun, reason: 'not_waiting' };
    },
  };
}
