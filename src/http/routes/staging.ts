import Router from '@koa/router';
import type { Actor } from '../../pipeline/events.ts';
import { type Access, actorOf } from '../access.ts';
import { unknownTask } from './tasks.ts';

/** One answer of a system the server asked with its own credentials. */
export interface Reach {
  ok: boolean;
  detail: string;
}

/** What the staging check asks of the live server (SHIP-32, B4 to B6). */
export interface StagingFacts {
  /** The one project issues may be created in. */
  sandbox: { repo: string; project_id: string };
  /** `ORCH_STAGING_FORBIDDEN_PROJECTS`; null when it is not set: nothing can be verified. */
  forbidden_projects: readonly string[] | null;
  tracker: Reach;
  forge: Reach;
}

/** A webhook delivery, to be sent exactly like this. */
export interface SignedEvent {
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Routes of a staging instance (`ORCH_STAGING=true`); anywhere else they do not exist. */
export interface StagingApi {
  facts(): Promise<StagingFacts>;
  /** Branches of the sandbox repository on the forge. */
  branches(): Promise<readonly string[]>;
  /** Name of the state the tracker shows; null when there is no such work item. */
  trackerState(wid: string): Promise<string | null>;
  /** The event the tracker sends when a person starts this work item; null when there is none. */
  startEvent(wid: string): Promise<SignedEvent | null>;
  /** Cancels the task, removes branch and issue; false when there is nothing of this name. */
  remove(wid: string, actor: Actor): Promise<boolean>;
}

/** `GET /staging`, `GET /staging/branches`, `GET|DELETE /staging/tasks/<wid>`, `POST /staging/tasks/<wid>/start-event`. */
export function createStagingRoutes(access: Access, api: StagingApi): Router {
  const router = new Router({ prefix: '/staging' });
  router.get('/', access.reading, async (ctx) => {
    ctx.body = await api.facts();
  });
  router.get('/branches', access.reading, async (ctx) => {
    ctx.body = { branches: await api.branches() };
  });
  router.get('/tasks/:wid', access.reading, async (ctx) => {
    const { wid = '' } = ctx.params;
    const state = await api.trackerState(wid);
    if (state === null) throw unknownTask(wid);
    ctx.body = { wid, tracker_state: state };
  });
  router.post('/tasks/:wid/start-event', access.changing, async (ctx) => {
    const { wid = '' } = ctx.params;
    const event = await api.startEvent(wid);
    if (event === null) throw unknownTask(wid);
    ctx.body = event;
  });
  router.delete('/tasks/:wid', access.changing, async (ctx) => {
    const { wid = '' } = ctx.params;
    if (!(await api.remove(wid, actorOf(ctx)))) throw unknownTask(wid);
    ctx.status = 204;
  });
  return router;
}
