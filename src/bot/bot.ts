import { autoRetry } from '@grammyjs/auto-retry';
import { Api } from 'grammy';
import type { Update, UserFromGetMe } from 'grammy/types';
import type { Logger } from '../log.ts';
import type { House } from './ask.ts';
import { createCardDrawer } from './card-draw.ts';
import { chatRowOf } from './chat-row.ts';
import type { ChatStore, Lang } from './chat-store.ts';
import { runClock } from './clock.ts';
import { type ChatCounters, createStop, type Env, noCounters, realTimers, type Timers } from './env.ts';
import { onMembership } from './features/membership.ts';
import { createInbox } from './inbox.ts';
import { createLanes } from './lanes.ts';
import { publishMenu, publishMenus } from './menus.ts';
import { createOpenKeyboards } from './open-keyboards.ts';
import { tellOwners } from './owners.ts';
import { newPairingCode, ownerCode, seedUsers } from './pairing.ts';
import { createPinger, type PingRequest } from './pinger.ts';
import { type Connection, createPolling } from './polling.ts';
import type { Control } from './ports.ts';
import { createPublisher, type PublishResult } from './publisher.ts';
import { createRouter } from './router.ts';
import { createSender, type Sender } from './send.ts';
import type { BotSettings } from './settings.ts';
import { createCatalog, type Texts } from './texts.ts';
import { createTopics } from './topics.ts';
import { resumeSteps } from './two-step.ts';
import { createWebhook, webhookSecret } from './webhook.ts';

export interface BotParts {
  token: string;
  /** Bot API server: Telegram, a self-hosted one, or the local chat page (CHAT-18). */
  apiUrl: string;
  control: Control;
  store: ChatStore;
  settings: BotSettings;
  log: Logger;
  /** Webhook mode: where updates are delivered; `secret` null makes and keeps one (CHAT-13). Default: polling. */
  webhook?: { url: string; secret: string | null };
  texts?: (lang: Lang, tz?: string) => Texts;
  timers?: Timers;
  counters?: ChatCounters;
  /** Random part of a 429 pause, 0 to 1 (PUB-6). */
  jitter?: () => number;
}

/** One update of the Bot API, as a webhook delivers it. */
export type TelegramUpdate = Update;

export interface ChatBot {
  /** Starts polling and returns at once; an unreachable chat never stops the process (CHAT-7). */
  start(): void;
  /** Stops after the update in hand; resolves when nothing runs any more. */
  stop(): Promise<void>;
  /** One update from a webhook; stored before it returns (CHAT-14). False = seen before. */
  handleUpdate(update: Update): boolean;
  /** Chat job `refresh-card` (PUB-1). */
  refreshCard(task: number): Promise<PublishResult>;
  /** Chat job `ping` (PING-1). */
  ping(request: PingRequest): Promise<PublishResult>;
  /** Digests, ends of mutes and quiet hours that are due; call it every minute (section 10). */
  digest(): Promise<void>;
  /** A code for the first owner, null when there is one (ACC-3). */
  ownerCode(): string | null;
  /** A new owner code whatever the table holds, for `orchestrator pair`. */
  newOwnerCode(): string;
  connection(): Connection;
  /** Milliseconds until Telegram takes calls to every chat again; 0 when none is held back by a 429. */
  pausedMs(): number;
  /** What the header `X-Telegram-Bot-Api-Secret-Token` must equal; null while polling (CHAT-13). */
  webhookSecret(): string | null;
  /** Resolves when all updates received so far were handled. */
  idle(): Promise<void>;
}

const PATIENT_TIMEOUT_S = 60;
const TOTAL_PER_SECOND = 25;
/** A pause of the chat that is worth telling (PUB-6). */
const LONG_PAUSE_MS = 60_000;
/** How long a stop waits for answers that are on their way. */
const STOP_PATIENCE_MS = 3000;

function envOf(parts: BotParts, api: Api, patientApi: Api): Env {
  return {
    control: parts.control,
    store: parts.store,
    settings: parts.settings,
    texts: parts.texts ?? createCatalog(),
    timers: parts.timers ?? realTimers(),
    log: parts.log,
    counters: parts.counters ?? noCounters,
    api,
    patientApi,
  };
}

