import type { ApiMethods, UserFromGetMe } from '@grammyjs/types';
import type { CallbackQueries } from '../callback-queries.ts';
import type { ChatDirectory } from '../chat-directory.ts';
import type { ChatEvents } from '../chat-events.ts';
import type { CommandList } from '../command-list.ts';
import type { LinkPolicy } from '../links.ts';
import type { MessageLog } from '../message-log.ts';
import type { ApiParams } from '../params.ts';
import type { ChatStorage } from '../storage.ts';
import type { UpdateQueue } from '../update-queue.ts';
import type { WebhookRegister } from '../webhook-register.ts';

/** What the methods work on. */
export interface ApiState {
  me: UserFromGetMe;
  storage: ChatStorage;
  directory: ChatDirectory;
  messages: MessageLog;
  updates: UpdateQueue;
  queries: CallbackQueries;
  commands: CommandList;
  webhook: WebhookRegister;
  events: ChatEvents;
  links: LinkPolicy;
  now: () => number;
}

/** One call: its parameters, and a signal aborted when the caller hangs up. */
export interface ApiCall {
  params: ApiParams;
  signal?: AbortSignal | undefined;
}

type Methods = ApiMethods<never>;
type Result<M extends keyof Methods> = ReturnType<Methods[M]>;

/** Handlers for some methods, each returning what `@grammyjs/types` says. Refusals are thrown as ApiRefusal. */
export type MethodHandlers<M extends keyof Methods> = {
  [K in M]: (call: ApiCall, state: ApiState) => Result<K> | Promise<Result<K>>;
};
