import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { type Access, actorOf } from '../access.ts';
import { parseWith, readJson } from '../body.ts';
import type { ControlApi, CreateTaskResult } from '../control-api.ts';
import { NewTaskBody } from './task-bodies.ts';

const ListQuery = z.object({
  filter: z.enum(['open', 'waiting', 'running', 'blocked', 'done', 'all']).default('open'),
  project: z.string().min(1).optional(),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

const LogQuery = z.object({
  stage: z.string().min(1).optional(),
  lines: z.coerce.number().int().min(1).max(10_000).default(200),
});

/** The task does not exist, or has nothing of what was asked for. */
export const unknownTask = (wid: string, what = 'task'): AppError =>
  new AppError('unknown-task', `Expected a ${what} of ${wid}, found none.`, {
    fault: 'user',
    hint: 'GET /tasks lists the tasks.',
  });

/** `?a=1&a=2` keeps the last value, as a person expects. */
const queryOf = (ctx: Context): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(ctx.query).map(([key, value]) => [key, Array.isArray(value) ? value.at(-1) : value]),
  );

/** `GET /tasks`, `GET /tasks/<wid>`, `GET /tasks/<wid>/log`. */
export function createTaskReadingRoutes(access: Access, control: ControlApi): Router {
  const router = new Router();
  router.get('/tasks', access.reading, async (ctx) => {
    const { project, ...query } = parseWith(ListQuery, queryOf(ctx));
    ctx.body = await control.listTasks({ ...query, ...(project === undefined ? {} : { project }) });
  });
  router.get('/tasks/:wid', access.reading, async (ctx) => {
    const { wid = '' } = ctx.params;
    const task = await control.showTask(wid);
    if (task === null) throw unknownTask(wid);
    ctx.body = task;
  });
  router.get('/tasks/:wid/log', access.reading, async (ctx) => {
    const { wid = '' } = ctx.params;
    const { stage, lines } = parseWith(LogQuery, queryOf(ctx));
    const log = await control.taskLog({ wid, lines, ...(stage === undefined ? {} : { stage }) });
    if (log === null) throw unknownTask(wid, 'run log');
    ctx.body = log;
  });
  return router;
}

/** `POST /tasks` (TRK-12). */
export function createTaskIntakeRoute(
  access: Access,
  control: ControlApi,
  keyOf: (ctx: Context) => string,
): Router {
  return new Router().post('/tasks', access.changing, async (ctx) => {
    const body = await readJson(ctx, NewTaskBody);
    const result = await control.createTask({ ...body, actor: actorOf(ctx), key: keyOf(ctx) });
    answer(ctx, result, body.project);
  });
}

function answer(ctx: Context, result: CreateTaskResult, project: string): void {
  if (result.ok) {
    const { work_item_id, task_id, status } = result;
    ctx.status = 201;
    ctx.body = { work_item_id, task_id, status };
    return;
  }
  if (result.kind === 'unknown-project') {
    throw new AppError('unknown-project', `Expected a project of the registry, found "${project}".`, {
      fault: 'user',
      hint: 'GET /projects lists them.',
    });
  }
  ctx.status = 422;
  ctx.body = { errors: result.errors };
}
