import Router from '@koa/router';
import type { Access } from '../access.ts';

/** The part of a prom-client registry that is needed. */
export interface MetricsSource {
  contentType: string;
  metrics(): Promise<string>;
}

/** `GET /metrics`: Prometheus text. */
export function createMetricsRoute(access: Access, source: MetricsSource): Router {
  return new Router().get('/metrics', access.reading, async (ctx) => {
    ctx.set('Content-Type', source.contentType);
    ctx.body = await source.metrics();
  });
}
