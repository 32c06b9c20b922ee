import { createBullBoard as showQueues } from '@bull-board/api';
import type { BaseAdapter } from '@bull-board/api/baseAdapter';
import { KoaAdapter } from '@bull-board/koa';
import type { Middleware } from 'koa';

/** A queue as Bull Board sees it; the composition root makes it, so this room needs no BullMQ. */
export type BullBoardQueue = BaseAdapter;

export const BULL_BOARD_PATH = '/admin/queues';

/** The page asks a font service of the world for its letters; here nothing leaves the machine. */
const OWN_FILES_ONLY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/** Bull Board over these queues, mounted at `/admin/queues`. */
export function createBullBoard(queues: readonly BullBoardQueue[]): Middleware {
  const adapter = new KoaAdapter().setBasePath(BULL_BOARD_PATH);
  showQueues({ queues, serverAdapter: adapter });
  const pages = adapter.registerPlugin({ mount: BULL_BOARD_PATH });
  return (ctx, next) => {
    ctx.set('Content-Security-Policy', OWN_FILES_ONLY);
    return pages(ctx, next);
  };
}
