import type { Middleware } from 'koa';
import { AppError, describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Codes with a status of their own; everything else goes by fault. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  unauthorized: 401,
  'cross-site': 403,
  'not-found': 404,
  'unknown-task': 404,
  'unknown-project': 404,
  'payload-too-large': 413,
  'invalid-config': 422,
};
const STATUS_BY_FAULT = { user: 400, environment: 503, internal: 500 } as const;

/** A page that does not exist, or must look as if it did not. */
export const notFound = (): AppError =>
  new AppError('not-found', 'There is nothing at this address.', { fault: 'user' });

/** A request that cannot be understood; `message` says what was expected and found. */
export const badRequest = (message: string, code = 'invalid-request'): AppError =>
  new AppError(code, message, { fault: 'user' });

interface ErrorAnswer {
  status: number;
  body: { error: string; message: string };
}

/** The one place where errors become HTTP: never a stack trace, never the text of an unknown error. */
export function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof AppError) {
    const status = STATUS_BY_CODE[error.code] ?? STATUS_BY_FAULT[error.fault];
    return { status, body: { error: error.code, message: describeError(error) } };
  }
  const status = (error as { status?: unknown; expose?: unknown }).status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return { status, body: { error: 'invalid-request', message: 'The request could not be understood.' } };
  }
  return {
    status: 500,
    body: { error: 'internal', message: 'Something went wrong here; the log has the details.' },
  };
}

/** Turns every error and every unmatched address into JSON. */
export function createErrorHandler(log: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined) throw notFound();
    } catch (error) {
      const { status, body } = errorAnswer(error);
      if (status >= 500) log.error({ err: error, method: ctx.method, path: ctx.path }, 'request failed');
      ctx.status = status;
      ctx.body = body;
      if (status === 401) ctx.set('WWW-Authenticate', ctx.state.challenge === 'Basic' ? BASIC : 'Bearer');
      if (status === 413) ctx.set('Connection', 'close');
    }
  };
}

const BASIC = 'Basic realm="orchestrator", charset="UTF-8"';
