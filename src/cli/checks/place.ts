import type { LoadedConfig } from '../../config/load.ts';
import { createHttpClient } from '../../http-client.ts';
import { createRedactor } from '../../log.ts';
import type { CliContext } from '../context.ts';
import type { Place } from './check.ts';

const TIMEOUT_MS = 10_000;

/** What the checks of a call look at. */
export const placeOf = (context: CliContext, loaded: LoadedConfig): Place => ({
  ...context,
  loaded,
  http: createHttpClient({
    userAgent: `Orchestrator/${context.version}`,
    timeoutMs: TIMEOUT_MS,
    redact: createRedactor(loaded.secrets),
  }),
  now: Date.now,
});
