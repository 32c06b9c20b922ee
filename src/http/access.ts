import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import { AppError } from '../errors.ts';
import type { Actor } from '../pipeline/events.ts';
import { notFound } from './errors.ts';
import { sameSecret } from './secret.ts';

export interface AccessOptions {
  /** Unset: changing routes do not exist except on the socket (REC-140). */
  adminToken?: string | undefined;
  /** Name of the system user: who acts over the socket (REC-140a). */
  userName: string;
  isLoopback(address: string): boolean;
}

/** Who may do what; the one place that decides it for HTTP. */
export interface Access {
  /** Marks a request that came over the unix socket, whose file permission is the authentication. */
  trust(request: IncomingMessage): void;
  /** For routes that only read: open to loopback, else behind the token when one is set. */
  reading: Middleware;
  /** For routes that change something; sets `ctx.state.actor`. */
  changing: Middleware;
  /** For pages a browser opens: the token may also be the password of HTTP Basic. */
  browsing: Middleware;
  /**
   * Whether this request may read everything on a page: as `reading`, and stricter where a browser could be abused. A
   * page of this machine must be asked for by a name of this machine, and what a proxy forwards needs the token always.
   */
  readsAll(ctx: Context): boolean;
  isToken(given: string): boolean;
}

/** The person a changing route acts for; both ways in act as owner (PIPE-29). */
export const actorOf = (ctx: Context): Actor => ctx.state.actor as Actor;

const unauthorized = (): AppError =>
  new AppError('unauthorized', 'Expected the admin token, found none or a wrong one.', {
    fault: 'user',
    hint: 'Send "Authorization: Bearer <ORCH_ADMIN_TOKEN>".',
  });

/** Credentials of the given scheme. */
function credentials(ctx: Context, scheme: string): string | undefined {
  const [word = '', ...rest] = ctx.get('Authorization').split(' ');
  return word.toLowerCase() === scheme.toLowerCase() && rest.length > 0 ? rest.join(' ').trim() : undefined;
}

const bearer = (ctx: Context): string | undefined => credentials(ctx, 'Bearer');

function basicPassword(ctx: Context): string | undefined {
  const pair = credentials(ctx, 'Basic');
  return pair === undefined
    ? undefined
    : Buffer.from(pair, 'base64').toString('utf8').split(':').slice(1).join(':');
}

/** A proxy on this machine makes everybody look local, so a forwarded request is not. */
const isForwarded = (ctx: Context): boolean =>
  ctx.get('X-Forwarded-For') !== '' || ctx.get('Forwarded') !== '';

/** Browsers send Basic credentials along with requests that other sites cause; those must not change anything. */
export function refuseCrossSite(ctx: Context): void {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return;
  const site = ctx.get('Sec-Fetch-Site');
  const origin = ctx.get('Origin');
  const foreign = origin !== '' && (!URL.canParse(origin) || new URL(origin).host !== ctx.get('Host'));
  if (foreign || (site !== '' && site !== 'same-origin')) {
    throw new AppError('cross-site', 'Expected a request from this page, found one from another site.', {
      fault: 'user',
    });
  }
}

/** Builds the three doors of REC-140 and REC-140a. */
export function createAccess({ adminToken, userName, isLoopback }: AccessOptions): Access {
  const trusted = new WeakSet<IncomingMessage>();
  const isToken = (given: string | undefined): boolean =>
    given !== undefined && adminToken !== undefined && sameSecret(given, adminToken);
  const enter = (ctx: Context, isAllowed: (ctx: Context) => boolean): void => {
    if (trusted.has(ctx.req)) {
      ctx.state.actor = { surface: 'cli', id: userName, name: userName, role: 'owner' } satisfies Actor;
      return;
    }
    if (adminToken === undefined) throw notFound();
    if (!isAllowed(ctx)) throw unauthorized();
    ctx.state.actor = { surface: 'http', id: 'admin', name: 'HTTP', role: 'owner' } satisfies Actor;
  };
  const isPeer = (ctx: Context): boolean => isLoopback(ctx.req.socket.remoteAddress ?? '');
  const isLocal = (ctx: Context): boolean => isPeer(ctx) && !isForwarded(ctx);
  const hasToken = (ctx: Context): boolean => isToken(bearer(ctx)) || isToken(basicPassword(ctx));

  return {
    trust: (request) => void trusted.add(request),
    reading: (ctx, next) => {
      const open = adminToken === undefined || trusted.has(ctx.req) || isLocal(ctx) || isToken(bearer(ctx));
      if (!open) throw unauthorized();
      return next();
    },
    changing: (ctx, next) => {
      enter(ctx, () => isToken(bearer(ctx)));
      return next();
    },
    browsing: (ctx, next) => {
      ctx.state.challenge = 'Basic';
      enter(ctx, hasToken);
      if (bearer(ctx) === undefined) refuseCrossSite(ctx);
      return next();
    },
    isToken,
    readsAll(ctx) {
      if (trusted.has(ctx.req) || hasToken(ctx)) return true;
      if (isForwarded(ctx)) return false;
      return isPeer(ctx) ? isLoopback(ctx.hostname) : adminToken === undefined;
    },
  };
}
