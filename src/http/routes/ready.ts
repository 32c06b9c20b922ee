import Router from '@koa/router';
import { describeError } from '../../errors.ts';
import type { MaybePromise } from '../control-api.ts';

export interface CheckResult {
  ok: boolean;
  detail: string;
}

/** One line of `/ready`. Chat, tracker and forge are reported, but not required (REC-140). */
export interface ReadyCheck {
  name: string;
  required: boolean;
  check(): MaybePromise<CheckResult>;
}

export interface ReadyDeps {
  checks: readonly ReadyCheck[];
  /** True from the first signal to stop; then not ready (REC-150). */
  stopping(): boolean;
  /** A check that takes longer is not ok. */
  timeoutMs: number;
}

/** `GET /ready`: 200 or 503, each check with its detail; needs no token. */
export function createReadyRoute(deps: ReadyDeps): Router {
  return new Router().get('/ready', async (ctx) => {
    const results = await Promise.all(deps.checks.map((check) => run(check, deps.timeoutMs)));
    const ready =
      !deps.stopping() && deps.checks.every(({ required }, index) => !required || results[index]?.ok);
    ctx.status = ready ? 200 : 503;
    ctx.body = {
      ready,
      checks: Object.fromEntries(deps.checks.map(({ name }, index) => [name, results[index]])),
      ...(deps.stopping() ? { stopping: true } : {}),
    };
  });
}

async function run({ check }: ReadyCheck, timeoutMs: number): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, { ok: false, detail: `no answer within ${timeoutMs} ms` });
  });
  try {
    return await Promise.race([Promise.resolve().then(check), late]);
  } catch (error) {
    return { ok: false, detail: describeError(error) };
  } finally {
    clearTimeout(timer);
  }
}
