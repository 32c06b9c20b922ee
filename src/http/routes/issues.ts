import Router from '@koa/router';
import { z } from 'zod';
import type { Actor } from '../../pipeline/events.ts';
import { type Access, actorOf } from '../access.ts';
import { parseWith, readJson } from '../body.ts';
import type { MaybePromise, Timestamp } from '../control-api.ts';
import { unknownTask } from './tasks.ts';

export interface IssueComment {
  at: Timestamp;
  author: string;
  text: string;
}

/** One issue of the local tracker with all its comments (TRK-18). */
export interface IssueExport {
  repo: string;
  seq: number;
  title: string;
  description: string;
  status: string;
  labels: readonly string[];
  blocked_by: readonly string[];
  created_by: string;
  created_at: Timestamp;
  comments: readonly IssueComment[];
}

/** What only the local tracker offers (TRK-18). Null: no such task, or its issue lives in another tracker. */
export interface IssueApi {
  comment(request: { wid: string; text: string; actor: Actor }): MaybePromise<{ comments: number } | null>;
  label(request: { wid: string; name: string; remove: boolean }): MaybePromise<{
    labels: readonly string[];
  } | null>;
  comments(wid: string): MaybePromise<readonly IssueComment[] | null>;
  /** Every issue; of one repository or prefix where one is named. */
  export(project: string | null): MaybePromise<readonly IssueExport[]>;
}

const CommentBody = z.strictObject({ text: z.string().trim().min(1).max(100_000) });
const LabelBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  remove: z.boolean().default(false),
});
const ExportQuery = z.object({ project: z.string().min(1).optional() });
const WHAT = 'issue of the local tracker';

/** `GET /issues`, `GET /tasks/<wid>/comments`, `POST /tasks/<wid>/comment`, `POST /tasks/<wid>/label`. */
export function createIssueRoutes(access: Access, issues: IssueApi): Router {
  const router = new Router();
  router.get('/issues', access.reading, async (ctx) => {
    const { project } = parseWith(ExportQuery, { project: ctx.query.project });
    ctx.body = { issues: await issues.export(project ?? null) };
  });
  router.get('/tasks/:wid/comments', access.reading, async (ctx) => {
    const { wid = '' } = ctx.params;
    const comments = await issues.comments(wid);
    if (comments === null) throw unknownTask(wid, WHAT);
    ctx.body = { comments };
  });
  router.post('/tasks/:wid/comment', access.changing, async (ctx) => {
    const { wid = '' } = ctx.params;
    const { text } = await readJson(ctx, CommentBody);
    const done = await issues.comment({ wid, text, actor: actorOf(ctx) });
    if (done === null) throw unknownTask(wid, WHAT);
    ctx.body = done;
  });
  router.post('/tasks/:wid/label', access.changing, async (ctx) => {
    const { wid = '' } = ctx.params;
    const done = await issues.label({ wid, ...(await readJson(ctx, LabelBody)) });
    if (done === null) throw unknownTask(wid, WHAT);
    ctx.body = done;
  });
  return router;
}
