import { setTimeout as delay } from 'node:timers/promises';
import type { LoadedConfig } from '../../config/load.ts';
import { AppError } from '../../errors.ts';
import { createHttpClient } from '../../http-client.ts';
import { checksEnvOf, type Place } from '../parts.ts';
import { createRooms, type Rooms } from '../rooms.ts';

const HTTP_TIMEOUT_MS = 10_000;

/** What of the rooms a worker host has: git, and what can be judged from it (REC-10, REC-183). */
export type WorkerRooms = Pick<Rooms, 'workspace' | 'gitPorts'>;

/** Whoever asks finds out that a step came to a host that cannot do it. */
function absent<T extends object>(what: string): T {
  const refuse = () => {
    throw new AppError('needs-control', `Expected ${what}; a worker host has none.`);
  };
  return new Proxy({} as T, { get: () => refuse });
}

export function createWorkerRooms(
  { config, secrets }: LoadedConfig,
  { env, home, log, now, version }: Place,
  redact: (text: string) => string,
): WorkerRooms {
  return createRooms({
    ...{ config, secrets, redact, now, log },
    place: { path: env.PATH ?? '', home },
    checksEnv: checksEnvOf(config, env),
    forgeStore: absent('a database'),
    lease: absent('the merge lease'),
    http: createHttpClient({ userAgent: `Orchestrator/${version}`, timeoutMs: HTTP_TIMEOUT_MS, redact }),
    sleep: async (ms) => void (await delay(ms)),
  });
}
