import type { ApiResponse, UserFromGetMe } from '@grammyjs/types';
import { createCallbackQueries } from './callback-queries.ts';
import { type ChatDirectory, createChatDirectory } from './chat-directory.ts';
import { type ChatEvents, createChatEvents } from './chat-events.ts';
import { type CommandList, createCommandList } from './command-list.ts';
import { createMessageLog } from './message-log.ts';
import { answerMethods } from './methods/answers.ts';
import { chatMethods } from './methods/chats.ts';
import { editingMethods } from './methods/editing.ts';
import type { ApiCall, ApiState } from './methods/method.ts';
import { sendingMethods } from './methods/sending.ts';
import { topicMethods } from './methods/topics.ts';
import { updateMethods } from './methods/updates.ts';
import { createPersonSide, type PersonSide } from './person-side.ts';
import { ApiRefusal } from './refusal.ts';
import type { ChatStorage } from './storage.ts';
import { createUpdateQueue, type UpdateQueue } from './update-queue.ts';
import { createWebhookRegister, type WebhookRegister } from './webhook-register.ts';

/** How the bot introduces itself. */
export interface BotIdentity {
  id: number;
  firstName: string;
  username: string;
}

export interface ApiCoreOptions {
  bot: BotIdentity;
  storage: ChatStorage;
  /** Epoch milliseconds. */
  now: () => number;
  /** How long a tap may wait for its answer; default 10 minutes. */
  queryTtlMs?: number;
  /** See LinkPolicy; default false, as in Telegram. */
  allowLocalhostLinks?: boolean;
}

/** A Bot API server without its sockets: one bot, its chats, and the people in them. */
export interface ApiCore {
  readonly me: UserFromGetMe;
  readonly directory: ChatDirectory;
  readonly events: ChatEvents;
  readonly updates: UpdateQueue;
  readonly commands: CommandList;
  readonly webhook: WebhookRegister;
  readonly storage: ChatStorage;
  readonly person: PersonSide;
  /**
   * Runs a method by its name, which like Telegram's is case-insensitive. Never rejects for what the
   * caller did: refusals come back as `{ok: false, …}`. Rejects only when the storage fails.
   */
  call(method: string, call: ApiCall): Promise<ApiResponse<unknown>>;
  /** Ends waiting polls. The storage belongs to the caller. */
  close(): void;
}

const HANDLERS = {
  ...updateMethods,
  ...sendingMethods,
  ...editingMethods,
  ...answerMethods,
  ...chatMethods,
  ...topicMethods,
};

type Handler = (call: ApiCall, state: ApiState) => unknown;
const BY_LOWER_NAME = new Map<string, Handler>(
  Object.entries(HANDLERS).map(([name, handler]) => [name.toLowerCase(), handler as Handler]),
);

const describeBot = ({ id, firstName, username }: BotIdentity): UserFromGetMe => ({
  id,
  is_bot: true,
  first_name: firstName,
  username,
  can_join_groups: true,
  can_read_all_group_messages: true,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
  has_topics_enabled: false,
  allows_users_to_create_topics: false,
  can_manage_bots: false,
  supports_join_request_queries: false,
});

/** Creates the core over its storage; people and chats are added through `directory`. */
export function createApiCore(options: ApiCoreOptions): ApiCore {
  const { storage, now } = options;
  const directory = createChatDirectory();
  const events = createChatEvents();
  const updates = createUpdateQueue(storage);
  const messages = createMessageLog({ storage, events, now });
  const queries = createCallbackQueries({
    nextId: () => String(storage.nextId('callback-query')),
    now,
    ttlMs: options.queryTtlMs ?? 600_000,
  });
  const state: ApiState = {
    me: describeBot(options.bot),
    storage,
    directory,
    messages,
    updates,
    queries,
    commands: createCommandList(),
    webhook: createWebhookRegister(storage),
    events,
    links: { allowLocalhost: options.allowLocalhostLinks ?? false },
    now,
  };
  const person = createPersonSide({ storage, directory, messages, queries, updates });
  const { me, commands, webhook } = state;
  return {
    ...{ me, directory, events, updates, commands, webhook, storage, person },
    async call(method, call) {
      const handler = BY_LOWER_NAME.get(method.toLowerCase());
      if (!handler) return { ok: false, error_code: 404, description: 'Not Found: method not found' };
      try {
        const result: unknown = await Promise.resolve(handler(call, state));
        return { ok: true, result };
      } catch (error) {
        if (error instanceof ApiRefusal) return describeRefusal(error);
        throw error;
      }
    },
    close: () => updates.close(),
  };
}

/** A refusal as the Bot API writes it. */
export function describeRefusal({ errorCode, message, parameters }: ApiRefusal): ApiResponse<never> {
  const answer: ApiResponse<never> = { ok: false, error_code: errorCode, description: message };
  return parameters ? { ...answer, parameters } : answer;
}
