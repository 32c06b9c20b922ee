import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiResponse } from '@grammyjs/types';
import { type ApiCore, describeRefusal } from './api-core.ts';
import type { ApiCall } from './methods/method.ts';
import { createParams } from './params.ts';
import { ApiRefusal } from './refusal.ts';
import { readFields } from './request-body.ts';

/** A Bot API call as it came over HTTP. */
export interface HttpCall extends ApiCall {
  token: string;
  method: string;
  /** The plain values, for whoever records calls. */
  values: Record<string, unknown>;
}

const PATH = /^\/bot([^/]+)\/(?:test\/)?([A-Za-z]+)$/;
const FILE_PATH = /^\/file\/bot([^/]+)\/documents\/([\w-]+)$/;

/** True when the path belongs to the Bot API side. */
export const isBotApiPath = (path: string): boolean => /^\/(file\/)?bot[^/]+\//.test(path);

/** Compares tokens in constant time. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/**
 * Reads a call: parameters from the query string and from a JSON, form or multipart body. Rejects with
 * ApiRefusal for unreadable bodies; undefined when the path is not a method.
 */
export async function readCall(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HttpCall | undefined> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [, token, method] = PATH.exec(decodeURIComponent(url.pathname)) ?? [];
  if (token === undefined || method === undefined) return undefined;
  const hungUp = new AbortController();
  response.on('close', () => hungUp.abort());
  const { values, files } = await readFields(request);
  const all = { ...Object.fromEntries(url.searchParams), ...values };
  return { token, method, values: all, params: createParams(all, files), signal: hungUp.signal };
}

/** Writes an answer; the HTTP status is the error code, as at Telegram. */
export function writeAnswer(response: ServerResponse, answer: ApiResponse<unknown>): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(answer.ok ? 200 : answer.error_code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer));
}

const UNAUTHORIZED: ApiResponse<never> = { ok: false, error_code: 401, description: 'Unauthorized' };
const NOT_FOUND: ApiResponse<never> = { ok: false, error_code: 404, description: 'Not Found' };

/** Answers what an unreadable request deserves; anything but a refusal is thrown on. */
export function answerRefusal(response: ServerResponse, error: unknown): void {
  if (!(error instanceof ApiRefusal)) throw error;
  writeAnswer(response, describeRefusal(error));
}

/** Serves one Bot API request: `/bot<token>/<method>` or `/file/bot<token>/<file path>`. */
export async function serveBotApi(
  { core, token }: { core: ApiCore; token: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (serveFile(core, token, request, response)) return;
    const call = await readCall(request, response);
    if (!call) return writeAnswer(response, NOT_FOUND);
    if (!sameSecret(call.token, token)) return writeAnswer(response, UNAUTHORIZED);
    writeAnswer(response, await core.call(call.method, call));
  } catch (error) {
    answerRefusal(response, error);
  }
}

/** Serves the path that getFile gave. False when the request is for something else. */
export function serveFile(
  core: ApiCore,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const [, given, fileId] = FILE_PATH.exec(request.url ?? '') ?? [];
  if (given === undefined || fileId === undefined) return false;
  const file = sameSecret(given, token) ? core.storage.getFile(fileId) : undefined;
  if (!file) {
    writeAnswer(response, NOT_FOUND);
    return true;
  }
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': file.bytes.length,
  });
  response.end(file.bytes);
  return true;
}
