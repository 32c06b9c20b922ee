import Router from '@koa/router';
import type { Access } from '../access.ts';
import type { MaybePromise, TaskSummary } from '../control-api.ts';
import { type About, SERVICE } from './health.ts';

export interface StatusDeps {
  about: About;
  /** Monotonic or wall milliseconds; only differences count. */
  now(): number;
  paused(): MaybePromise<boolean>;
  /** Tasks whose stage is not done or cancelled. */
  activeTasks(): MaybePromise<readonly TaskSummary[]>;
}

/** `GET /status`: who we are and what is under way. */
export function createStatusRoute(access: Access, deps: StatusDeps): Router {
  const startedAt = deps.now();
  return new Router().get('/status', access.reading, async (ctx) => {
    ctx.body = {
      service: SERVICE,
      ...deps.about,
      uptime_s: Math.floor((deps.now() - startedAt) / 1000),
      paused: await deps.paused(),
      active_tasks: await deps.activeTasks(),
    };
  });
}
