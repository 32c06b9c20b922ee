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
  const { req } = ctx;
  const announced = Number(req.headers['content-length'] ?? 0);
  const chunks: Buffer[] = [];
  let size = 0;
  if (announced <= limit) {
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      size += (chunk as Buffer).length;
      if (size > limit) break;
      chunks.push(chunk as Buffer);
    }
  }
  if (announced <= limit && size <= limit) return Buffer.concat(chunks);
  req.resume();
  throw tooLarge(limit);
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
