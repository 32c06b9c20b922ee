import type { User } from '@grammyjs/types';
import { AppError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { type ApiCore, type BotIdentity, createApiCore } from './api-core.ts';
import { type ChatDriver, createChatDriver } from './chat-driver.ts';
import { createEventStream } from './event-stream.ts';
import { closeServer, listenOn } from './listen.ts';
import { createPageApi } from './page-api.ts';
import { createPageDoor } from './page-door.ts';
import { isLoopbackHost, urlHost } from './page-guard.ts';
import { createPageServer } from './page-server.ts';
import { viewEvent } from './page-view.ts';
import type { ChatStorage } from './storage.ts';

export interface LocalChatOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** ORCH_LOCAL_CHAT_ALLOW_REMOTE: permits a host that other machines reach (LOCAL-3). */
  allowRemote?: boolean;
  storage: ChatStorage;
  /** The token the bot uses; random per installation. */
  token: string;
  now: () => number;
  log: Logger;
  /** The one person at the page; the composition root makes this id the owner (LOCAL-2). */
  user: { id: number; firstName: string };
  bot?: BotIdentity;
  language?: 'en' | 'ru';
  /** Told a fresh key URL when somebody opened the page without a session; print it, do not log it. */
  announce?: (keyUrl: string) => void;
}

export interface LocalChat {
  /**
   * Starts to serve. Throws AppError `port-in-use`, or `remote-refused` for a host that other machines
   * reach without `allowRemote`.
   */
  listen(): Promise<{ url: string; keyUrl: string; apiRoot: string }>;
  /** grammY's `client.apiRoot`. Throws before `listen`. */
  readonly apiRoot: string;
  /** A URL that signs one browser in, once. Throws before `listen`. */
  issueKeyUrl(): string;
  /** The person at the page, for programs (`demo --auto`). */
  readonly driver: ChatDriver;
  readonly core: ApiCore;
  close(): Promise<void>;
}

const DEFAULT_BOT: BotIdentity = {
  id: 1_000_000_001,
  firstName: 'Orchestrator',
  username: 'orchestrator_bot',
};

/**
 * The embedded chat (LOCAL-1): a Bot API server for the bot and a page for the person, on one port.
 * The storage belongs to the caller.
 */
export function createLocalChat(options: LocalChatOptions): LocalChat {
  const { storage, now, log, token, host, language = 'en', allowRemote = false } = options;
  const core = createApiCore({ bot: options.bot ?? DEFAULT_BOT, storage, now, allowLocalhostLinks: true });
  const { id, firstName } = options.user;
  const user: User = { id, is_bot: false, first_name: firstName, language_code: language };
  core.directory.addUser(user);

  let listening: { url: string; port: number } | undefined;
  const address = () => {
    if (!listening) throw new AppError('not-listening', 'The local chat is not listening yet.');
    return listening;
  };
  const stream = createEventStream();
  const unsubscribe = core.events.subscribe((event) => {
    const view = viewEvent(event, user.id);
    if (view) stream.publish(view);
  });
  const door = createPageDoor({ storage, now, address, announce: options.announce });
  const api = createPageApi({ core, stream, user, language });
  const server = createPageServer({
    core,
    token,
    door,
    api,
    host,
    allowRemote,
    log,
    port: () => address().port,
  });

  return {
    async listen() {
      if (!isLoopbackHost(host) && !allowRemote) throw remoteRefused(host);
      const { port } = await listenOn(server, options);
      const url = `http://${urlHost(['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host)}:${port}`;
      listening = { url, port };
      return { url, keyUrl: door.issueKeyUrl(), apiRoot: url };
    },
    get apiRoot() {
      return address().url;
    },
    issueKeyUrl: () => door.issueKeyUrl(),
    driver: createChatDriver(core, { userId: user.id }),
    core,
    async close() {
      unsubscribe();
      core.close();
      stream.close();
      await closeServer(server);
    },
  };
}

const remoteRefused = (host: string): AppError =>
  new AppError('remote-refused', `Expected a loopback address for the local chat, found ${host}.`, {
    fault: 'user',
    hint: 'Set ORCH_LOCAL_CHAT_HOST=127.0.0.1, or ORCH_LOCAL_CHAT_ALLOW_REMOTE=true to let others reach it.',
  });
