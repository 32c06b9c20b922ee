import type { Middleware } from 'koa';

export interface AdmissionOptions {
  /** Bytes of bodies that may be under way at once. */
  maxBytes: number;
  /** What a request without a stated length may bring. */
  bodyMaxBytes: number;
}

const RETRY_AFTER_S = 1;

/**
 * Bounds the memory that bodies under way can take: what does not fit is refused with 503 and `Retry-After`
 * before it is kept. Vendors that retry come again; the reconciler finds what the others would have told.
 */
export function createAdmission({ maxBytes, bodyMaxBytes }: AdmissionOptions): Middleware {
  let underWay = 0;
  return async (ctx, next) => {
    const stated = Number(ctx.req.headers['content-length'] ?? Number.NaN);
    const bytes = Number.isNaN(stated) ? bodyMaxBytes : Math.min(stated, bodyMaxBytes);
    if (underWay > 0 && underWay + bytes > maxBytes) {
      // Read and forgotten: a connection closed on a sender in the middle of its body loses him the answer.
      ctx.req.resume();
      ctx.status = 503;
      ctx.set('Retry-After', String(RETRY_AFTER_S));
      ctx.body = { error: 'overloaded', message: 'Too much arrives at once; send it again in a moment.' };
      return;
    }
    underWay += bytes;
    try {
      await next();
    } finally {
      underWay -= bytes;
    }
  };
}
