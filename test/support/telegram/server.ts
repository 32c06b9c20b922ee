import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ApiResponse, Update } from '@grammyjs/types';
import { type ApiCore, createApiCore } from '../../../src/bot/local-chat/api-core.ts';
import {
  answerRefusal,
  type HttpCall,
  readCall,
  serveFile,
  writeAnswer,
} from '../../../src/bot/local-chat/bot-api-http.ts';
import { closeServer, listenOn } from '../../../src/bot/local-chat/listen.ts';
import { createMemoryChatStorage } from '../../../src/bot/local-chat/memory-storage.ts';
import type { ChatStorage } from '../../../src/bot/local-chat/storage.ts';
import { type ApiCallRecord, type CallLog, createCallLog } from './call-log.ts';
import { createFaults, type Fault, type Faults, refusalOf } from './faults.ts';
import { createFloodControl, type FloodLimits } from './flood-control.ts';
import {
  createGroup,
  createPerson,
  type Group,
  type GroupOptions,
  type Person,
  type PersonOptions,
} from './people.ts';
import { createWebhookPush, type Delivery } from './webhook-push.ts';

export interface TelegramServerOptions {
  token?: string;
  /** The server's clock, epoch milliseconds; default Date.now. */
  now?: () => number;
  /** Enforce Telegram's rate limits by that clock; default off. */
  flood?: FloodLimits;
  /** Pass the same storage again to model a Telegram that outlives the bot's restart. */
  storage?: ChatStorage;
  queryTtlMs?: number;
  /** Where a public webhook address leads; default: itself. */
  reach?: (url: string) => string;
}

/** A Telegram of our own (SAFE-5): the core of the local chat, with people, groups and faults on demand. */
export interface TelegramServer {
  readonly apiRoot: string;
  readonly token: string;
  readonly core: ApiCore;
  readonly calls: CallLog;
  readonly faults: Faults;
  readonly deliveries: readonly Delivery[];
  person(options: PersonOptions): Person;
  group(options: GroupOptions): Group;
  /** Queues any update, for what people cannot do through the driver. */
  injects(update: Omit<Update, 'update_id'>): Update | undefined;
  /** Sends an undelivered update to the webhook again. */
  retriesWebhook(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server on a free loopback port. */
export async function startTelegramServer(options: TelegramServerOptions = {}): Promise<TelegramServer> {
  const { token = '7000001:test-token', now = Date.now } = options;
  const core = createApiCore({
    bot: { id: Number(token.split(':')[0]), firstName: 'Orchestrator', username: 'orchestrator_test_bot' },
    storage: options.storage ?? createMemoryChatStorage(),
    now,
    ...(options.queryTtlMs !== undefined && { queryTtlMs: options.queryTtlMs }),
  });
  const calls = createCallLog();
  const faults = createFaults(() => server.closeAllConnections());
  const flood = options.flood ? createFloodControl(options.flood, now) : () => undefined;
  const push = createWebhookPush(core, options.reach ?? ((url) => url));

  const takeFault = (call: ApiCallRecord): Fault | undefined => {
    const seconds = flood(call);
    if (seconds !== undefined) {
      const description = `Too Many Requests: retry after ${seconds}`;
      return { kind: 'refuse', code: 429, description, parameters: { retry_after: seconds } };
    }
    return faults.take(call);
  };
  const run = async (call: HttpCall, response: ServerResponse): Promise<void> => {
    const record = calls.begin({
      method: call.method,
      values: call.values,
      chatId: call.params.integer('chat_id'),
      atMs: now(),
    });
    const fault = takeFault(record);
    record.fault = fault?.kind;
    try {
      await obey(fault, { call, record, response, core });
    } finally {
      calls.finish(record);
    }
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (faults.isNetworkDown) return void request.socket.destroy();
    if (serveFile(core, token, request, response)) return;
    const call = await readCall(request, response);
    if (!call) return writeAnswer(response, { ok: false, error_code: 404, description: 'Not Found' });
    if (call.token !== token)
      return writeAnswer(response, { ok: false, error_code: 401, description: 'Unauthorized' });
    await run(call, response);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.destroyed) answerRefusal(response, error);
    });
  });
  const { port } = await listenOn(server, { host: '127.0.0.1', port: 0 });

  return {
    ...{ apiRoot: `http://127.0.0.1:${port}`, token, core, calls, faults, deliveries: push.deliveries },
    person: (person) => createPerson(core, person),
    group: (group) => createGroup(core, group),
    injects: (update) => core.updates.push(update),
    retriesWebhook: () => push.retry(),
    async close() {
      core.close();
      await closeServer(server);
    },
  };
}

interface Exchange {
  call: HttpCall;
  record: ApiCallRecord;
  response: ServerResponse;
  core: ApiCore;
}

/** Answers a call as its fault demands; without one, as the core does. */
async function obey(fault: Fault | undefined, { call, record, response, core }: Exchange): Promise<void> {
  const answer = async (): Promise<ApiResponse<unknown>> => {
    record.answer = await core.call(call.method, call);
    return record.answer;
  };
  switch (fault?.kind) {
    case undefined:
      return writeAnswer(response, await answer());
    case 'refuse':
      record.answer = refusalOf(fault);
      return writeAnswer(response, record.answer);
    case 'gateway':
      response.writeHead(fault.status, { 'content-type': 'text/html' });
      return void response.end(`<html><body><h1>${fault.status} Bad Gateway</h1></body></html>`);
    case 'drop':
      return void response.destroy();
    case 'drop-after':
      await answer();
      return void response.destroy();
    case 'late': {
      const late = await answer();
      await fault.until;
      return writeAnswer(response, late);
    }
    case 'hang':
      return;
  }
}
