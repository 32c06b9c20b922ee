import Router from '@koa/router';
import type { Access } from '../access.ts';
import type { MaybePromise } from '../control-api.ts';

/** One project without secrets (REG-8), with gates that are off, freezes and pauses. */
export type ProjectSummary = Readonly<Record<string, unknown>>;

/** `GET /projects`. */
export function createProjectsRoute(
  access: Access,
  list: () => MaybePromise<readonly ProjectSummary[]>,
): Router {
  return new Router().get('/projects', access.reading, async (ctx) => {
    ctx.body = { projects: await list() };
  });
}