/** Marks a chat that cannot be written to and tells owners where they can be reached (PUB-8). */
const markUnreachable =
  (env: Env, sender: Sender) =>
  (chat: string): void => {
    const row = chatRowOf(env, chat);
    if (!row.reachable) return;
    env.store.putChat({ ...row, reachable: false });
    env.log.warn({ chat }, 'a chat cannot be written to');
    void tellOwners({ env, sender }, { key: 'reply-lost', args: { chat: row.title }, except: chat });
  };

/** The chat control surface: one bot for Telegram and for the local page. */
export function createBot(parts: BotParts): ChatBot {
  const apiOf = (timeoutSeconds: number) => new Api(parts.token, { apiRoot: parts.apiUrl, timeoutSeconds });
  const timeoutS = parts.settings.timeoutMs / 1000;
  const setup = apiOf(timeoutS);
  setup.config.use(autoRetry({ maxRetryAttempts: 3, maxDelaySeconds: 30, rethrowHttpErrors: true }));
  const env = envOf(parts, apiOf(timeoutS), apiOf(PATIENT_TIMEOUT_S));
  const { settings, timers } = env;
  const limits = {
    minIntervalMs: settings.cardMinIntervalMs,
    groupPerMin: settings.groupPerMin,
    totalPerSecond: TOTAL_PER_SECOND,
  };
  const lanes = createLanes(timers, limits, parts.jitter);
  const sender = createSender(env, lanes);
  const onUnreachable = markUnreachable(env, sender);
  const topics = createTopics(env, (chat, repo) => void publisher.postAnew(chat, repo));
  const drawer = createCardDrawer(env, sender, topics);
  const keyboards = createOpenKeyboards(env, { sender, lanes });
  const publisher = createPublisher({ env, lanes, sender, drawer, keyboards, onUnreachable });
  const refreshCard = (task: number) => publisher.refresh(task);
  const pinger = createPinger({ env, lanes, sender, topics, keyboards, refreshCard, onUnreachable });
  let me: UserFromGetMe | null = null;
  let running: Promise<void> = Promise.resolve();
  const stopping = createStop();

  const noMenu = (error: unknown): void =>
    env.log.warn({ reason: String(error) }, 'a command menu could not be set');

  const house: House = {
    env,
    sender,
    publisher,
    pinger,
    keyboards,
    topics,
    stopping: stopping.signal,
    username: () => me?.username ?? '',
    showMenu: (role, chat) => void publishMenu(env, setup, { role, chat }).catch(noMenu),
    connection: () => (lanes.longestPauseMs() > LONG_PAUSE_MS ? 'rate limited' : polling.connection()),
  };
  const router = createRouter(house, { membership: (update, key) => onMembership(house, update, key) });
  const inbox = createInbox(env, router);
  const onConnect = async (): Promise<void> => {
    me = await env.api.getMe();
    void publishMenus(env, setup).catch(noMenu);
  };
  const secret = parts.webhook ? webhookSecret(env.store, parts.webhook.secret) : null;
  const polling =
    parts.webhook && secret !== null
      ? createWebhook({ api: env.api, timers, log: env.log, url: parts.webhook.url, secret, onConnect })
      : createPolling({
          api: env.patientApi,
          timers,
          log: env.log,
          offset: inbox.offset,
          receive: (update) => void inbox.receive(update),
          onConnect,
        });

  return {
    start() {
      seedUsers(env);
      inbox.recover();
      resumeSteps(house);
      publisher.resume();
      void publisher.postMissing();
      running = polling.run();
    },
    async stop() {
      stopping.abort();
      polling.stop();
      await running;
      await Promise.race([inbox.idle(), timers.sleep(STOP_PATIENCE_MS)]);
      publisher.stop();
      lanes.stop();
    },
    handleUpdate: inbox.receive,
    refreshCard,
    ping: pinger.ping,
    digest: () => runClock(house),
    ownerCode: () => ownerCode(env),
    newOwnerCode: () => newPairingCode(env, { role: 'owner', projects: [], createdBy: 'console' }),
    connection: () => polling.connection(),
    pausedMs: lanes.longestPauseMs,
    webhookSecret: () => secret,
    idle: inbox.idle,
  };
}
