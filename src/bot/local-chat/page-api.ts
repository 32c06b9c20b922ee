import type { IncomingMessage, ServerResponse } from 'node:http';
import type { User } from '@grammyjs/types';
import { AppError } from '../../errors.ts';
import type { ApiCore } from './api-core.ts';
import type { EventStream } from './event-stream.ts';
import { PAGE_HEADERS } from './page-files.ts';
import { viewMessage } from './page-view.ts';
import { ApiRefusal } from './refusal.ts';
import { readBody } from './request-body.ts';

export interface PageApiDeps {
  core: ApiCore;
  stream: EventStream;
  user: User;
  /** Language of the page's own words. */
  language: 'en' | 'ru';
}

/** What a signed-in page may ask for and do. */
export interface PageApi {
  /** Serves `/api/…` and `/events`. False when the path is none of these. */
  serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean>;
}

const PAGE_SIZE = 100;
const MAX_ACTION_BYTES = 64 * 1024;
const MAX_TEXT = 4096;

/** Creates the page's side of the server; whoever calls it has checked the session. */
export function createPageApi(deps: PageApiDeps): PageApi {
  const { core, stream, user } = deps;
  const actor = { userId: user.id };
  const history = (before?: number) =>
    core.storage
      .listMessages(user.id, before === undefined ? { limit: PAGE_SIZE } : { before, limit: PAGE_SIZE })
      .map((row) => viewMessage(row, user.id));

  const reads: Record<string, (url: URL) => unknown> = {
    '/api/state': () => ({
      bot: { name: core.me.first_name, username: core.me.username },
      language: deps.language,
      position: stream.position(),
      messages: history(),
      commands: core.commands.forPrivateChat(user.id, deps.language),
      pinned: core.directory.find(user.id)?.pinnedMessageId ?? 0,
    }),
    '/api/messages': (url) => history(positive(url.searchParams.get('before'))),
    '/api/commands': () => core.commands.forPrivateChat(user.id, deps.language),
  };

  const actions: Record<string, (body: Record<string, unknown>) => unknown> = {
    '/api/say': (body) => {
      const text = readText(body.text);
      return { id: core.person.says(actor, text, { replyToMessageId: positive(body.replyTo) }).messageId };
    },
    '/api/edit': (body) => {
      core.person.edits(actor, positive(body.messageId) ?? 0, readText(body.text));
      return {};
    },
    '/api/press': (body) => ({
      queryId: core.person.presses(actor, positive(body.messageId) ?? 0, String(body.data)),
    }),
  };

  return {
    async serve(request, response, url) {
      const path = url.pathname;
      if (request.method === 'GET' && path === '/events') {
        const after = request.headers['last-event-id'] ?? url.searchParams.get('after') ?? undefined;
        stream.attach(response, after === undefined ? undefined : String(after));
        return true;
      }
      if (request.method === 'GET' && path.startsWith('/api/file/')) {
        return serveDocument(core, path.slice('/api/file/'.length), response);
      }
      const read = request.method === 'GET' ? reads[path] : undefined;
      const action = request.method === 'POST' ? actions[path] : undefined;
      if (!read && !action) return false;
      await answer(response, async () => (read ? read(url) : action?.(await readAction(request))));
      return true;
    },
  };
}

/** Answers 200 with the result, or 400 with one sentence for a deed that was not possible. */
async function answer(response: ServerResponse, work: () => Promise<unknown>): Promise<void> {
  try {
    writeJson(response, 200, await work());
  } catch (error) {
    const known = (error instanceof AppError && error.fault === 'user') || error instanceof ApiRefusal;
    if (!known) throw error;
    writeJson(response, 400, { error: error.message });
  }
}

function writeJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { ...PAGE_HEADERS, 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function readAction(request: IncomingMessage): Promise<Record<string, unknown>> {
  // A form or a plain fetch from elsewhere cannot send this type without asking first.
  if (!request.headers['content-type']?.startsWith('application/json')) throw invalid('Expected JSON.');
  const body = await readBody(request, MAX_ACTION_BYTES);
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw invalid('Expected a JSON object.');
}

function readText(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') throw invalid('Expected some text.');
  if (value.length > MAX_TEXT)
    throw invalid(`Expected at most ${MAX_TEXT} characters, found ${value.length}.`);
  return value;
}

function positive(value: unknown): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

const invalid = (message: string): AppError => new AppError('chat-action', message, { fault: 'user' });

function serveDocument(core: ApiCore, fileId: string, response: ServerResponse): boolean {
  const file = core.storage.getFile(fileId);
  if (!file) return false;
  response.writeHead(200, {
    ...PAGE_HEADERS,
    // Never shown inside our origin, whatever the bot said it is.
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'content-length': file.bytes.length,
  });
  response.end(file.bytes);
  return true;
}
