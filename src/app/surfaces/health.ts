import { readdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { HealthLine } from '../../bot/ports.ts';
import type { Resilience } from '../hosts/resilience.ts';
import type { Parts } from '../parts.ts';
import type { Queueing } from '../queueing.ts';
import { backupsOf } from '../watch/backups.ts';

export interface HealthDeps {
  parts: Parts;
  queueing: Queueing;
  resilience: Pick<Resilience, 'breaker' | 'preflight'>;
  projects: () => readonly { tracker: string; forge: string }[];
}

const GB = 1024 ** 3;
const HOUR_MS = 3_600_000;
/** Below this a run may fill the disk. */
const DISK_MIN_BYTES = GB;
/** An outbox row older than this waits for something that does not come. */
const OUTBOX_LATE_S = 300;

type Check = (deps: HealthDeps) => Promise<Omit<HealthLine, 'name'>> | Omit<HealthLine, 'name'>;

const database: Check = ({ parts: { house, place } }) => {
  const { oldestS, pending } = house.outbox.stats(place.now());
  const late = pending > 0 && oldestS >= OUTBOX_LATE_S;
  return { ok: !late, detail: late ? `${pending} effects wait, the oldest ${oldestS} s` : 'ok' };
};

const redis: Check = async ({ queueing }) => {
  const ok = await queueing.publisher.isUp();
  return { ok, detail: ok ? 'up' : 'down' };
};

const workers: Check = async ({ parts: { house, config, place }, queueing }) => {
  const found = await queueing.publisher.queues.agents.getWorkers().catch(() => []);
  const live = house.runs.live().filter(({ status }) => status !== 'queued');
  const late = live.filter(
    ({ heartbeatAt }) => place.now() - (heartbeatAt ?? 0) > config.redis.workerLostS * 1000,
  );
  const silent = late.length > 0 ? `, ${late.length} silent` : '';
  return {
    ok: found.length > 0 && late.length === 0,
    detail: `${found.length} connected, ${live.length}/${config.redis.maxConcurrency} agents busy${silent}`,
  };
};

/** The kinds in use; each adapter tells its own trouble where a task meets it. */
export const named =
  (of: 'tracker' | 'forge') =>
  ({ parts: { registry, house } }: Pick<HealthDeps, 'parts'>) => {
    const kinds = [...new Set(registry.current().projects.map((project) => project[of]))];
    const since = of === 'forge' ? house.tasks.waiting('ci').length : 0;
    return {
      ok: true,
      detail: `${kinds.join(', ') || '—'}${since > 0 ? `, ${since} task(s) wait for CI` : ''}`,
    };
  };

const agents: Check = ({ resilience }) => {
  const { state, failures } = resilience.breaker();
  const last = resilience.preflight();
  if (last !== null && !last.answer.ready) {
    return { ok: false, detail: `${last.answer.reason} ${last.answer.fix}`.trim() };
  }
  const breaker = state === 'open' ? `breaker open after ${failures} service errors` : 'ready';
  return { ok: state !== 'open', detail: last === null && state !== 'open' ? 'not asked yet' : breaker };
};

const disk: Check = async ({ parts }) => {
  const { bavail, bsize } = await statfs(parts.config.server.dataDir);
  const free = bavail * bsize;
  return { ok: free >= DISK_MIN_BYTES, detail: `${(free / GB).toFixed(1)} GB free` };
};

/** Age of the newest backup; overdue after twice the interval (REC-160). */
const backup: Check = async ({ parts: { config, place } }) => {
  const backups = backupsOf(config);
  const everyH = config.db.backupIntervalH;
  const names = await readdir(backups).catch(() => []);
  const times = await Promise.all(names.map(async (name) => (await stat(path.join(backups, name))).mtimeMs));
  if (times.length === 0) return { ok: true, detail: everyH === 0 ? 'off' : 'none yet' };
  const hours = (place.now() - Math.max(...times)) / HOUR_MS;
  return { ok: everyH === 0 || hours <= 2 * everyH, detail: `${hours < 1 ? '<1' : Math.floor(hours)} h ago` };
};

const CHECKS: Readonly<Record<string, Check>> = {
  database,
  redis,
  workers,
  tracker: named('tracker'),
  forge: named('forge'),
  'agent CLI': agents,
  disk,
  'last backup': backup,
};

/** `/ready` in words, for `/health`; a check that throws is a line, never an error. */
export const healthLines = (deps: HealthDeps): Promise<readonly HealthLine[]> =>
  Promise.all(
    Object.entries(CHECKS).map(async ([name, check]): Promise<HealthLine> => {
      try {
        return { name, ...(await check(deps)) };
      } catch (error) {
        return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
