import Router from '@koa/router';
import type { Actor } from '../../pipeline/events.ts';
import { type Access, actorOf } from '../access.ts';
import type { MaybePromise } from '../control-api.ts';

/** Upkeep of a running process; what is absent has no route. Results are JSON for the caller. */
export interface MaintenanceApi {
  /** Reads the registry again (REG-6). */
  reload?(actor: Actor): MaybePromise<unknown>;
  /** No agent run starts any more on any host; how many are under way (REC-152). */
  drain?(actor: Actor): MaybePromise<{ running: number }>;
  /** A new code, or a fresh URL of the local chat page, for an owner (ACC-3, LOCAL-2). */
  pair?(): MaybePromise<unknown>;
  /** Drops cached states of one project or all (PLANE-22). */
  refreshTracker?(project: string | null): MaybePromise<unknown>;
}

/** `POST /reload`, `POST /drain`, `POST /pair`, `POST /tracker/refresh`. */
export function createMaintenanceRoutes(access: Access, api: MaintenanceApi): Router {
  const router = new Router();
  if (api.reload) {
    router.post('/reload', access.changing, async (ctx) => {
      ctx.body = (await api.reload?.(actorOf(ctx))) ?? { status: 'reloaded' };
    });
  }
  if (api.drain) {
    router.post('/drain', access.changing, async (ctx) => {
      ctx.body = await api.drain?.(actorOf(ctx));
    });
  }
  if (api.pair) {
    router.post('/pair', access.changing, async (ctx) => {
      ctx.body = await api.pair?.();
    });
  }
  if (api.refreshTracker) {
    router.post('/tracker/refresh', access.changing, async (ctx) => {
      const { project } = ctx.query;
      ctx.body = (await api.refreshTracker?.(typeof project === 'string' ? project : null)) ?? {
        status: 'refreshed',
      };
    });
  }
  return router;
}
