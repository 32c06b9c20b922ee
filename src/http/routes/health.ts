import Router from '@koa/router';

/** What this process is; constant for its life. */
export interface About {
  version: string;
  /** Commit it was built from; null when unknown. */
  commit: string | null;
  /** Id of this data directory's control process. */
  instance: string;
  staging: boolean;
}

export const SERVICE = 'orchestrator';

/** `GET /health`: answers while the event loop turns; asks no dependency, needs no token. */
export function createHealthRoute({ commit }: About): Router {
  const body = JSON.stringify({ status: 'ok', service: SERVICE, commit });
  return new Router().get('/health', (ctx) => {
    ctx.type = 'json';
    ctx.body = body;
  });
}
