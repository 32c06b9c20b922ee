import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { badRequest } from './errors.ts';

const JSON_LIMIT_BYTES = 1024 * 1024;

const tooLarge = (limit: number): AppError =>
  new AppError('payload-too-large', `Expected a body of at most ${limit} bytes, found more.`, {
    fault: 'user',
  });

/**
 * The body exactly as it was sent. More than `limit` bytes throw `payload-too-large` (413); the rest is then
 * discarded unread, so that the client gets its answer.
 */
export async function readRaw(ctx: Context, limit: number): Promise<Buffer> {
  const announced = Number(ctx.req.headers['content-length'] ?? 0);
  const raw = announced > limit ? undefined : await collect(ctx.req, limit);
  if (raw !== undefined) return raw;
  ctx.req.resume();
  throw tooLarge(limit);
}

/** Undefined when there is more than `limit`. */
async function collect(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) return undefined;
      chunks.push(chunk);
    }
  } catch {
    throw badRequest('Expected the whole body, found the connection closed.');
  }
  return Buffer.concat(chunks);
}

/** The body as JSON of this shape; an empty body is `{}`. Throws `invalid-json` and `invalid-request` (400). */
export async function readJson<T>(ctx: Context, schema: z.ZodType<T>): Promise<T> {
  const raw = (await readRaw(ctx, JSON_LIMIT_BYTES)).toString('utf8');
  let value: unknown;
  try {
    value = raw.trim() === '' ? {} : JSON.parse(raw);
  } catch {
    throw badRequest('Expected a body that is JSON, found something else.', 'invalid-json');
  }
  return parseWith(schema, value);
}

/** Checks data from outside; the complaint names every field that is wrong. */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  );
  throw badRequest(`${problems.join('; ')}.`);
}

const FORM_LIMIT_BYTES = 16 * 1024;

/** The body of a page's form; of a field given twice the last counts. */
export async function readForm<T>(ctx: Context, schema: z.ZodType<T>): Promise<T> {
  const raw = (await readRaw(ctx, FORM_LIMIT_BYTES)).toString('utf8');
  return parseWith(schema, Object.fromEntries(new URLSearchParams(raw)));
}
