import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { type Access, actorOf } from '../access.ts';
import { readJson } from '../body.ts';
import type { RepoApi } from '../control-api.ts';
import { badRequest } from '../errors.ts';

const RepoBody = z.strictObject({
  repo: z.string().min(1).optional(),
  project: z.string().min(1).optional(),
  wid: z.string().min(1).optional(),
  scope: z.enum(['intake', 'delivery', 'all']).default('all'),
  reason: z.string().max(4000).default(''),
  sha: z.string().min(7).optional(),
});

interface RepoRoute {
  command: keyof RepoApi;
  paths: string[];
  /** What the body must name. */
  needs: 'repo' | 'repo-or-wid' | 'nothing';
}

const ROUTES: readonly RepoRoute[] = [
  { command: 'freeze', paths: ['/freeze', '/serial-gate/freeze'], needs: 'repo' },
  { command: 'unfreeze', paths: ['/unfreeze', '/serial-gate/unfreeze'], needs: 'repo' },
  { command: 'pause', paths: ['/pause'], needs: 'nothing' },
  { command: 'resume', paths: ['/resume'], needs: 'nothing' },
  { command: 'rollback', paths: ['/rollback'], needs: 'repo-or-wid' },
  { command: 'revert', paths: ['/revert'], needs: 'repo-or-wid' },
];

/** Commands on a repository or the queue; those that are not provided do not exist. */
export function createRepoRoutes(access: Access, api: RepoApi): Router {
  const router = new Router();
  for (const { command, paths, needs } of ROUTES) {
    const run = api[command];
    if (run === undefined) continue;
    router.post(paths, access.changing, async (ctx: Context) => {
      const {
        project,
        repo = project ?? null,
        wid = null,
        sha = null,
        ...rest
      } = await readJson(ctx, RepoBody);
      if (needs === 'repo' && repo === null) throw badRequest('Expected "repo", found none.');
      if (needs === 'repo-or-wid' && repo === null && wid === null) {
        throw badRequest('Expected "repo" or "wid", found neither.');
      }
      const result = await run({ ...rest, repo, wid, sha, actor: actorOf(ctx) });
      ctx.status = result.ok ? 200 : 409;
      ctx.body = result.ok
        ? { status: result.status ?? 'done', detail: result.detail }
        : { error: result.reason, message: result.message };
    });
  }
  return router;
}
