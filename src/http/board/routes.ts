import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { parseWith } from '../body.ts';
import { assetOf } from './assets.ts';
import type { BoardApi, Viewer } from './data.ts';
import { createDoor, type DoorDeps } from './door.ts';
import { createStyle, type Style } from './format.ts';
import { costsPage, PERIODS } from './page/costs.ts';
import { enterPage, gonePage } from './page/enter.ts';
import { logPage } from './page/log.ts';
import { overviewPage } from './page/overview.ts';
import { taskPage } from './page/task.ts';
import type { Lang } from './words.ts';

export interface BoardDeps {
  api: BoardApi;
  lang: Lang;
  /** IANA zone of the times on the pages. */
  tz: string;
  botToken?: string | undefined;
  /** Where people reach this server from outside (ORCH_PUBLIC_URL). */
  publicUrl?: string | undefined;
  now: () => number;
}

/**
 * No script, style or connection but our own, no markup from text, and no frame around us but Telegram's web client,
 * which shows Mini Apps in one.
 */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
    "base-uri 'none'; frame-ancestors 'self' https://web.telegram.org; require-trusted-types-for 'script'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
};

const LogQuery = z.object({
  stage: z.string().min(1).optional(),
  lines: z.coerce.number().int().min(1).max(5000).default(500),
});
const CostQuery = z.object({
  days: z.coerce
    .number()
    .refine((days) => PERIODS.some((one) => one === days))
    .default(30),
  project: z.string().min(1).optional(),
});

type Page = (style: Style, viewer: Viewer, ctx: Context) => Promise<string | null> | string | null;

/** `GET /board` and the pages below it: reading only, for whom the door knows. */
export function createBoardRoutes(deps: BoardDeps, access: DoorDeps['access']): Router {
  const { api, botToken, now, publicUrl } = deps;
  const secure = publicUrl?.startsWith('https:') ?? false;
  const door = createDoor({ access, person: api.person, botToken, secure, now });
  const styleNow = (): Style => createStyle({ ...deps, now: now() });
  const show =
    (page: Page): Middleware =>
    async (ctx) => {
      ctx.set(HEADERS);
      const style = styleNow();
      const viewer = door.viewer(ctx);
      if (viewer === null) return answer(ctx, 401, enterPage(style, { refused: false }));
      const body = await page(style, viewer, ctx);
      return body === null ? answer(ctx, 404, gonePage(style)) : answer(ctx, 200, body);
    };
  return new Router({ prefix: '/board' })
    .get('/assets/:name', serveAsset)
    .post('/session', async (ctx, next) => {
      ctx.set(HEADERS);
      await door.enter(ctx, next);
      if (ctx.state.refused) answer(ctx, 401, enterPage(styleNow(), { refused: true }));
    })
    .get(
      '/',
      show(async (style, viewer) => overviewPage(style, await api.overview(viewer))),
    )
    .get(
      '/costs',
      show(async (style, viewer, ctx) => {
        const { days, project = null } = parseWith(CostQuery, { ...ctx.query });
        return costsPage(style, await api.costs(viewer, { days, project }));
      }),
    )
    .get(
      '/tasks/:wid',
      show(async (style, viewer, ctx) => {
        const page = await api.task(viewer, String(ctx.params.wid));
        return page === null ? null : taskPage(style, page);
      }),
    )
    .get(
      '/tasks/:wid/log',
      show(async (style, viewer, ctx) => {
        const wid = String(ctx.params.wid);
        if ((await api.task(viewer, wid)) === null) return null;
        if (!viewer.mayReadLogs) return logPage(style, wid, 'no-right');
        const { stage = null, lines } = parseWith(LogQuery, { ...ctx.query });
        return logPage(style, wid, (await api.log(viewer, { wid, stage, lines })) ?? 'none');
      }),
    );
}

/** A page with a tag of its content, so that a look that finds nothing new costs a few bytes. */
function answer(ctx: Context, status: number, body: string): void {
  ctx.status = status;
  ctx.type = 'html';
  if (status === 200) {
    ctx.set('ETag', `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`);
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
  }
  ctx.body = body;
}

const serveAsset: Middleware = (ctx) => {
  const asset = assetOf(String(ctx.params.name));
  if (asset === null) return;
  ctx.set(HEADERS);
  ctx.set('Cache-Control', 'max-age=300');
  ctx.type = asset.type;
  ctx.body = asset.body;
};
