import { createBullBoard } from '@bull-board/api';
import type { BaseAdapter } from '@bull-board/api/baseAdapter';
import { KoaAdapter } from '@bull-board/koa';
import type { Middleware } from 'koa';

/** A queue as Bull Board sees it; the composition root makes it, so this room needs no BullMQ. */
export type BoardQueue = BaseAdapter;

export const BOARD_PATH = '/admin/queues';

/** Bull Board over these queues, mounted at `/admin/queues`. */
export function createBoard(queues: readonly BoardQueue[]): Middleware {
  const adapter = new KoaAdapter().setBasePath(BOARD_PATH);
  createBullBoard({ queues, serverAdapter: adapter });
  return adapter.registerPlugin({ mount: BOARD_PATH });
}
