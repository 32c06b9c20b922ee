import Router from '@koa/router';
import { describeError } from '../../errors.ts';
import type { Access } from '../access.ts';
import type { MaybePromise } from '../control-api.ts';

/** The blocks of REC-141 by name; counts come from the database. */
export type QueueBlocks = Readonly<Record<string, () => MaybePromise<unknown>>>;

/** `GET /queue`: a block that cannot be computed is `{"error"}`, the rest is still served. */
export function createQueueRoute(access: Access, blocks: QueueBlocks): Router {
  return new Router().get('/queue', access.reading, async (ctx) => {
    ctx.body = await computeBlocks(blocks);
  });
}

/** Every block on its own: a broken one says so and the rest is still served (REC-141). */
export async function computeBlocks(blocks: QueueBlocks): Promise<Record<string, unknown>> {
  const entries = Object.entries(blocks).map(
    async ([name, compute]) => [name, await block(compute)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function block(compute: () => MaybePromise<unknown>): Promise<unknown> {
  try {
    return await compute();
  } catch (error) {
    return { error: describeError(error) };
  }
}
